/// `a=msid-semantic`: from drafts of RFC 8830.
public struct MSIDSemanticAttribute: AttributeValue {
    public static let attributeName = "msid-semantic"

    /// `WMS`, the only one.
    public var semantic: String
    /// The ids of the streams, or `*` for all.
    public var streamIDs: [String]

    /// The semantic of the given streams.
    public init(semantic: String = "WMS", streamIDs: [String]) {
        self.semantic = semantic
        self.streamIDs = streamIDs
    }

    public init?(attributeValue: String) {
        let fields = attributeValue.fields
        guard let semantic = fields.first else { return nil }
        self.init(semantic: semantic, streamIDs: Array(fields.dropFirst()))
    }

    public var attributeValue: String { ([semantic] + streamIDs).joined(separator: " ") }
}
