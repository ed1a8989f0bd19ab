internal import ICE
internal import TransportTypes

/// What reports say of a transport's candidates and certificate. It hardly ever changes, and is
/// made anew only when it has.
struct StatsCache {
    private var locals: [ICECandidate] = []
    private var remotes: [ICECandidate] = []
    private var selected: ICECandidatePair?
    private var certificate: [UInt8]?
    /// By their ids; the ends of the pair may be peer-reflexive, and so not among the gathered and
    /// the signalled ones.
    private var candidates: [String: Stats] = [:]
    private(set) var pair: (local: CandidateStats, remote: CandidateStats)?
    private(set) var remoteCertificate: CertificateStats?

    /// Takes in what has changed. Arrays that are the same are known by their storage, without a
    /// look at what they hold.
    mutating func update(
        _ agent: any Path, _ remote: [ICECandidate], _ pair: ICECandidatePair?, _ certificate: [UInt8]?, of id: Int
    ) {
        if certificate != self.certificate {
            self.certificate = certificate
            remoteCertificate = certificate.flatMap { CertificateStats($0, id: "CR\(id)", 0) }
        }
        guard agent.localCandidates != locals || remote != remotes || pair != selected else { return }
        (locals, remotes, selected) = (agent.localCandidates, remote, pair)
        candidates = [:]
        func ours(_ candidate: ICECandidate) -> CandidateStats {
            CandidateStats(candidate, "L", of: id)
        }
        func theirs(_ candidate: ICECandidate) -> CandidateStats {
            let signalled = remote.first { $0.address == candidate.address && $0.port == candidate.port }
            return CandidateStats(
                candidate, "R", of: id, isHidden: signalled == nil,
                fragment: signalled?.usernameFragment ?? agent.remoteCredentials?.usernameFragment)
        }
        self.pair = pair.map { (ours($0.local), theirs($0.remote)) }
        for stats in locals.map(ours) + (self.pair.map { [$0.local] } ?? []) where candidates[stats.id] == nil {
            candidates[stats.id] = .localCandidate(stats)
        }
        for stats in remotes.map(theirs) + (self.pair.map { [$0.remote] } ?? []) where candidates[stats.id] == nil {
            candidates[stats.id] = .remoteCandidate(stats)
        }
    }

    /// The entries about candidates and the certificate, at this time.
    func entries(_ timestamp: Double) -> [Stats] {
        var entries: [Stats] = []
        entries.reserveCapacity(candidates.count + 3)
        for entry in candidates.values {
            switch entry {
            case .localCandidate(var stats):
                stats.timestamp = timestamp
                entries.append(.localCandidate(stats))
            case .remoteCandidate(var stats):
                stats.timestamp = timestamp
                entries.append(.remoteCandidate(stats))
            default: break
            }
        }
        if var remoteCertificate {
            remoteCertificate.timestamp = timestamp
            entries.append(.certificate(remoteCertificate))
        }
        return entries
    }
}

extension CandidateStats {
    /// - Parameters:
    ///   - isHidden: an address that we know from the peer's checks only is not shown (W3C
    ///     webrtc-stats §address).
    ///   - fragment: in the place of the candidate's own, if that has none.
    fileprivate init(
        _ candidate: ICECandidate, _ prefix: String, of transport: Int, isHidden: Bool = false, fragment: String? = nil
    ) {
        let name = candidate.transport.rawValue.lowercased()
        let place = isHidden ? candidate.foundation : candidate.address
        self.init(
            id: "\(prefix)\(transport)-\(candidate.kind.rawValue)-\(name)-\(place)-\(candidate.port)", timestamp: 0,
            transportId: "T\(transport)", address: isHidden ? nil : candidate.address, port: candidate.port,
            protocol: name, candidateType: candidate.kind.rawValue, priority: candidate.priority,
            foundation: candidate.foundation, relatedAddress: candidate.relatedAddress,
            relatedPort: candidate.relatedPort,
            usernameFragment: isHidden ? nil : candidate.usernameFragment ?? fragment,
            tcpType: candidate.tcpType?.rawValue, url: candidate.url,
            relayProtocol: candidate.relayProtocol?.rawValue)
    }
}
