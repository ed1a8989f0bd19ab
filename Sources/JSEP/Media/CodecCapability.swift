/// A codec that this side can negotiate.
struct CodecCapability: Sendable, Hashable {
    let kind: MediaKind
    let name: String
    let clockRate: UInt32
    let channels: UInt8?
    /// The parameters of `a=fmtp` that this side asks for.
    let parameters: String?
    /// The payload type to offer unless it is in use for something else; the next one is that of
    /// its `rtx`.
    let payloadType: UInt8
    /// The values of `a=rtcp-fb`.
    let feedback: [String]
    /// Whether lost packets can be sent again with RFC 4588.
    let isRepaired: Bool
    /// What a format is to be equal to that is this codec.
    let identity: CodecIdentity

    init(
        kind: MediaKind, name: String, clockRate: UInt32, channels: UInt8? = nil, parameters: String? = nil,
        payloadType: UInt8, feedback: [String] = [], isRepaired: Bool = false
    ) {
        self.kind = kind
        self.name = name
        self.clockRate = clockRate
        self.channels = channels
        self.parameters = parameters
        self.payloadType = payloadType
        self.feedback = feedback
        self.isRepaired = isRepaired
        identity = CodecIdentity(name: name, clockRate: clockRate, channels: channels, parameters: parameters)
    }

    var codec: RTPCodec {
        RTPCodec(
            mimeType: "\(kind.rawValue)/\(name)", clockRate: clockRate,
            channels: kind == .audio ? channels ?? 1 : nil, sdpFmtpLine: parameters)
    }

    /// Whether it is packets of another codec with earlier ones beside them (RFC 2198).
    var isRedundant: Bool { identity.name == "red" }
    /// Whether this is that for the other one.
    func isRedundancy(of other: CodecCapability) -> Bool {
        isRedundant && other.carriesMedia && other.clockRate == clockRate && other.channels == channels
    }

    /// Whether media can be sent with it alone.
    var carriesMedia: Bool { !RTPCodec.auxiliaryNames.contains(identity.name) }

    /// The answer to an offered format: its number, our parameters, the feedback that both know.
    func answer(to format: RTPFormat) -> RTPFormat {
        var answer = format
        answer.feedback = format.feedback.filter(feedback.contains)
        answer.parameters =
            switch identity.name {
            case "h264": H264Profile(parameters)?.answer(to: format.parameters)
            case "h265": H265Profile(parameters)?.answer(to: format.parameters)
            // It names a payload type, which is the offer's as well.
            case "red": format.parameters
            default: parameters
            }
        return answer
    }
}
