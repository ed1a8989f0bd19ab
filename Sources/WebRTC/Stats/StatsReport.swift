/// What a connection knows of itself at one moment. W3C `RTCStatsReport`, WebRTC §8.3.
///
/// Its JSON is an object by id, each entry with the W3C's `type`, `id`, `timestamp` and members.
public struct StatsReport: Sendable, Hashable, Codable {
    /// The entries by their id; ids stay the same from report to report.
    public let entries: [String: Stats]

    /// The entry of an id.
    public subscript(id: String) -> Stats? { entries[id] }

    /// The one entry about the connection as a whole.
    public var peerConnection: PeerConnectionStats? {
        first { if case .peerConnection(let stats) = $0 { stats } else { nil } }
    }
    /// The entries about transports, in the order of their making: one, once all that is negotiated is bundled.
    public var transports: [TransportStats] {
        entries.values
            .compactMap { if case .transport(let stats) = $0 { stats } else { nil } }
            .sorted { ($0.id.utf8.count, $0.id) < ($1.id.utf8.count, $1.id) }
    }
    /// The entry about the first transport; nil before there is one.
    public var transport: TransportStats? { transports.first }
    /// The pair that the first transport uses; nil before there is one.
    public var selectedCandidatePair: CandidatePairStats? {
        guard let id = transport?.selectedCandidatePairId, case .candidatePair(let stats) = entries[id] else {
            return nil
        }
        return stats
    }
    /// The entries about data channels, by label and stream.
    public var dataChannels: [DataChannelStats] {
        entries.values
            .compactMap { if case .dataChannel(let stats) = $0 { stats } else { nil } }
            .sorted { ($0.label, $0.dataChannelIdentifier ?? 0) < ($1.label, $1.dataChannelIdentifier ?? 0) }
    }

    init(_ entries: [Stats]) {
        self.entries = Dictionary(entries.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
    }

    /// Reads what ``encode(to:)`` writes.
    public init(from decoder: any Decoder) throws {
        entries = try [String: Stats](from: decoder)
    }

    /// Writes an object by id.
    public func encode(to encoder: any Encoder) throws {
        try entries.encode(to: encoder)
    }

    private func first<Value>(_ pick: (Stats) -> Value?) -> Value? {
        for entry in entries.values {
            if let value = pick(entry) { return value }
        }
        return nil
    }
}

/// One entry of a report. W3C `RTCStats` §8.4.
public enum Stats: Sendable, Hashable, Codable {
    case peerConnection(PeerConnectionStats)
    case transport(TransportStats)
    case candidatePair(CandidatePairStats)
    case localCandidate(CandidateStats)
    case remoteCandidate(CandidateStats)
    case certificate(CertificateStats)
    case dataChannel(DataChannelStats)

    /// W3C `RTCStatsType`.
    public enum Kind: String, Sendable, Hashable, Codable {
        case peerConnection = "peer-connection"
        case transport
        case candidatePair = "candidate-pair"
        case localCandidate = "local-candidate"
        case remoteCandidate = "remote-candidate"
        case certificate
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
