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
        for peer in peers.values where !peer.hasLeft && peer.suspicion == nil {
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

    /// The leader's server does not answer: pass the leader over until it does.
    mutating func suspect(_ id: PeerID, now: Duration) {
        peers[id]?.suspicions = 0
        waitToProbe(id, now: now)
        doubt(id, now: now)
    }

    mutating func probeSuspects(now: Duration) {
        let due = peers.values.filter { peer in
            if case .waiting(let until) = peer.suspicion { until <= now } else { false }
        }
        for peer in due.sorted(by: { $0.id < $1.id }) {
            peers[peer.id]?.suspicion = .probing
            actions.append(.probeServer(peer.id, urls: peer.sighting?.endpoint.urls ?? []))
        }
    }

    mutating func probed(_ id: PeerID, isReachable: Bool, now: Duration) {
        guard case .probing = peers[id]?.suspicion else { return }
        if isReachable {
            peers[id]?.suspicion = nil
        } else {
            waitToProbe(id, now: now)
        }
    }

    private mutating func waitToProbe(_ id: PeerID, now: Duration) {
        guard let peer = peers[id] else { return }
        let pause = min(timings.probe * (1 << min(peer.suspicions, 10)), timings.probeLimit)
        peers[id]?.suspicions += 1
        peers[id]?.suspicion = .waiting(until: now + pause)
    }
}

extension PeerID {
    var contenderID: ContenderID { ContenderID(high: high, low: low) }
}
