extension MeshCore {
    /// A link that stays for a moment behind its peer's `bye`. Texts may be on their way to who
    /// leaves; it reads them until the other end closes, and answers the ping behind them.
    struct Farewell: Sendable {
        var peer: PeerID
        var displayName: String
        /// Texts have been sent after the ping that is out.
        var hasMore: Bool
        /// Our own `bye` is behind the texts: who closes the link then has read them, as without a
        /// farewell.
        var hasSaidBye: Bool
        var deadline: Duration
    }

    /// The peer leaves: the link is closed, once it is known what was read.
    mutating func takeBye(from peer: PeerRecord, link: UInt64, now: Duration) {
        guard case .awaited(let more) = peer.receipt else {
            noteUnread(by: peer)
            return actions.append(.closeLink(peer.id, link: link))
        }
        makeRoomForFarewell(of: peer.id)
        var hasSaidBye = false
        if case .leaving = phase { hasSaidBye = true }
        farewells[link] = Farewell(
            peer: peer.id, displayName: peer.displayName, hasMore: more, hasSaidBye: hasSaidBye,
            deadline: now + timings.pingTimeout)
        peers[peer.id]?.receipt = .none
    }

    /// One for each peer, and so many in all as attempts: each keeps a connection.
    private mutating func makeRoomForFarewell(of id: PeerID) {
        for link in farewells.filter({ $0.value.peer == id }).keys.sorted() { giveUpFarewell(link) }
        guard farewells.count >= configuration.maximumAttempts,
            let oldest = farewells.min(by: { ($0.value.deadline, $0.key) < ($1.value.deadline, $1.key) })
        else { return }
        giveUpFarewell(oldest.key)
    }

    /// A message from somebody who has said goodbye.
    mutating func takeFarewell(_ message: ChannelMessage, from id: PeerID, link: UInt64, now: Duration) {
        guard let farewell = farewells[link], farewell.peer == id else { return }
        switch message {
        case .ping: actions.append(.send(id, link: link, .pong))
        case .pong where farewell.hasMore:
            farewells[link]?.hasMore = false
            actions.append(.send(id, link: link, .ping))
        case .pong:
            farewells[link] = nil
            actions.append(.closeLink(id, link: link))
        case .hello, .chat, .direct, .bye, .election: ignoredMessages += 1
        }
    }

    /// The other end has closed the link.
    mutating func endFarewell(_ link: UInt64) {
        if farewells[link]?.hasSaidBye == true { farewells[link] = nil } else { giveUpFarewell(link) }
    }

    /// The link has ended, or is to, before all was read.
    mutating func giveUpFarewell(_ link: UInt64) {
        guard let farewell = farewells.removeValue(forKey: link) else { return }
        noteUnread(by: farewell.displayName)
        actions.append(.closeLink(farewell.peer, link: link))
    }

    mutating func expireFarewells(now: Duration) {
        for link in farewells.filter({ $0.value.deadline <= now }).keys.sorted() { giveUpFarewell(link) }
    }

    /// Names a peer that may not have read everything, now that its link ends.
    mutating func noteUnread(by peer: PeerRecord) {
        switch peer.receipt {
        case .none: break
        case .unasked, .awaited: noteUnread(by: peer.displayName)
        }
    }

    /// Names somebody who may not have read everything; so many names tell enough.
    mutating func noteUnread(by name: String) {
        if lostConnections.count < 64 { lostConnections.append(name) }
    }
}
