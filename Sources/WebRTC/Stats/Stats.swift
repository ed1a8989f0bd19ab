/// One entry of a report. W3C `RTCStats` §8.4.
public enum Stats: Sendable, Hashable, Codable {
    /// How many channels the connection has opened and closed; one a report.
    case peerConnection(PeerConnectionStats)
    /// A transport: ICE, DTLS and their counts.
    case transport(TransportStats)
    /// The pair that a transport uses.
    case candidatePair(CandidatePairStats)
    /// A candidate of this end.
    case localCandidate(CandidateStats)
    /// A candidate of the peer.
    case remoteCandidate(CandidateStats)
    /// A certificate, of this end or of the peer.
    case certificate(CertificateStats)
    /// A channel and its counts.
    case dataChannel(DataChannelStats)

    /// W3C `RTCStatsType`.
    public enum Kind: String, Sendable, Hashable, Codable {
        /// Of ``Stats/peerConnection(_:)``.
        case peerConnection = "peer-connection"
        /// Of ``Stats/transport(_:)``.
        case transport
        /// Of ``Stats/candidatePair(_:)``.
        case candidatePair = "candidate-pair"
        /// Of ``Stats/localCandidate(_:)``.
        case localCandidate = "local-candidate"
        /// Of ``Stats/remoteCandidate(_:)``.
        case remoteCandidate = "remote-candidate"
        /// Of ``Stats/certificate(_:)``.
        case certificate
        /// Of ``Stats/dataChannel(_:)``.
        case dataChannel = "data-channel"
    }

    /// The entry's id.
    public var id: String {
        switch self {
        case .peerConnection(let stats): stats.id
        case .transport(let stats): stats.id
        case .candidatePair(let stats): stats.id
        case .localCandidate(let stats), .remoteCandidate(let stats): stats.id
        case .certificate(let stats): stats.id
        case .dataChannel(let stats): stats.id
        }
    }

    /// The entry's type.
    public var kind: Kind {
        switch self {
        case .peerConnection: .peerConnection
        case .transport: .transport
        case .candidatePair: .candidatePair
        case .localCandidate: .localCandidate
        case .remoteCandidate: .remoteCandidate
        case .certificate: .certificate
        case .dataChannel: .dataChannel
        }
    }

    private enum CodingKeys: String, CodingKey { case type }

    /// Reads the members for the type that the entry names.
    public init(from decoder: any Decoder) throws {
        let kind = try decoder.container(keyedBy: CodingKeys.self).decode(Kind.self, forKey: .type)
        self =
            switch kind {
            case .peerConnection: .peerConnection(try PeerConnectionStats(from: decoder))
            case .transport: .transport(try TransportStats(from: decoder))
            case .candidatePair: .candidatePair(try CandidatePairStats(from: decoder))
            case .localCandidate: .localCandidate(try CandidateStats(from: decoder))
            case .remoteCandidate: .remoteCandidate(try CandidateStats(from: decoder))
            case .certificate: .certificate(try CertificateStats(from: decoder))
            case .dataChannel: .dataChannel(try DataChannelStats(from: decoder))
            }
    }

    /// Writes the members and the type into one object.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(kind, forKey: .type)
        switch self {
        case .peerConnection(let stats): try stats.encode(to: encoder)
        case .transport(let stats): try stats.encode(to: encoder)
        case .candidatePair(let stats): try stats.encode(to: encoder)
        case .localCandidate(let stats), .remoteCandidate(let stats): try stats.encode(to: encoder)
        case .certificate(let stats): try stats.encode(to: encoder)
        case .dataChannel(let stats): try stats.encode(to: encoder)
        }
    }
}
