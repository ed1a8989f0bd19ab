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
    /// A codec that a stream refers to.
    case codec(CodecStats)
    /// A stream of the peer's, as it arrives here.
    case inboundRTP(InboundRTPStreamStats)
    /// A stream of this end, as it is sent.
    case outboundRTP(OutboundRTPStreamStats)
    /// What the peer has reported of a stream of this end.
    case remoteInboundRTP(RemoteInboundRTPStreamStats)
    /// What the peer has reported of a stream of its own.
    case remoteOutboundRTP(RemoteOutboundRTPStreamStats)
    /// A track that is sent.
    case mediaSource(MediaSourceStats)

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
        /// Of ``Stats/codec(_:)``.
        case codec
        /// Of ``Stats/inboundRTP(_:)``.
        case inboundRTP = "inbound-rtp"
        /// Of ``Stats/outboundRTP(_:)``.
        case outboundRTP = "outbound-rtp"
        /// Of ``Stats/remoteInboundRTP(_:)``.
        case remoteInboundRTP = "remote-inbound-rtp"
        /// Of ``Stats/remoteOutboundRTP(_:)``.
        case remoteOutboundRTP = "remote-outbound-rtp"
        /// Of ``Stats/mediaSource(_:)``.
        case mediaSource = "media-source"
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
        case .codec(let stats): stats.id
        case .inboundRTP(let stats): stats.id
        case .outboundRTP(let stats): stats.id
        case .remoteInboundRTP(let stats): stats.id
        case .remoteOutboundRTP(let stats): stats.id
        case .mediaSource(let stats): stats.id
        }
    }

    /// When the entry was true, in milliseconds since 1970: for what the peer has reported, when
    /// the report came.
    public var timestamp: Double {
        switch self {
        case .peerConnection(let stats): stats.timestamp
        case .transport(let stats): stats.timestamp
        case .candidatePair(let stats): stats.timestamp
        case .localCandidate(let stats), .remoteCandidate(let stats): stats.timestamp
        case .certificate(let stats): stats.timestamp
        case .dataChannel(let stats): stats.timestamp
        case .codec(let stats): stats.timestamp
        case .inboundRTP(let stats): stats.timestamp
        case .outboundRTP(let stats): stats.timestamp
        case .remoteInboundRTP(let stats): stats.timestamp
        case .remoteOutboundRTP(let stats): stats.timestamp
        case .mediaSource(let stats): stats.timestamp
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
        case .codec: .codec
        case .inboundRTP: .inboundRTP
        case .outboundRTP: .outboundRTP
        case .remoteInboundRTP: .remoteInboundRTP
        case .remoteOutboundRTP: .remoteOutboundRTP
        case .mediaSource: .mediaSource
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
            case .codec: .codec(try CodecStats(from: decoder))
            case .inboundRTP: .inboundRTP(try InboundRTPStreamStats(from: decoder))
            case .outboundRTP: .outboundRTP(try OutboundRTPStreamStats(from: decoder))
            case .remoteInboundRTP: .remoteInboundRTP(try RemoteInboundRTPStreamStats(from: decoder))
            case .remoteOutboundRTP: .remoteOutboundRTP(try RemoteOutboundRTPStreamStats(from: decoder))
            case .mediaSource: .mediaSource(try MediaSourceStats(from: decoder))
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
        case .codec(let stats): try stats.encode(to: encoder)
        case .inboundRTP(let stats): try stats.encode(to: encoder)
        case .outboundRTP(let stats): try stats.encode(to: encoder)
        case .remoteInboundRTP(let stats): try stats.encode(to: encoder)
        case .remoteOutboundRTP(let stats): try stats.encode(to: encoder)
        case .mediaSource(let stats): try stats.encode(to: encoder)
        }
    }
}
