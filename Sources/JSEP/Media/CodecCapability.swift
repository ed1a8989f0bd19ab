/// A codec that this side can negotiate.
struct CodecCapability: Sendable, Hashable {
    let kind: MediaKind
    let name: String
    let clockRate: UInt32
    var channels: UInt8?
    /// The parameters of `a=fmtp` that this side asks for.
    var parameters: String?
    /// The payload type to offer unless it is in use for something else; the next one is that of
    /// its `rtx`.
    let payloadType: UInt8
    /// The values of `a=rtcp-fb`.
    var feedback: [String] = []
    /// Whether lost packets can be sent again with RFC 4588.
    var isRepaired = false

    var codec: RTPCodec {
        RTPCodec(
            mimeType: "\(kind.rawValue)/\(name)", clockRate: clockRate,
            channels: kind == .audio ? channels ?? 1 : nil, sdpFmtpLine: parameters)
    }
}
