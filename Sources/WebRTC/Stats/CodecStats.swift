/// W3C `RTCCodecStats`: a codec that a stream refers to. One entry for both directions, unless
/// their parameters differ.
public struct CodecStats: Sendable, Hashable, Codable {
    public let id: String
    /// Milliseconds since 1970.
    public let timestamp: Double
    /// 0 to 127.
    public let payloadType: UInt32
    /// The id of the transport.
    public let transportId: String
    /// Such as `video/VP8`.
    public let mimeType: String
    /// The clock of the timestamps, in Hz.
    public let clockRate: UInt32
    /// Of sound: the number of channels.
    public let channels: UInt32?
    /// The parameters of `a=fmtp`, if there are any.
    public let sdpFmtpLine: String?
}
