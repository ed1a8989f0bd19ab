internal import Election

extension MeshCore {
    /// The election, and what it has been told.
    struct Campaign: Sendable {
        var election: LeaderElection?
        var told: [PeerID: Contender] = [:]
        /// The links over which it talks.
        var links: [ContenderID: VoterLink] = [:]
        /// As this node sees it.
        var leader: PeerID?
    }

    struct VoterLink: Sendable, Equatable {
        var peer: PeerID
        var link: UInt64
    }

    /// Begins to listen for others.
    mutating func enterElection(now: Duration) {
        campaign.election = LeaderElection(
            own: ownContender,
            configuration: ElectionConfiguration(
                settleDelay: timings.settle, silenceLimit: nil, mostContenders: configuration.maximumPeers),
            at: now)
    }

    private var ownContender: Contender {
        Contender(
            id: configuration.id.contenderID,
            priority: Priority(
                deviceScore: UInt32(configuration.peerType.score), startTime: configuration.startedAt))
    }

    /// Tells the election what has changed and takes over its result.
    mutating func elect(now: Duration) {
        proveContenders(now: now)
        let contenders = self.contenders
        let gone = campaign.told.filter { contenders[$0.key] == nil }
        for (id, contender) in gone {
            campaign.told[id] = nil
            perform(campaign.election?.contenderVanished(contender.id, at: now))
        }
        for (id, contender) in contenders where campaign.told[id] != contender {
            campaign.told[id] = contender
            perform(campaign.election?.contenderSeen(contender, at: now))
        }
        linkVoters(now: now)
        perform(campaign.election?.advance(to: now))
        let leader = electedLeader
        guard leader != campaign.leader else { return }
        campaign.leader = leader
        if case .elected = configuration.signaling { actions.append(.nameLeader(leader)) }
    }

    private var electedLeader: PeerID? {
        if case .given = configuration.signaling {
            // A given server that names a leader is right: all its clients read the same list.
            if let named = signaling.namedLeader { return named }
            // Without the server and without links there is nobody to lead.
            guard signaling.isRegistered(signaling.attempt) || !openLinks.isEmpty else { return nil }
        }
        guard let id = campaign.election?.leader?.id else { return nil }
        if id == configuration.id.contenderID { return configuration.id }
        return peers.keys.first { $0.contenderID == id }
    }

    /// Who else may lead: every node whose server can be reached. With a given server it is
    /// everyone who greeted, because a peer list carries no start times.
    private var contenders: [PeerID: Contender] {
        let hasFooting = self.hasFooting
        var all: [PeerID: Contender] = [:]
        for peer in peers.values where !peer.hasLeft && peer.suspicion == nil {
            if case .elected = configuration.signaling {
                guard isAnnounced(peer), !hasFooting || isKnown(peer) else { continue }
            }
            all[peer.id] = contender(peer)
        }
        return all
    }

    /// The contender that a peer is. What it said itself over its link counts before what is
    /// announced of it.
    private func contender(_ peer: PeerRecord) -> Contender? {
        var priority: Priority?
        if peer.openLink != nil, let greeting = peer.greeting, let start = greeting.startedAt {
            priority = Priority(deviceScore: UInt32(greeting.peerType.score), startTime: start)
        } else if case .elected = configuration.signaling, let sighting = peer.sighting ?? peer.lastSighting {
            priority = Priority(deviceScore: UInt32(sighting.score), startTime: sighting.startedAt)
        }
        return priority.map { Contender(id: peer.id.contenderID, priority: $0) }
    }

    /// Whether discovery shows a server of the peer, or, of the leader, has shown one and nothing
    /// else speaks against it: its link is open and its server holds this node's registration. A
    /// withdrawn announcement may be forged, too.
    private func isAnnounced(_ peer: PeerRecord) -> Bool {
        if !peer.sightings.isEmpty { return !peer.urls.isEmpty }
        return peer.id == campaign.leader && peer.openLink != nil && peer.lastSighting != nil
            && signaling.target == .peer(peer.id) && signaling.isRegistered(signaling.attempt)
    }

