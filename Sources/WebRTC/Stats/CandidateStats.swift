/// W3C `RTCIceCandidateStats`.
public struct CandidateStats: Sendable, Hashable, Codable {
    public let id: String
    /// Milliseconds since 1970.
    public internal(set) var timestamp: Double
    /// The id of the transport.
    public let transportId: String
    /// The address; nil for a peer-reflexive candidate that the peer has not signalled (its address
    /// is not ours to show).
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
    /// Of a local reflexive or relayed candidate: the URL of its server, where it is known which
    /// has given it.
    public let url: String?
    /// Of a local relayed candidate: `udp`, `tcp` or `tls`.
    public let relayProtocol: String?
}
