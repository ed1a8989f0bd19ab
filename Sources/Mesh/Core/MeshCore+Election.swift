internal import Election

extension MeshCore {
    /// The election, and what it has been told.
    struct Campaign: Sendable {
        var election: LeaderElection?
        var told: [PeerID: Contender] = [:]
        /// As this node sees it.
        var leader: PeerID?
    }

    /// Begins to listen for others.
    mutating func enterElection(now: Duration) {
        let own = Contender(
            id: configuration.id.contenderID,
            priority: Priority(
                deviceScore: UInt32(configuration.peerType.score), startTime: configuration.startedAt))
        campaign.election = LeaderElection(
            own: own,
            configuration: ElectionConfiguration(
                settleDelay: timings.settle, silenceLimit: nil, mostContenders: configuration.maximumPeers),
            at: now)
    }

    /// Tells the election what has changed and takes over its result.
    mutating func elect(now: Duration) {
        let contenders = self.contenders
        let gone = campaign.told.filter { contenders[$0.key] == nil }
        for (id, contender) in gone {
            campaign.told[id] = nil
            _ = campaign.election?.contenderVanished(contender.id, at: now)
        }
        for (id, contender) in contenders where campaign.told[id] != contender {
            campaign.told[id] = contender
            _ = campaign.election?.contenderSeen(contender, at: now)
        }
        _ = campaign.election?.advance(to: now)
        let leader = electedLeader
        guard leader != campaign.leader else { return }
        campaign.leader = leader
        if case .elected = configuration.signaling { actions.append(.nameLeader(leader)) }
    }

    private var electedLeader: PeerID? {
        // A given server that names a leader is right: all its clients read the same list.
        if case .given = configuration.signaling, let named = signaling.namedLeader { return named }
        guard let id = campaign.election?.leader?.id else { return nil }
        if id == configuration.id.contenderID { return configuration.id }
        return campaign.told.first { $0.value.id == id }?.key
    }

    /// Who else may lead: every node whose server can be reached. With a given server it is everyone who greeted, because
    /// a peer list carries no start times.
    private var contenders: [PeerID: Contender] {
        var all: [PeerID: Contender] = [:]
        for peer in peers.values where !peer.hasLeft && peer.suspectedUntil == nil {
            let priority: Priority
            switch configuration.signaling {
            case .elected:
                guard let sighting = peer.sighting else { continue }
                priority = Priority(deviceScore: UInt32(sighting.score), startTime: sighting.startedAt)
            case .given:
                guard peer.openLink != nil, let greeting = peer.greeting, let start = greeting.startedAt
                else { continue }
                priority = Priority(deviceScore: UInt32(greeting.peerType.score), startTime: start)
            }
            all[peer.id] = Contender(id: peer.id.contenderID, priority: priority)
        }
        return all
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

extension PeerID {
    var contenderID: ContenderID { ContenderID(high: high, low: low) }
}
