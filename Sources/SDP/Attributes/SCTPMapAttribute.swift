/// `a=sctpmap`: how data channels were described before RFC 8841, beside `m=application 9 DTLS/SCTP
/// 5000`. Written only to endpoints that write it.
public struct SCTPMapAttribute: AttributeValue {
    public static let attributeName = "sctpmap"

    /// The SCTP port, which is also the format of the `m=` line.
    public var port: UInt16
    /// The application, `webrtc-datachannel`.
    public var application: String
    /// The number of streams, if one is given.
    public var streams: UInt32?

    /// The mapping of an SCTP port.
    public init(port: UInt16, application: String = "webrtc-datachannel", streams: UInt32? = nil) {
        self.port = port
        self.application = application
        self.streams = streams
    }

    public init?(attributeValue: String) {
        let fields = attributeValue.fields
        guard fields.count >= 2, let port = fields[0].decimal(UInt16.self) else { return nil }
        var streams: UInt32?
        if fields.count > 2 {
            guard let number = fields[2].decimal(UInt32.self) else { return nil }
            streams = number
        }
        self.init(port: port, application: fields[1], streams: streams)
    }

    /// Whether it is for data channels.
    var isDataChannels: Bool { application.lowercased() == MediaDescription.dataChannelFormat }

    public var attributeValue: String {
        streams.map { "\(port) \(application) \($0)" } ?? "\(port) \(application)"
    }
}
