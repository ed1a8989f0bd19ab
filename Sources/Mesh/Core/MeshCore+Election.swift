extension MeshCore {
    /// The election as this node sees it.
    struct Ballot: Sendable {
        var leader: PeerID?
    }

    /// Who may lead: everyone whose server can be reached, this node included. With a given server it is everyone who
    /// greeted, because a peer list carries no start times.
    var contenders: [Contender] {
        var all = [
            Contender(
                id: configuration.id, score: configuration.kind.score, startedAt: configuration.startedAt)
        ]
        for peer in peers.values where !peer.hasLeft && peer.suspectedUntil == nil {
            switch configuration.signaling {
            case .elected:
                guard let sighting = peer.sighting else { continue }
                all.append(Contender(id: peer.id, score: sighting.score, startedAt: sighting.startedAt))
            case .given:
                guard peer.openLink != nil, let greeting = peer.greeting, let start = greeting.startedAt
                else { continue }
                all.append(Contender(id: peer.id, score: greeting.kind.score, startedAt: start))
            }
        }
        return all
    }

    mutating func elect(now: Duration) {
        let chosen = choice(now: now)
        guard chosen != ballot.leader else { return }
        ballot.leader = chosen
        if case .elected = configuration.signaling { actions.append(.nameLeader(chosen)) }
    }

    private func choice(now: Duration) -> PeerID? {
        // A given server that names a leader is right: all its clients read the same list.
        if case .given = configuration.signaling, let named = signaling.namedLeader { return named }
        let best = contenders.max()?.id
        if ballot.leader == nil {
            let wait = best == configuration.id ? timings.settle : timings.settleFollowing
            if now < startedAt + wait { return nil }
        }
        return best
    }

    mutating func expireSuspicions(now: Duration) {
        let over = peers.values.filter { peer in peer.suspectedUntil.map { $0 <= now } ?? false }
        for peer in over { peers[peer.id]?.suspectedUntil = nil }
    }

    /// The leader's server does not answer: pass the leader over for a while.
    mutating func suspect(_ id: PeerID, now: Duration) {
        guard let peer = peers[id] else { return }
        let end = now + min(timings.suspicion * (1 << min(peer.suspicions, 10)), timings.suspicionLimit)
        peers[id]?.suspicions += 1
        peers[id]?.suspectedUntil = end
        doubt(id, now: now)
    }
}

/// One who may lead (PROTOCOLS §1): the larger score, then the earlier start, then the larger UUID.
package struct Contender: Comparable {
    package let id: PeerID
    package let score: Int
    package let startedAt: UInt64

    package init(id: PeerID, score: Int, startedAt: UInt64) {
        self.id = id
        self.score = score
        self.startedAt = startedAt
    }

    package static func < (left: Contender, right: Contender) -> Bool {
        if left.score != right.score { return left.score < right.score }
        if left.startedAt != right.startedAt { return left.startedAt > right.startedAt }
        return left.id < right.id
    }
}
