extension MeshCore {
    /// A service appeared or changed.
    mutating func see(_ name: String, _ sighting: PeerSighting, now: Duration) {
        if let known = services[name], known != sighting.id { loseService(name, now: now) }
        guard sighting.id != configuration.id else { return }
        guard services[name] != nil || services.count < configuration.maximumPeers, remember(sighting.id, now: now)
        else {
            ignoredMessages += 1
            return
        }
        services[name] = sighting.id
        if peers[sighting.id]?.sightings.isEmpty == true { peers[sighting.id]?.hasLeft = false }
        if peers[sighting.id]?.sightings[name] != sighting {
            peers[sighting.id]?.suspicion = nil  // it has something new to say, so it lives
        }
        peers[sighting.id]?.sightings[name] = sighting
    }

    /// A service went away. The link to its node is not touched, but doubted.
    mutating func loseService(_ name: String, now: Duration) {
        guard let id = services.removeValue(forKey: name) else { return }
        peers[id]?.sightings[name] = nil
        if peers[id]?.sightings.isEmpty == true { doubt(id, now: now) }
    }

    /// Makes a record for a peer; false when there are too many.
    mutating func remember(_ id: PeerID, now: Duration) -> Bool {
        if peers[id] != nil { return true }
        guard peers.count < configuration.maximumPeers else { return false }
        peers[id] = PeerRecord(id: id, now: now)
        return true
    }

    /// Asks an open link's other end for a sign of life: a killed process is noticed within seconds, not after the half
    /// minute that consent freshness takes (RFC 7675 §5.1). Nodes that did not greet are not expected to know pings.
    mutating func doubt(_ id: PeerID, now: Duration) {
        guard let peer = peers[id], let link = peer.openLink, peer.greeting != nil, peer.pingDeadline == nil
        else { return }
        let deadline = now + timings.pingTimeout
        peers[id]?.pingDeadline = deadline
        actions.append(.send(id, link: link, .ping))
    }
}