    /// Whether there is more to a contender than an announcement.
    private func isKnown(_ peer: PeerRecord) -> Bool {
        peer.id == campaign.leader || peer.openLink != nil || peer.isProven
    }

    /// Whether this node has a part in a mesh, as its leader or with others. Then nobody leads who
    /// has only been announced: anybody on the link can announce what he likes.
    private var hasFooting: Bool {
        campaign.leader == configuration.id
            || peers.values.contains {
                $0.openLink != nil || ($0.isProven && $0.suspicion == nil && !$0.sightings.isEmpty)
            }
    }

    // MARK: Proof

    /// How many servers are asked at a time.
    private static let maximumProbes = 8

    /// Asks the servers of those that would lead, were there more to them than an announcement.
    /// Without a part in a mesh the best one announced is followed at once, and others are asked
    /// when that has failed.
    mutating func proveContenders(now: Duration) {
        guard case .elected = configuration.signaling else { return }
        let hasFooting = self.hasFooting
        guard hasFooting || peers.values.contains(where: { $0.suspicion != nil }) else { return }
        let bar = campaign.leader.flatMap { peers[$0] }.flatMap(contender)?.ballot ?? ownContender.ballot
        let due = peers.values.filter { peer in
            guard peer.suspicion == nil, !peer.hasLeft, isAnnounced(peer), !isKnown(peer), let since = peer.seenAt,
                !hasFooting || since + timings.settle <= now, let contender = contender(peer)
            else { return false }
            return contender.ballot > bar
        }
        for peer in due.sorted(by: { $0.number < $1.number }) { probe(peer) }
    }

    private mutating func probe(_ peer: PeerRecord) {
        let running = peers.values.count { if case .probing = $0.suspicion { true } else { false } }
        guard running < Self.maximumProbes else { return }
        peers[peer.id]?.suspicion = .probing
        actions.append(.probeServer(peer.id, urls: peer.urls))
    }

    /// A server has the node among its clients.
    mutating func prove(_ id: PeerID) {
        guard let peer = peers[id], let endpoint = (peer.sighting ?? peer.lastSighting)?.endpoint else { return }
        if peer.provenEndpoint == nil { peers[id]?.provenEndpoint = endpoint }
    }

    /// The leader's server does not answer, or not for the leader: pass it over until it does.
    mutating func suspect(_ id: PeerID, now: Duration) {
        exchangeRival(of: id)
        peers[id]?.suspicions = 0
        waitToProbe(id, now: now)
        doubt(id, now: now)
    }

    mutating func probeSuspects(now: Duration) {
        let due = peers.values.filter { peer in
            if case .waiting(let until) = peer.suspicion { until <= now } else { false }
        }
        for peer in due.sorted(by: { ($0.suspicions, $0.number) < ($1.suspicions, $1.number) }) { probe(peer) }
    }

    mutating func probed(_ id: PeerID, isReachable: Bool, now: Duration) {
        guard case .probing = peers[id]?.suspicion else { return }
        if isReachable {
            peers[id]?.suspicion = nil
            peers[id]?.suspicions = 0
            prove(id)
        } else {
            exchangeRival(of: id)
            waitToProbe(id, now: now)
        }
    }

    private mutating func waitToProbe(_ id: PeerID, now: Duration) {
        guard let peer = peers[id] else { return }
        let pause = min(timings.probe * (1 << min(peer.suspicions, 10)), timings.probeLimit)
        peers[id]?.suspicions += 1
        peers[id]?.provenEndpoint = nil
        peers[id]?.suspicion = .waiting(until: now + pause)
    }
}

extension PeerID {
    var contenderID: ContenderID { ContenderID(high: high, low: low) }
}
