extension MeshCore {
    /// The connection to the signaling server in use.
    struct SignalingState: Sendable {
        enum Target: Sendable, Hashable { case own, peer(PeerID), given }
        enum Phase: Sendable { case idle, waiting(until: Duration), connecting, registered }

        var phase = Phase.idle
        var target: Target?
        var attempt: UInt64 = 0
        /// Failures in a row with this target, and when they began.
        var failures = 0
        var failingSince: Duration?
        /// When the leader has to be among the clients of its own server; nil once it was.
        var proofDue: Duration?
        /// The leader that a given server names.
        var namedLeader: PeerID?

        func isRegistered(_ attempt: UInt64) -> Bool {
            if case .registered = phase { attempt == self.attempt } else { false }
        }
    }

    /// Connects to the leader's server, and leaves the one that is no longer it.
    mutating func steerSignaling(now: Duration) {
        let wanted = wantedTarget
        if wanted != signaling.target {
            switch signaling.phase {
            case .connecting, .registered:
                actions.append(.disconnectSignaling(attempt: signaling.attempt))
                lostSignalingPath(now: now)
            case .idle, .waiting: break
            }
            signaling.phase = .idle
            signaling.proofDue = nil
            signaling.target = wanted
            signaling.failures = 0
            signaling.failingSince = nil
        }
        switch signaling.phase {
        case .waiting(let until) where until <= now: break
        case .idle where wanted != nil: break
        case .idle, .waiting, .connecting, .registered: return
        }
        let urls = self.urls
        guard !urls.isEmpty else { return }
        signaling.attempt += 1
        signaling.phase = .connecting
        actions.append(.connectSignaling(attempt: signaling.attempt, urls: urls))
    }

    private var wantedTarget: SignalingState.Target? {
        if case .given = configuration.signaling { return .given }
        guard let leader = campaign.leader else { return nil }
        if leader == configuration.id { return serverPort == nil ? nil : .own }
        return .peer(leader)
    }

    private var urls: [String] {
        switch signaling.target {
        case nil: []
        case .own: serverPort.map { ["ws://127.0.0.1:\($0)/ws"] } ?? []
        case .peer(let id): peers[id]?.urls ?? []
        case .given: if case .given(let url) = configuration.signaling { [url] } else { [] }
        }
    }

    mutating func signalingConnected(_ attempt: UInt64, now: Duration) {
        guard case .connecting = signaling.phase, attempt == signaling.attempt else { return }
        signaling.phase = .registered
        signaling.failures = 0
        signaling.failingSince = nil
        if case .peer = signaling.target { signaling.proofDue = now + timings.leaderPatience }
        problem = nil
    }

    /// A server without the leader among its clients is not the leader's: whoever announced it does
    /// not lead.
    mutating func doubtUnlistedLeader(now: Duration) {
        guard let due = signaling.proofDue, due <= now else { return }
        signaling.proofDue = nil
        if case .peer(let leader) = signaling.target { suspect(leader, now: now) }
    }

    mutating func loseSignaling(_ attempt: UInt64, reason: String, now: Duration) {
        guard attempt == signaling.attempt else { return }
        switch signaling.phase {
        case .idle, .waiting: return
        case .connecting:
            // An announced server that was never there is not waited for.
            if case .peer(let leader) = signaling.target, peers[leader]?.isProven == false {
                suspect(leader, now: now)
            }
        case .registered: doubtLeader(now: now)
        }
        signaling.proofDue = nil
        lostSignalingPath(now: now)
        let doubling = 1 << min(signaling.failures, 10)
        signaling.failures += 1
        let since = signaling.failingSince ?? now
        signaling.failingSince = since
        signaling.phase = .waiting(until: now + min(timings.signalingRetry * doubling, timings.signalingRetryLimit))
        guard signaling.failures >= 3 else { return }
        switch signaling.target {
        case .peer(let leader):
            if now - since >= timings.leaderPatience { suspect(leader, now: now) }
        case .own, .given:
            problem = reason
        case nil: break
        }
    }

    /// What was under way over the old server will not be finished: begin it anew over the next. A
    /// link whose answer has come may still succeed; it gets a little time.
    private mutating func lostSignalingPath(now: Duration) {
        signaling.namedLeader = nil
        for id in peers.keys.sorted() { unlist(id, now: now) }
    }

    private mutating func unlist(_ id: PeerID, now: Duration) {
        peers[id]?.listed = nil
        guard case .connecting(var attempt) = peers[id]?.link else { return }
        if attempt.isOfferer && !attempt.isAnswered {
            actions.append(.closeLink(id, link: attempt.id))
            peers[id]?.link = .idle(since: now)
        } else {
            attempt.deadline = min(attempt.deadline, now + timings.linkTimeout / 3)
            peers[id]?.link = .connecting(attempt)
        }
    }

    mutating func takeSignal(_ signal: SignalReceived, now: Duration) {
        switch signal {
        case .peerList(let list): takePeerList(list, now: now)
        case .offer(let from, let sdp): takeOffer(sdp, from: from, now: now)
        case .answer(let from, let sdp): takeAnswer(sdp, from: from)
        case .candidate(let from, let candidate): takeCandidate(candidate, from: from)
        case .undeliverable(let to): takeUndeliverable(to, now: now)
        }
    }

    private mutating func takePeerList(_ list: [ListedPeer], now: Duration) {
        var gone = Set(peers.values.filter { $0.listed != nil }.map(\.id))
        signaling.namedLeader = list.first { $0.isLeader }?.id
        if case .peer(let leader) = signaling.target, list.contains(where: { $0.id == leader && $0.isConnected }) {
            signaling.proofDue = nil
            prove(leader)
        }
        // Once one finds no room, none of the list does: looking for it again for each of thousands
        // would take long.
        var isFull = false
        for entry in list where entry.id != configuration.id && entry.isConnected {
            guard !isFull || peers[entry.id] != nil, remember(entry.id, because: .listed, now: now) else {
                isFull = true
                ignoredMessages += 1
                continue
            }
            gone.remove(entry.id)
            if peers[entry.id]?.listed == nil, case .idle = peers[entry.id]?.link {
                peers[entry.id]?.link = .idle(since: now)  // patience counts from here
            }
            peers[entry.id]?.listed = entry
        }
        for id in gone.sorted() {
            unlist(id, now: now)  // an answer will not come from one who has left the server
            doubt(id, now: now)
        }
    }
}
