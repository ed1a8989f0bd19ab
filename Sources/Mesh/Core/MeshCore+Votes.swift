internal import Election

/// What the election says over the links, and hears.
extension MeshCore {
    /// Those who have said who they are have a vote as long as their link lasts.
    mutating func linkVoters(now: Duration) {
        var links: [ContenderID: VoterLink] = [:]
        for peer in peers.values where peer.greeting != nil {
            links[peer.id.contenderID] = peer.openLink.map { VoterLink(peer: peer.id, link: $0) }
        }
        let former = campaign.links
        guard links != former else { return }
        campaign.links = links
        for (id, link) in former where links[id] != link {
            perform(campaign.election?.linkClosed(to: id, at: now))
        }
        for (id, link) in links where former[id] != link {
            perform(campaign.election?.linkOpened(to: id, at: now))
        }
    }

    /// All that a leader says shows that it is there.
    mutating func hearContender(_ id: PeerID, _ message: ChannelMessage, now: Duration) {
        guard case .election(let election) = message else {
            if id == campaign.leader { perform(campaign.election?.contenderHeard(id.contenderID, at: now)) }
            return
        }
        // Who has not said who it is has no part in it.
        guard let peer = peers[id], peer.greeting != nil else { return }
        // It says that it leads: its server is to be asked soon, however often that was in vain.
        if election.kind == .state(leader: id.contenderID), case .waiting(let until) = peer.suspicion {
            let soon = min(until, now + timings.settle)
            peers[id]?.suspicion = .waiting(until: soon)
        }
        perform(campaign.election?.received(election, from: id.contenderID, at: now))
    }

    /// The connection to the leader's server has broken: it may be gone.
    mutating func doubtLeader(now: Duration) {
        guard let leader = campaign.leader, leader != configuration.id else { return }
        perform(campaign.election?.contenderDoubted(leader.contenderID, at: now))
    }

    mutating func perform(_ actions: [LeaderElection.Action]?) {
        for case .send(let message, let to) in actions ?? [] {
            guard let voter = campaign.links[to], peers[voter.peer]?.openLink == voter.link else { continue }
            self.actions.append(.send(voter.peer, link: voter.link, .election(message)))
        }
    }
}
