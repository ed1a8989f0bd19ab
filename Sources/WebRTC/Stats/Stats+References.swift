extension Stats {
    /// The ids of the entries that this one names.
    var references: [String] {
        let ids: [String?] =
            switch self {
            case .peerConnection, .certificate, .dataChannel, .mediaSource: []
            case .transport(let stats):
                [stats.selectedCandidatePairId, stats.localCertificateId, stats.remoteCertificateId]
            case .candidatePair(let stats): [stats.transportId, stats.localCandidateId, stats.remoteCandidateId]
            case .localCandidate(let stats), .remoteCandidate(let stats): [stats.transportId]
            case .codec(let stats): [stats.transportId]
            case .inboundRTP(let stats): [stats.transportId, stats.codecId, stats.remoteId]
            case .outboundRTP(let stats): [stats.transportId, stats.codecId, stats.remoteId, stats.mediaSourceId]
            case .remoteInboundRTP(let stats): [stats.transportId, stats.codecId, stats.localId]
            case .remoteOutboundRTP(let stats): [stats.transportId, stats.codecId, stats.localId]
            }
        return ids.compactMap { $0 }
    }
}

extension StatsReport {
    /// The entries that are chosen, and all that these name, directly or indirectly (W3C WebRTC
    /// §8.6, the stats selection algorithm).
    func selecting(_ isChosen: (Stats) -> Bool) -> StatsReport {
        var found: [String: Stats] = [:]
        var open = entries.values.filter(isChosen)
        while let entry = open.popLast() {
            guard found.updateValue(entry, forKey: entry.id) == nil else { continue }
            open += entry.references.compactMap { found[$0] == nil ? entries[$0] : nil }
        }
        return StatsReport(Array(found.values))
    }
}
