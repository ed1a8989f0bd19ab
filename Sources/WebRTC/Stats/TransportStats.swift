/// W3C `RTCTransportStats`.
public struct TransportStats: Sendable, Hashable, Codable {
    public let id: String
    /// Milliseconds since 1970.
    public let timestamp: Double
    /// Datagrams sent over the selected pair, without ICE's own.
    public let packetsSent: UInt64
    /// Datagrams received, without ICE's own.
    public let packetsReceived: UInt64
    /// Their payload in bytes.
    public let bytesSent: UInt64
    /// Their payload in bytes.
    public let bytesReceived: UInt64
    /// `controlling`, `controlled`, or `unknown` before it is known.
    public let iceRole: String
    /// The local ICE username fragment.
    public let iceLocalUsernameFragment: String?
    /// W3C `RTCIceTransportState`.
    public let iceState: String
    /// W3C `RTCDtlsTransportState`.
    public let dtlsState: String
    /// `client`, `server`, or `unknown` before it is known.
    public let dtlsRole: String
    /// The DTLS version in hexadecimal, such as `FEFD` for 1.2.
    public let tlsVersion: String?
    /// The cipher suite's IANA name.
    public let dtlsCipher: String?
    /// The SRTP protection profile's IANA name, if one was agreed on.
    public let srtpCipher: String?
    /// The id of the pair in use.
    public let selectedCandidatePairId: String?
    /// How often the pair in use has changed.
    public let selectedCandidatePairChanges: UInt32
    /// The id of the certificate that this side shows.
    public let localCertificateId: String?
    /// The id of the certificate that the peer has shown.
    public let remoteCertificateId: String?
}

/// W3C `RTCIceCandidatePairStats`, of the pair in use.
///
/// Of what the W3C lists, libnice does not tell of the checks (`requestsSent`, `responsesReceived` and the like, and
/// `totalRoundTripTime`, which is made of them), and nothing here estimates bitrates.
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
    /// The round-trip time in seconds, as SCTP has measured and smoothed it on this pair; nil before it has.
    public let currentRoundTripTime: Double?
    /// Datagrams that the system had no room for, or that there was no pair for.
    public let packetsDiscardedOnSend: UInt64
    /// Their payload in bytes.
    public let bytesDiscardedOnSend: UInt64
}

/// W3C `RTCIceCandidateStats`.
public struct CandidateStats: Sendable, Hashable, Codable {
    public let id: String
    /// Milliseconds since 1970.
    public internal(set) var timestamp: Double
    /// The id of the transport.
    public let transportId: String
    /// The address; nil for a peer-reflexive candidate that the peer has not signalled (its address is not ours to show).
    public let address: String?
    /// The port.
    public let port: UInt16
    /// `udp` or `tcp`.
    public let `protocol`: String
    /// `host`, `srflx`, `prflx` or `relay`.
    public let candidateType: String
    /// RFC 8445 §5.1.2.
    public let priority: UInt32
    /// RFC 8445 §5.1.1.3.
    public let foundation: String
    /// The base of a reflexive or relayed candidate.
    public let relatedAddress: String?
    /// The base's port.
    public let relatedPort: UInt16?
    /// The ICE username fragment; nil for a candidate of the peer's that has not been signalled.
    public let usernameFragment: String?
    /// `active`, `passive` or `so`, for TCP.
    public let tcpType: String?
    /// Of a local reflexive or relayed candidate: the URL of its server, where it is known which has given it.
    public let url: String?
    /// Of a local relayed candidate: `udp`, `tcp` or `tls`.
    public let relayProtocol: String?
}
