public import JSEP

/// W3C `RTCRemoteOutboundRtpStreamStats`: what the peer has last reported of a stream that it
/// sends.
public struct RemoteOutboundRTPStreamStats: Sendable, Hashable, Codable {
    public let id: String
    /// When the report came, in milliseconds since 1970.
    public let timestamp: Double
    /// The source that it is about.
    public let ssrc: UInt32
    /// Sound or pictures.
    public let kind: MediaKind
    /// The id of the transport.
    public let transportId: String
    /// The id of the codec that the stream is in now.
    public let codecId: String
    /// Packets that the peer has sent, modulo 2^32.
    public let packetsSent: UInt64
    /// Their payloads in bytes, modulo 2^32.
    public let bytesSent: UInt64
    /// The id of the stream.
    public let localId: String
    /// When the report was sent, by the peer's wall clock, in milliseconds since 1970; nil if it
    /// has none.
    public let remoteTimestamp: Double?
    /// How many reports of the stream have come.
    public let reportsSent: UInt64
}
