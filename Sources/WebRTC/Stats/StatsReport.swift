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
    /// The entries about transports, in the order of their making: one, once all that is negotiated
    /// is bundled.
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

    /// The entries about the peer's streams, by section and source.
    public var inboundRTP: [InboundRTPStreamStats] {
        all { if case .inboundRTP(let stats) = $0 { stats } else { nil } }
            .sorted { ($0.mid ?? "", $0.ssrc) < ($1.mid ?? "", $1.ssrc) }
    }
    /// The entries about the streams that are sent, by section and encoding.
    public var outboundRTP: [OutboundRTPStreamStats] {
        all { if case .outboundRTP(let stats) = $0 { stats } else { nil } }
            .sorted { ($0.mid ?? "", $0.encodingIndex ?? 0) < ($1.mid ?? "", $1.encodingIndex ?? 0) }
    }
    /// What the peer reports of the streams that are sent, by source.
    public var remoteInboundRTP: [RemoteInboundRTPStreamStats] {
        all { if case .remoteInboundRTP(let stats) = $0 { stats } else { nil } }.sorted { $0.ssrc < $1.ssrc }
    }
    /// What the peer reports of its streams, by source.
    public var remoteOutboundRTP: [RemoteOutboundRTPStreamStats] {
        all { if case .remoteOutboundRTP(let stats) = $0 { stats } else { nil } }.sorted { $0.ssrc < $1.ssrc }
    }
    /// The codecs that streams refer to, by transport and payload type.
    public var codecs: [CodecStats] {
        all { if case .codec(let stats) = $0 { stats } else { nil } }
            .sorted { ($0.transportId, $0.payloadType, $0.id) < ($1.transportId, $1.payloadType, $1.id) }
    }
    /// The tracks that are sent, by their id.
    public var mediaSources: [MediaSourceStats] {
        all { if case .mediaSource(let stats) = $0 { stats } else { nil } }.sorted { $0.id < $1.id }
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

    private func all<Value>(_ pick: (Stats) -> Value?) -> [Value] { entries.values.compactMap(pick) }

    private func first<Value>(_ pick: (Stats) -> Value?) -> Value? {
        for entry in entries.values {
            if let value = pick(entry) { return value }
        }
        return nil
    }
}
