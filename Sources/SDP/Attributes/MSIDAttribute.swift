/// `a=msid` (RFC 8830 §2): a stream that the track of a media description belongs to.
public struct MSIDAttribute: AttributeValue {
    public static let attributeName = "msid"

    /// The id of the stream; `-` when the track belongs to none.
    public var streamID: String
    /// The id of the track, which newer endpoints leave out.
    public var trackID: String?

    /// A stream and a track.
    public init(streamID: String, trackID: String? = nil) {
        self.streamID = streamID
        self.trackID = trackID
    }

    public init?(attributeValue: String) {
        let fields = attributeValue.fields
        guard let streamID = fields.first else { return nil }
        self.init(streamID: streamID, trackID: fields.count > 1 ? fields[1] : nil)
    }

    public var attributeValue: String { trackID.map { "\(streamID) \($0)" } ?? streamID }
}
