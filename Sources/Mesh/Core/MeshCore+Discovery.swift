extension MeshCore {
    /// A service appeared or changed.
    mutating func see(_ name: String, _ sighting: PeerSighting, now: Duration) {
        if let known = services[name], known != sighting.id { loseService(name, now: now) }
        guard sighting.id != configuration.id else { return }
        guard services[name] != nil || services.count < 2 * configuration.maximumPeers,
            remember(sighting.id, because: .seen, now: now), admits(sighting, named: name)
        else {
            ignoredMessages += 1
            return
        }
        services[name] = sighting.id
        accept(sighting, named: name, now: now)
    }

    /// Whether a service may speak for its node. Anybody can announce another's id: while a node is
    /// there, what uses its id under another name must lead to the same server, or it waits until
    /// the node is gone.
    private mutating func admits(_ sighting: PeerSighting, named name: String) -> Bool {
        guard let peer = peers[sighting.id], peer.sightings[name] == nil, isThere(peer) else { return true }
        let known = peer.sightings.values.map(\.endpoint) + [peer.lastSighting?.endpoint].compactMap { $0 }
        guard !known.isEmpty, !known.contains(where: { $0.isSame(as: sighting.endpoint) }) else { return true }
        if peer.rivals[name] != nil || peer.rivals.count < Self.maximumRivals {
            peers[sighting.id]?.rivals[name] = sighting
            services[name] = sighting.id
        }
        return false
    }

    private static let maximumRivals = 4

    private func isThere(_ peer: PeerRecord) -> Bool {
        !peer.sightings.isEmpty || peer.openLink != nil
    }

    private mutating func accept(_ sighting: PeerSighting, named name: String, now: Duration) {
        let id = sighting.id
        guard let peer = peers[id] else { return }
        let sighting = sighting.keepingPriority(of: peer.sightings[name] ?? peer.lastSighting)
        if peer.sightings.isEmpty {
            peers[id]?.hasLeft = false
            peers[id]?.seenAt = now
        }
        // It has something new to say, so it may live: it is asked soon, however often it was asked
        // in vain.
        if peer.sightings[name] != sighting, case .waiting(let until) = peer.suspicion {
            let soon = min(until, now + timings.settle)
            peers[id]?.suspicion = .waiting(until: soon)
        }
        peers[id]?.rivals[name] = nil
        peers[id]?.sightings[name] = sighting
        peers[id]?.lastSighting = sighting
    }

    /// A service went away. The link to its node is not touched, but doubted.
    mutating func loseService(_ name: String, now: Duration) {
        guard let id = services.removeValue(forKey: name), let peer = peers[id] else { return }
        peers[id]?.rivals[name] = nil
        guard peer.sightings[name] != nil else { return }
        peers[id]?.sightings[name] = nil
        guard peers[id]?.sightings.isEmpty == true else { return }
        doubt(id, now: now)
        adoptRival(of: id, now: now)
    }

    /// A node that is gone leaves its id to whoever used it too: it may have come back under
    /// another name.
    mutating func adoptRival(of id: PeerID, now: Duration) {
        guard let peer = peers[id], !isThere(peer), let rival = peer.rivals.min(by: { $0.key < $1.key }) else { return }
        peers[id]?.provenEndpoint = nil
        peers[id]?.lastSighting = nil
        accept(rival.value, named: rival.key, now: now)
    }

    /// A server does not answer for a node: another that claims to be it is asked next.
    mutating func exchangeRival(of id: PeerID) {
        guard let peer = peers[id], let rival = peer.rivals.min(by: { $0.key < $1.key }),
            let present = peer.sightings.min(by: { $0.key < $1.key })
        else { return }
        peers[id]?.rivals[rival.key] = nil
        peers[id]?.sightings[present.key] = nil
        peers[id]?.rivals[present.key] = present.value
        peers[id]?.sightings[rival.key] = rival.value
        peers[id]?.lastSighting = rival.value
    }

    // MARK: Room

    /// How a node was heard of, from the weakest reason to remember it on.
    enum Hearsay { case listed, seen, offered }

    /// Makes a record for a peer; false when there are too many that are worth more.
    mutating func remember(_ id: PeerID, because hearsay: Hearsay, now: Duration) -> Bool {
        if peers[id] != nil { return true }
        if peers.count >= configuration.maximumPeers {
            guard let victim = victim(for: hearsay) else { return false }
            forget(victim)
            ignoredMessages += 1
        }
        lastPeer += 1
        peers[id] = PeerRecord(id: id, number: lastPeer, now: now)
        return true
    }

    /// Who makes room: first those of whom there is nothing but a line in a list, which have been
    /// called most often in vain; then, for others than such, those that are only announced, and of
    /// them the suspected.
    private func victim(for hearsay: Hearsay) -> PeerID? {
        let loose = peers.values.filter { $0.currentLink == nil && !$0.isProven && $0.id != campaign.leader }
        let listed = loose.filter { $0.isOnlyListed && (hearsay != .listed || $0.failures > 0) }
        if let worst = listed.max(by: { ($0.failures, $1.number) < ($1.failures, $0.number) }) { return worst.id }
        guard hearsay != .listed else { return nil }
        let announced = loose.filter { $0.listed == nil && (hearsay == .offered || $0.suspicion != nil) }
        return announced.max { ($0.suspicions, $1.number) < ($1.suspicions, $0.number) }?.id
    }

    private mutating func forget(_ id: PeerID) {
        guard let peer = peers.removeValue(forKey: id) else { return }
        for name in peer.sightings.keys { services[name] = nil }
        for name in peer.rivals.keys { services[name] = nil }
    }

    /// Forgets those whom nothing keeps.
    mutating func forgetStale() {
        for id in peers.values.filter(\.isForgettable).map(\.id) { forget(id) }
    }

    /// Asks an open link's other end for a sign of life: a killed process is noticed within
    /// seconds, not after the half minute that consent freshness takes (RFC 7675 §5.1). Nodes that
    /// did not greet are not expected to know pings.
    mutating func doubt(_ id: PeerID, now: Duration) {
        guard let peer = peers[id], let link = peer.openLink, peer.greeting != nil, peer.pingDeadline == nil
        else { return }
        let deadline = now + timings.pingTimeout
        peers[id]?.pingDeadline = deadline
        // One that is out already will be answered, too.
        if !peer.isPingOut { ping(id, link: link) }
    }
}
