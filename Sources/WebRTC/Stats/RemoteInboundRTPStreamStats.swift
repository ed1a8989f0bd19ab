public import JSEP

/// W3C `RTCRemoteInboundRtpStreamStats`: what the peer has last reported of a stream that this end
/// sends.
public struct RemoteInboundRTPStreamStats: Sendable, Hashable, Codable {
    public let id: String
    /// When the report came, in milliseconds since 1970.
    public let timestamp: Double
    /// The source that it is about.
    public let ssrc: UInt32
    /// Sound or pictures.
    public let kind: MediaKind
    /// The id of the transport.
    public let transportId: String
    /// The id of the codec that was sent last; nil before anything was.
    public let codecId: String?
    /// About how many packets the peer has received, reckoned from its report (W3C webrtc-stats
    /// `packetsReceived`).
    public let packetsReceived: UInt64
    /// Packets that the peer misses; less than none if some came twice (RFC 3550 §6.4.1).
    public let packetsLost: Int64
    /// How unevenly packets come there, in seconds (RFC 3550 §6.4.1).
    public let jitter: Double
    /// The id of the stream.
    public let localId: String
    /// The round-trip time in seconds; nil before a report of ours was answered.
    public let roundTripTime: Double?
    /// The sum of all round-trip times, in seconds.
    public let totalRoundTripTime: Double
    /// Of the packets between its last two reports, how many were lost, 0 to 1.
    public let fractionLost: Double
    /// How many round-trip times make up ``totalRoundTripTime``.
    public let roundTripTimeMeasurements: UInt64
}
