internal import WebRTC

extension MeshCore {
    /// A link takes this many candidates; a browser with many interfaces sends some dozens.
    private static let maximumCandidates = 200

    /// Offers to everyone who is listed and has no link. The larger id offers, so that two offers never cross; the smaller
    /// does when it has waited in vain, which heals a link that only one side has seen end.
    mutating func connectPeers(now: Duration) {
        guard case .registered = signaling.phase else { return }
        let due = peers.values.filter { peer in
            guard peer.listed != nil, !peer.hasLeft else { return false }
            switch peer.link {
            case .connecting, .open: return false
            case .waiting(let until): return until <= now
            case .idle(let since): return peer.id < configuration.id || since + timings.patience <= now
            }
        }
        for peer in due.sorted(by: { $0.id < $1.id }) {
            let id = peer.id
            lastLink += 1
            peers[id]?.candidates = 0
            peers[id]?.session = nil
            peers[id]?.greeting = nil
            let attempt = PeerRecord.Attempt(id: lastLink, isOfferer: true, deadline: now + timings.linkTimeout)
            peers[id]?.link = .connecting(attempt)
            actions.append(.openLink(id, link: lastLink, sameHost: isSameHost(peer)))
        }
    }

    mutating func takeOffer(_ sdp: String, from id: PeerID, now: Duration) {
        guard id != configuration.id, remember(id, now: now), let peer = peers[id] else {
            ignoredMessages += 1
            return
        }
        let session = DescriptionID(ofText: sdp)?.session
        if let link = peer.currentLink, let session, session == peer.session {
            actions.append(.applyOffer(id, link: link, sdp: sdp))
            return
        }
        switch peer.link {
        case .idle, .waiting: break
        case .connecting(let attempt):
            // Glare: the larger id's offer stands.
            if attempt.isOfferer && configuration.id > id { return }
            actions.append(.closeLink(id, link: attempt.id))
        case .open(let link, _):
            // The other end has lost the link before this one noticed.
            actions.append(.closeLink(id, link: link))
        }
        lastLink += 1
        peers[id]?.hasLeft = false
        peers[id]?.session = session
        peers[id]?.candidates = 0
        peers[id]?.greeting = nil
        peers[id]?.pingDeadline = nil
        let attempt = PeerRecord.Attempt(id: lastLink, isOfferer: false, deadline: now + timings.linkTimeout)
        peers[id]?.link = .connecting(attempt)
        actions.append(.acceptLink(id, link: lastLink, offer: sdp, sameHost: isSameHost(peer)))
    }

    mutating func takeAnswer(_ sdp: String, from id: PeerID) {
        let session = DescriptionID(ofText: sdp)?.session
        if let link = peers[id]?.currentLink, let session, session == peers[id]?.session {
            actions.append(.applyAnswer(id, link: link, sdp: sdp))
            return
        }
        guard case .connecting(var attempt) = peers[id]?.link, attempt.isOfferer, !attempt.isAnswered else {
            ignoredMessages += 1
            return
        }
        attempt.isAnswered = true
        peers[id]?.session = session
        peers[id]?.link = .connecting(attempt)
        actions.append(.applyAnswer(id, link: attempt.id, sdp: sdp))
    }

    mutating func takeCandidate(_ candidate: TrickledCandidate?, from id: PeerID) {
        guard let peer = peers[id], let link = peer.currentLink, peer.candidates < Self.maximumCandidates else {
            ignoredMessages += 1
            return
        }
        peers[id]?.candidates += 1
        actions.append(.addCandidate(id, link: link, candidate))
    }

    mutating func takeUndeliverable(_ id: PeerID, now: Duration) {
        guard case .connecting(let attempt) = peers[id]?.link, attempt.isOfferer, !attempt.isAnswered else { return }
        actions.append(.closeLink(id, link: attempt.id))
        retryLater(id, wasSound: false, now: now)
    }

    mutating func openedLink(_ id: PeerID, link: UInt64, now: Duration) {
        guard case .connecting(let attempt) = peers[id]?.link, attempt.id == link else { return }
        peers[id]?.link = .open(id: link, since: now)
        actions.append(.send(id, link: link, .hello(hello)))
    }

    mutating func loseLink(_ id: PeerID, link: UInt64, now: Duration) {
        guard let peer = peers[id], peer.currentLink == link else { return }
        var wasSound = false
        if case .open(_, let since) = peer.link { wasSound = now - since >= timings.linkSound }
        retryLater(id, wasSound: wasSound, now: now)
    }

    /// Ends attempts that took too long, and links whose other end owes a pong.
    mutating func expireLinks(now: Duration) {
        let over = peers.values.filter { peer in
            switch peer.link {
            case .connecting(let attempt): return attempt.deadline <= now
            case .open: return peer.pingDeadline.map { $0 <= now } ?? false
            case .idle, .waiting: return false
            }
        }
        for peer in over.sorted(by: { $0.id < $1.id }) {
            guard let link = peer.currentLink else { continue }
            actions.append(.closeLink(peer.id, link: link))
            retryLater(peer.id, wasSound: false, now: now)
        }
    }

    private mutating func retryLater(_ id: PeerID, wasSound: Bool, now: Duration) {
        guard let peer = peers[id] else { return }
        let failures = wasSound ? 0 : min(peer.failures, 10)
        peers[id]?.failures = failures + 1
        peers[id]?.pingDeadline = nil
        peers[id]?.greeting = nil
        let retry = now + min(timings.linkRetry * (1 << failures), timings.linkRetryLimit)
        peers[id]?.link = id < configuration.id ? .waiting(until: retry) : .idle(since: now)
    }

    /// Whether the peer runs on this machine, so that loopback candidates can serve. Discovery knows; of a peer known from
    /// the list alone it is assumed when the server itself is reached over loopback.
    private func isSameHost(_ peer: PeerRecord) -> Bool {
        if let sighting = peer.sighting { return sighting.endpoint.isSameHost }
        switch signaling.target {
        case .peer(let leader): return peers[leader]?.sighting?.endpoint.isSameHost ?? false
        case .given:
            guard case .given(let url) = configuration.signaling else { return false }
            return ["://127.", "://localhost", "://[::1]"].contains { url.contains($0) }
        case .own, nil: return true
        }
    }

    private var hello: ChannelMessage.Hello {
        ChannelMessage.Hello(
            id: configuration.id, peerType: configuration.peerType, displayName: configuration.displayName,
            startedAt: configuration.startedAt)
    }
}
