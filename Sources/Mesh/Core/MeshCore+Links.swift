internal import JSEP
internal import WebRTC

extension MeshCore {
    /// A link takes this many candidates; a browser with many interfaces sends some dozens.
    private static let maximumCandidates = 200
    /// So much of them is kept of a peer whose offer waits.
    private static let maximumWaitingBytes = 64 << 10

    /// Offers to everyone who is listed and has no link. The larger id offers, so that two offers
    /// never cross; the smaller does when it has waited in vain, which heals a link that only one
    /// side has seen end.
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
        attemptsResumeAt = nil
        for peer in due.sorted(by: comesBefore) {
            let id = peer.id
            guard makeRoom(for: peer, now: now) else {
                let stale = peers.values.compactMap(\.attempt).map { $0.startedAt + timings.staleAttempt }
                attemptsResumeAt = stale.filter { $0 > now }.min()
                return
            }
            let attempt = begin(id, asOfferer: true, now: now)
            actions.append(.openLink(id, link: attempt, sameHost: isSameHost(peer)))
        }
    }

    /// Those that this node has seen itself come before those that a list alone names, and who was
    /// called less often in vain before who was called more: invented peers must not keep real ones
    /// waiting.
    private func comesBefore(_ left: PeerRecord, _ right: PeerRecord) -> Bool {
        if left.isOnlyListed != right.isOnlyListed { return right.isOnlyListed }
        return (left.failures, left.number) < (right.failures, right.number)
    }

    /// Whether another link may be made now. When too many are, an unanswered offer to somebody who
    /// is only listed gives way: at once to a peer that was seen, after a while to one that was
    /// called less often.
    private mutating func makeRoom(for peer: PeerRecord, now: Duration) -> Bool {
        let attempts = peers.values.filter { $0.attempt != nil }
        guard attempts.count >= configuration.maximumAttempts else { return true }
        let weak = attempts.filter { other in
            guard other.isOnlyListed, let attempt = other.attempt, attempt.isOfferer, !attempt.isAnswered
            else { return false }
            return !peer.isOnlyListed
                || other.failures >= peer.failures && attempt.startedAt + timings.staleAttempt <= now
        }
        guard let victim = weak.min(by: { ($0.attempt?.id ?? 0) < ($1.attempt?.id ?? 0) }), let attempt = victim.attempt
        else { return false }
        actions.append(.closeLink(victim.id, link: attempt.id))
        retryLater(victim.id, wasSound: false, now: now)
        return true
    }

    private mutating func begin(_ id: PeerID, asOfferer isOfferer: Bool, now: Duration) -> UInt64 {
        lastLink += 1
        peers[id]?.forgetLink()
        let attempt = PeerRecord.Attempt(
            id: lastLink, startedAt: now, isOfferer: isOfferer, deadline: now + timings.linkTimeout)
        peers[id]?.link = .connecting(attempt)
        return lastLink
    }

    mutating func takeOffer(_ sdp: String, from id: PeerID, now: Duration) {
        guard id != configuration.id, remember(id, because: .offered, now: now), let peer = peers[id] else {
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
            peers[id]?.link = .idle(since: now)
        case .open(let link, _):
            // The other end has lost the link before this one noticed, or a server invents the
            // offer: the link tells.
            guard peer.greeting == nil else {
                peers[id]?.waitingOffer = PeerRecord.WaitingOffer(sdp: sdp)
                return doubt(id, now: now)
            }
            noteUnread(by: peer)
            actions.append(.closeLink(id, link: link))
            peers[id]?.link = .idle(since: now)
        }
        acceptOffer(sdp, from: id, now: now)
    }

    private mutating func acceptOffer(_ sdp: String, from id: PeerID, now: Duration) {
        guard let peer = peers[id], makeRoom(for: peer, now: now) else {
            ignoredMessages += 1
            return
        }
        let link = begin(id, asOfferer: false, now: now)
        peers[id]?.hasLeft = false
        peers[id]?.session = DescriptionID(ofText: sdp)?.session
        actions.append(.acceptLink(id, link: link, offer: sdp, sameHost: isSameHost(peer)))
    }

    /// The link that an offer came for in vain has ended: the offer is answered now.
    private mutating func takeWaitingOffer(of id: PeerID, _ offer: PeerRecord.WaitingOffer?, now: Duration) {
        guard let offer, case .running = phase else { return }
        acceptOffer(offer.sdp, from: id, now: now)
        for candidate in offer.candidates { takeCandidate(candidate, from: id) }
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
        if let waiting = peer.waitingOffer {
            let bytes = candidate?.byteCount ?? 0
            if waiting.candidates.count < Self.maximumCandidates,
                waiting.byteCount + bytes <= Self.maximumWaitingBytes
            {
                peers[id]?.waitingOffer?.candidates.append(candidate)
                peers[id]?.waitingOffer?.byteCount += bytes
            } else {
                ignoredMessages += 1
            }
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

    mutating func loseLink(_ id: PeerID, link: UInt64, because reason: String, now: Duration) {
        if farewells[link] != nil { return endFarewell(link) }
        guard let peer = peers[id], peer.currentLink == link else { return }
        var wasSound = false
        if case .open(_, let since) = peer.link {
            wasSound = now - since >= timings.linkSound
            if case .running = phase { noteLoss(of: peer, reason) }
        }
        retryLater(id, wasSound: wasSound, now: now)
        takeWaitingOffer(of: id, peer.waitingOffer, now: now)
        adoptRival(of: id, now: now)
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
            if peer.openLink != nil { noteLoss(of: peer, "it does not answer any more") }
            retryLater(peer.id, wasSound: false, now: now)
            takeWaitingOffer(of: peer.id, peer.waitingOffer, now: now)
            adoptRival(of: peer.id, now: now)
        }
    }

    /// Says that a link ended without a goodbye, and names its peer if it may not have read
    /// everything.
    private mutating func noteLoss(of peer: PeerRecord, _ reason: String) {
        noteUnread(by: peer)
        // It may be gone, whatever is still announced of it: it has to show again that it serves.
        peers[peer.id]?.provenEndpoint = nil
        actions.append(.emit(.notice("the connection to \(peer.displayName) broke: \(reason)")))
    }

    private mutating func retryLater(_ id: PeerID, wasSound: Bool, now: Duration) {
        guard let peer = peers[id] else { return }
        let failures = wasSound ? 0 : min(peer.failures, 10)
        peers[id]?.failures = failures + 1
        peers[id]?.forgetLink()
        let retry = now + min(timings.linkRetry * (1 << failures), timings.linkRetryLimit)
        peers[id]?.link = id < configuration.id ? .waiting(until: retry) : .idle(since: now)
    }

    /// Whether the peer runs on this machine, so that loopback candidates can serve. Discovery
    /// knows; of a peer known from the list alone it is assumed when the server itself is reached
    /// over loopback.
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
