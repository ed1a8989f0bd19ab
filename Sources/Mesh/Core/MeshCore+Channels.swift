extension MeshCore {
    /// A text message from a peer's data channel. What is not understood is counted and dropped.
    mutating func takeText(_ text: String, from id: PeerID, link: UInt64, now: Duration) {
        let message = ChannelMessage(parsing: text)
        if farewells[link] != nil, let message { return takeFarewell(message, from: id, link: link, now: now) }
        guard let peer = peers[id], peer.openLink == link, let message else {
            ignoredMessages += 1
            return
        }
        if peer.waitingOffer == nil { peers[id]?.pingDeadline = nil }
        hearContender(id, message, now: now)
        switch message {
        case .hello(let hello):
            // Signaling said who this is; a hello may add a name, not another identity, and only
            // the first one counts: who raises its priority again and again would be elected again
            // and again.
            guard hello.id == id, peer.greeting == nil else {
                ignoredMessages += 1
                return
            }
            peers[id]?.greeting = hello
            // Its server did not know it while it followed another; that says nothing against it.
            peers[id]?.suspicion = nil
            peers[id]?.suspicions = 0
            if case .unasked = peer.receipt { askForReceipt(from: id, link: link) }
        case .chat(let text): deliver(text, from: peer, isDirect: false)
        case .direct(let text): deliver(text, from: peer, isDirect: true)
        case .election: break
        case .ping: actions.append(.send(id, link: link, .pong))
        case .pong:
            // The link lives: whoever offered another one was not its other end.
            if peer.waitingOffer != nil { ignoredMessages += 1 }
            peers[id]?.waitingOffer = nil
            peers[id]?.pingDeadline = nil
            peers[id]?.isPingOut = false
            takeReceipt(from: id, link: link)
        case .bye:
            takeBye(from: peer, link: link, now: now)
            peers[id]?.hasLeft = true
            peers[id]?.failures = 0
            peers[id]?.link = .idle(since: now)
            peers[id]?.forgetLink()
        }
    }

    /// A text has been handed to a link: the other end is asked to say when it has read that far,
    /// one ping at a time.
    mutating func noteSent(to id: PeerID, link: UInt64) {
        farewells[link]?.hasMore = true
        guard let peer = peers[id], peer.openLink == link else { return }
        switch peer.receipt {
        case .none where peer.greeting == nil: peers[id]?.receipt = .unasked
        case .none: askForReceipt(from: id, link: link)
        case .unasked: break
        case .awaited: peers[id]?.receipt = .awaited(more: true)
        }
    }

    private mutating func askForReceipt(from id: PeerID, link: UInt64) {
        // A pong that is awaited for another reason was asked for before these texts.
        let isAsked = peers[id]?.isPingOut == true
        peers[id]?.receipt = .awaited(more: isAsked)
        if !isAsked { ping(id, link: link) }
    }

    mutating func ping(_ id: PeerID, link: UInt64) {
        peers[id]?.isPingOut = true
        actions.append(.send(id, link: link, .ping))
    }

    /// Whether it makes no difference that another text has been sent: that there are more is known
    /// already.
    package func knowsOfTexts(to id: PeerID, link: UInt64) -> Bool {
        if let farewell = farewells[link] { return farewell.hasMore }
        return switch peers[id]?.receipt {
        case nil, .unasked, .awaited(more: true): true
        case .none?, .awaited(more: false): false
        }
    }

    private mutating func takeReceipt(from id: PeerID, link: UInt64) {
        guard case .awaited(let more) = peers[id]?.receipt else { return }
        peers[id]?.receipt = more ? .awaited(more: false) : .none
        if more { ping(id, link: link) }
    }

    private mutating func deliver(_ text: String, from peer: PeerRecord, isDirect: Bool) {
        actions.append(
            .emit(
                .message(MeshEvent.Received(from: peer.info(leader: campaign.leader), text: text, isDirect: isDirect))))
    }

    /// The peers a text to everyone goes to, by id; with their links.
    package var openLinks: [(peer: PeerID, link: UInt64)] {
        peers.values.compactMap { peer in peer.openLink.map { (peer.id, $0) } }.sorted { $0.0 < $1.0 }
    }

    // MARK: Leaving

    mutating func leave(now: Duration) {
        // Whoever has not greeted is not expected to know what a bye is.
        let areAllStrangers = peers.values.allSatisfy { $0.openLink == nil || $0.greeting == nil }
        let limit = areAllStrangers ? min(timings.leaveTimeout, .seconds(2)) : timings.leaveTimeout
        phase = .leaving(deadline: now + limit)
        if case .elected = configuration.signaling { actions.append(.stopDiscovery) }
        for (id, peer) in peers.sorted(by: { $0.key < $1.key }) {
            switch peer.link {
            case .open(let link, _): actions.append(.send(id, link: link, .bye))
            case .connecting(let attempt):
                actions.append(.closeLink(id, link: attempt.id))
                peers[id]?.link = .idle(since: now)
            case .idle, .waiting: break
            }
        }
        finishLeaving(now: now)
    }

    /// Leaving ends when every peer has closed its link, having read what came before the bye, or
    /// when time is up.
    mutating func finishLeaving(now: Duration) {
        guard case .leaving(let deadline) = phase else { return }
        let open = openLinks
        guard open.isEmpty && farewells.isEmpty || now >= deadline else { return }
        unconfirmed = peers.values.filter { $0.openLink != nil && $0.greeting != nil }
            .map { $0.info(leader: campaign.leader) }
        for (peer, link) in open {
            actions.append(.closeLink(peer, link: link))
            peers[peer]?.link = .idle(since: now)
        }
        for link in farewells.keys.sorted() { giveUpFarewell(link) }
        switch signaling.phase {
        case .connecting, .registered: actions.append(.disconnectSignaling(attempt: signaling.attempt))
        case .idle, .waiting: break
        }
        signaling.phase = .idle
        if case .elected = configuration.signaling { actions.append(.stopServer) }
        phase = .left
    }
}
