/// W3C `RTCTransportStats`.
public struct TransportStats: Sendable, Hashable, Codable {
    public let id: String
    /// Milliseconds since 1970.
    public let timestamp: Double
    /// Datagrams sent over the selected pair, without ICE's own.
    public let packetsSent: UInt64
    public let packetsReceived: UInt64
    /// Their payload in bytes.
    public let bytesSent: UInt64
    public let bytesReceived: UInt64
    /// `controlling`, `controlled`, or `unknown` before it is known.
    public let iceRole: String
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
    public let selectedCandidatePairId: String?
    public let selectedCandidatePairChanges: UInt32
    public let localCertificateId: String?
    public let remoteCertificateId: String?
}

/// W3C `RTCIceCandidatePairStats`, of the pair in use.
public struct CandidatePairStats: Sendable, Hashable, Codable {
    public let id: String
    /// Milliseconds since 1970.
    public let timestamp: Double
    public let transportId: String
    public let localCandidateId: String
    public let remoteCandidateId: String
    /// W3C `RTCStatsIceCandidatePairState`: `succeeded` once checks have passed.
    public let state: String
    public let nominated: Bool
    public let packetsSent: UInt64
    public let packetsReceived: UInt64
    public let bytesSent: UInt64
    public let bytesReceived: UInt64
    /// The round-trip time in seconds, as SCTP has measured it on this pair; nil before it has.
    public let currentRoundTripTime: Double?
}

/// W3C `RTCIceCandidateStats`.
public struct CandidateStats: Sendable, Hashable, Codable {
    public let id: String
    /// Milliseconds since 1970.
    public let timestamp: Double
    public let transportId: String
    /// The address; nil for a peer-reflexive candidate that the peer has not signalled (its address is not ours to show).
    public let address: String?
    public let port: UInt16
    /// `udp` or `tcp`.
    public let `protocol`: String
    /// `host`, `srflx`, `prflx` or `relay`.
    public let candidateType: String
    public let priority: UInt32
    public let foundation: String
    public let relatedAddress: String?
    public let relatedPort: UInt16?
    public let usernameFragment: String?
    /// `active`, `passive` or `so`, for TCP.
    public let tcpType: String?
}
