/// W3C `RTCIceCandidatePairStats`, of the pair in use.
///
/// Of what the W3C lists, libnice does not tell of the checks (`requestsSent`, `responsesReceived`
/// and the like, and `totalRoundTripTime`, which is made of them), and nothing here estimates what
/// can be received.
public struct CandidatePairStats: Sendable, Hashable, Codable {
    public let id: String
    /// Milliseconds since 1970.
    public let timestamp: Double
    /// The id of the transport.
    public let transportId: String
    /// The id of our end.
    public let localCandidateId: String
    /// The id of the peer's end.
    public let remoteCandidateId: String
    /// W3C `RTCStatsIceCandidatePairState`: `succeeded` once checks have passed.
    public let state: String
    /// Whether ICE has chosen it.
    public let nominated: Bool
    /// Datagrams sent, without ICE's own.
    public let packetsSent: UInt64
    /// Datagrams received, without ICE's own.
    public let packetsReceived: UInt64
    /// Their payload in bytes.
    public let bytesSent: UInt64
    /// Their payload in bytes.
    public let bytesReceived: UInt64
    /// When a datagram was last sent, in milliseconds since 1970; nil before the first.
    public let lastPacketSentTimestamp: Double?
    /// When a datagram last came, in milliseconds since 1970; nil before the first.
    public let lastPacketReceivedTimestamp: Double?
    /// The round-trip time in seconds, as SCTP has measured and smoothed it on this pair; nil
    /// before it has.
    public let currentRoundTripTime: Double?
    /// How much media can be sent in all, in bit/s, as the peer's feedback shows; nil while there
    /// is none.
    public let availableOutgoingBitrate: Double?
    /// Datagrams that the system had no room for, or that there was no pair for.
    public let packetsDiscardedOnSend: UInt64
    /// Their payload in bytes.
    public let bytesDiscardedOnSend: UInt64
}
