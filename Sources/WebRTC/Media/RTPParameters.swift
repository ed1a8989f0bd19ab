public import JSEP

/// A codec with the payload type that it has. W3C `RTCRtpCodecParameters`.
public struct RTPCodecParameters: Sendable, Hashable {
    /// 0 to 127.
    public let payloadType: UInt8
    /// The codec.
    public let codec: RTPCodec
}

/// A header extension with the id that it has. W3C `RTCRtpHeaderExtensionParameters`.
public struct RTPHeaderExtensionParameters: Sendable, Hashable {
    /// Names it (RFC 8285 §5).
    public let uri: String
    /// 1 to 255.
    public let id: UInt16
}

/// What RTCP was agreed to be. W3C `RTCRtcpParameters`.
public struct RTCPParameters: Sendable, Hashable {
    /// The canonical name of all that this connection sends; empty before it is known.
    public let cname: String
    /// Whether RTCP may be of reduced size (RFC 5506).
    public let reducedSize: Bool
}

/// How a sender sends. W3C `RTCRtpSendParameters`.
public struct RTPSendParameters: Sendable, Hashable {
    /// Names this reading; ``RTPSender/setParameters(_:)`` takes only the last one.
    public let transactionID: String
    /// In the order of the description.
    public var encodings: [RTPEncodingParameters]
    /// What may be sent, the preferred one first; empty before both ends have agreed.
    public let codecs: [RTPCodecParameters]
    /// The header extensions of what is sent.
    public let headerExtensions: [RTPHeaderExtensionParameters]
    /// RTCP.
    public let rtcp: RTCPParameters
}

/// How a receiver receives. W3C `RTCRtpReceiveParameters`.
public struct RTPReceiveParameters: Sendable, Hashable {
    /// What the peer may send; empty before both ends have agreed.
    public let codecs: [RTPCodecParameters]
    /// The header extensions of what comes.
    public let headerExtensions: [RTPHeaderExtensionParameters]
    /// RTCP.
    public let rtcp: RTCPParameters
}

extension RTPCodecParameters {
    init(_ format: RTPFormat, _ kind: MediaKind) {
        payloadType = format.payloadType
        codec = RTPCodec(
            mimeType: "\(kind.rawValue)/\(format.name)", clockRate: format.clockRate,
            channels: kind == .audio ? format.channels ?? 1 : nil, sdpFmtpLine: format.parameters)
    }
}
