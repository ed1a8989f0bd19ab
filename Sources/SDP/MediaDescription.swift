/// A media description: an `m=` line and the lines under it (RFC 8866 §5.14).
public struct MediaDescription: Sendable, Hashable, AttributeContainer {
    /// What an `m=` line describes.
    public enum Kind: Sendable, Hashable {
        /// The registered media types.
        case audio, video, text, application, message, image
        /// A type that is not registered, kept as it is.
        case other(String)
    }

    /// The media type, the first field of `m=`.
    public var kind: Kind
    /// The transport port. 0 refuses the section (RFC 3264 §6); 9 means that no candidate is known
    /// yet (RFC 9429 §5.2.1).
    public var port: UInt16
    /// The number of consecutive ports in `port/count`, if one is given. WebRTC gives none.
    public var portCount: UInt32?
    /// The transport protocol, such as `UDP/DTLS/SCTP` or `UDP/TLS/RTP/SAVPF`.
    public var transport: String
    /// The formats: payload types, or `webrtc-datachannel`.
    public var formats: [String]
    /// The lines below `m=`, in their order.
    public var lines: [SDPLine]

    /// A media description of the given fields and lines.
    public init(
        kind: Kind, port: UInt16 = 9, portCount: UInt32? = nil, transport: String, formats: [String],
        lines: [SDPLine] = [.connection(.unspecified)]
    ) {
        self.kind = kind
        self.port = port
        self.portCount = portCount
        self.transport = transport
        self.formats = formats
        self.lines = lines
    }

    /// Whether the section is refused or stopped: its port is 0 and it is not merely bundled with
    /// another (`a=bundle-only`, RFC 9143 §6).
    public var isRejected: Bool { port == 0 && !isBundleOnly }
}

extension MediaDescription.Kind: RawRepresentable {
    /// The kind that a media type stands for.
    public init(rawValue: String) {
        switch rawValue {
        case "audio": self = .audio
        case "video": self = .video
        case "text": self = .text
        case "application": self = .application
        case "message": self = .message
        case "image": self = .image
        default: self = .other(rawValue)
        }
    }

    /// The media type as `m=` has it.
    public var rawValue: String {
        switch self {
        case .audio: "audio"
        case .video: "video"
        case .text: "text"
        case .application: "application"
        case .message: "message"
        case .image: "image"
        case .other(let name): name
        }
    }
}
