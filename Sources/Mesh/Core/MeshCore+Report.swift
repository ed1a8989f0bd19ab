internal import Election

extension MeshCore {
    /// What was last told, so that only changes are.
    struct Report: Sendable {
        var hasStarted = false
        var hasLeft = false
        var peers: [MeshPeer] = []
        var leader: PeerID?
        var state = MeshState.disconnected
    }

    /// The other nodes, by name, then id.
    package var peerList: [MeshPeer] {
        peers.values.filter { !$0.hasLeft }.map { $0.info(leader: campaign.leader) }
            .sorted { ($0.displayName, $0.id) < ($1.displayName, $1.id) }
    }

    /// A peer's name for people; its id where nothing is known of it.
    package func name(of id: PeerID) -> String { peers[id]?.displayName ?? id.text }

    package var leaderStatus: LeaderStatus {
        LeaderStatus(
            leaderID: campaign.leader, amILeader: campaign.leader == configuration.id, peerCount: openLinks.count + 1,
            term: claimedTerm)
    }

    /// Of the leader that is named; nil for one that others name, or that has not been heard.
    private var claimedTerm: UInt64? {
        guard let term = campaign.election?.term, let id = campaign.leader?.contenderID, term.leader == id else {
            return nil
        }
        return term.number
    }

    package var state: MeshState {
        switch phase {
        case .new, .left: return .disconnected
        case .running, .leaving: break
        }
        if let problem, openLinks.isEmpty { return .error(problem) }
        return campaign.leader == nil ? .discovering : .connected
    }

    /// Emits what changed. The leader comes before the list that marks it.
    mutating func report(now: Duration) {
        if case .left = phase {
            guard !reported.hasLeft else { return }
            reported.hasLeft = true
            actions += [.emit(.connectionStateChanged(.disconnected)), .left]
            return
        }
        guard reported.hasStarted else { return }
        if reported.leader != campaign.leader {
            reported.leader = campaign.leader
            actions.append(.emit(.leaderChanged(leaderStatus)))
        }
        let list = peerList
        if reported.peers != list {
            reported.peers = list
            actions.append(.emit(.peerListChanged(list)))
        }
        let state = self.state
        if reported.state != state {
            reported.state = state
            actions.append(.emit(.connectionStateChanged(state)))
        }
    }

    /// When `tick` is due, later than `now`; nil when only events can change anything.
    package func nextDeadline(after now: Duration) -> Duration? {
        if case .leaving(let deadline) = phase { return deadline }
        guard case .running = phase else { return nil }
        var deadlines: [Duration] = []
        if let election = campaign.election?.nextDeadline { deadlines.append(election) }
        if let serverRetryAt { deadlines.append(serverRetryAt) }
        if let due = signaling.proofDue { deadlines.append(due) }
        if let attemptsResumeAt { deadlines.append(attemptsResumeAt) }
        if case .waiting(let until) = signaling.phase { deadlines.append(until) }
        deadlines += farewells.values.map(\.deadline)
        var isRegistered = false
        if case .registered = signaling.phase { isRegistered = true }
        for peer in peers.values {
            if case .waiting(let until) = peer.suspicion { deadlines.append(until) }
            if let seenAt = peer.seenAt, !peer.isProven { deadlines.append(seenAt + timings.settle) }
            if let end = peer.pingDeadline { deadlines.append(end) }
            switch peer.link {
            case .connecting(let attempt): deadlines.append(attempt.deadline)
            case .open: break
            case .waiting(let until): if isRegistered, peer.listed != nil, !peer.hasLeft { deadlines.append(until) }
            case .idle(let since):
                if isRegistered, peer.listed != nil, !peer.hasLeft { deadlines.append(since + timings.patience) }
            }
        }
        return deadlines.filter { $0 > now }.min()
    }
}
