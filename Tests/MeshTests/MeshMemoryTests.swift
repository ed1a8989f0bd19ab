import Mesh
import Signaling
import Testing

@Suite("What a core remembers of a link")
struct MeshMemoryTests {
    private let me = id("5")
    private let peer = id("1")
    private let timings = MeshTimings()

    private static func id(_ digit: String) -> PeerID {
        PeerID("\(digit)0000000-0000-4000-8000-000000000000") ?? PeerID()
    }

    private static func offer(session: Int) -> String { "v=0\r\no=- \(session) 1 IN IP4 0.0.0.0\r\ns=-\r\n" }

    private func listed(_ id: PeerID) -> ListedPeer {
        ListedPeer(id: id, peerType: .display, displayName: "x", isConnected: true, isLeader: false)
    }

    private func text(_ message: ChannelMessage, link: UInt64) -> MeshInput {
        .channelText(peer, link: link, message.serialized())
    }

    private func hello(link: UInt64) -> MeshInput {
        text(
            .hello(.init(id: peer, peerType: .display, displayName: "them", startedAt: StartTime.earliest)),
            link: link)
    }

    /// A core registered with a server that lists these peers.
    private func registered(_ others: [PeerID], attempts: Int = 32) -> MeshCore {
        var configuration = MeshCore.Configuration(
            id: me, peerType: .display, displayName: "me", startedAt: StartTime.earliest + 100,
            signaling: .given(url: "ws://127.0.0.1:1/ws"))
        configuration.maximumAttempts = attempts
        var core = MeshCore(configuration)
        _ = core.handle(.start, now: .zero)
        _ = core.handle(.signalingConnected(attempt: 1), now: .zero)
        _ = core.handle(.signal(attempt: 1, .peerList(others.map(listed) + [listed(me)])), now: .zero)
        return core
    }

    /// One with a link, by an offer of this session, that has been greeted; at a second.
    private func linked() -> MeshCore {
        var core = registered([])
        _ = core.handle(.signal(attempt: 1, .offer(from: peer, sdp: Self.offer(session: 7))), now: .zero)
        _ = core.handle(.linkOpened(peer, link: 1), now: .seconds(1))
        _ = core.handle(hello(link: 1), now: .seconds(1))
        return core
    }

    /// The link is lost, and another is there by an offer of another session; at two seconds.
    private func linkedAgain(_ core: inout MeshCore) {
        // Who is listed is not forgotten as a whole.
        _ = core.handle(.signal(attempt: 1, .peerList([listed(peer), listed(me)])), now: .seconds(2))
        _ = core.handle(.linkClosed(peer, link: 1, reason: "reset"), now: .seconds(2))
        _ = core.handle(.signal(attempt: 1, .offer(from: peer, sdp: Self.offer(session: 8))), now: .seconds(2))
        _ = core.handle(.linkOpened(peer, link: 2), now: .seconds(2))
    }

    @Test("each link has a greeting, candidates and pings of its own")
    func ofItsOwn() {
        var core = linked()
        for number in 0..<300 {
            let candidate = TrickledCandidate(
                candidate: "\(number)", sdpMid: "0", sdpMLineIndex: 0, usernameFragment: nil)
            _ = core.handle(.signal(attempt: 1, .candidate(from: peer, candidate)), now: .seconds(1))
        }
        // Not listed any more: it is asked for a sign of life.
        _ = core.handle(.signal(attempt: 1, .peerList([listed(peer), listed(me)])), now: .seconds(1))
        let asked = core.handle(.signal(attempt: 1, .peerList([listed(me)])), now: .seconds(1))
        #expect(asked.contains(.send(peer, link: 1, .ping)))
        linkedAgain(&core)
        let before = core.ignoredMessages
        _ = core.handle(hello(link: 2), now: .seconds(2))
        #expect(core.ignoredMessages == before)
        let taken = core.handle(.signal(attempt: 1, .candidate(from: peer, nil)), now: .seconds(2))
        #expect(taken.contains(.addCandidate(peer, link: 2, nil)))
        _ = core.handle(.tick, now: .seconds(1) + timings.pingTimeout)
        #expect(core.openLinks.map(\.link) == [2])
        _ = core.handle(.signal(attempt: 1, .peerList([listed(peer), listed(me)])), now: .seconds(5))
        let again = core.handle(.signal(attempt: 1, .peerList([listed(me)])), now: .seconds(5))
        #expect(again.contains(.send(peer, link: 2, .ping)))
    }

    @Test("what a former link had not read is not asked of the next one")
    func receipts() {
        var core = linked()
        _ = core.handle(.textSent(peer, link: 1), now: .seconds(1))
        linkedAgain(&core)
        #expect(core.lostConnections == ["them"])
        _ = core.handle(hello(link: 2), now: .seconds(2))
        #expect(core.handle(text(.bye, link: 2), now: .seconds(3)).contains(.closeLink(peer, link: 2)))
        #expect(core.lostConnections == ["them"])
    }

    @Test("an offer of a former link's session is not the next one's")
    func sessions() {
        var core = linked()
        _ = core.handle(.signal(attempt: 1, .peerList([listed(peer), listed(me)])), now: .seconds(1))
        _ = core.handle(.linkClosed(peer, link: 1, reason: "reset"), now: .seconds(2))
        let retried = core.handle(.tick, now: .seconds(3))
        #expect(retried.contains(.openLink(peer, link: 2, sameHost: true)))
        let actions = core.handle(
            .signal(attempt: 1, .offer(from: peer, sdp: Self.offer(session: 7))), now: .seconds(3))
        #expect(!actions.contains(.applyOffer(peer, link: 2, sdp: Self.offer(session: 7))))
    }

    @Test("whatever a peer says shows that it is there")
    func signOfLife() {
        var core = linked()
        _ = core.handle(.signal(attempt: 1, .peerList([listed(peer), listed(me)])), now: .seconds(1))
        _ = core.handle(.signal(attempt: 1, .peerList([listed(me)])), now: .seconds(1))
        _ = core.handle(text(.chat("still here"), link: 1), now: .seconds(2))
        _ = core.handle(.tick, now: .seconds(1) + timings.pingTimeout)
        #expect(core.openLinks.map(\.link) == [1])
    }

    @Test("a link that was sound begins the pauses anew, and one that was not does not")
    func pauses() {
        var core = registered([peer])
        var now = Duration.zero
        var link: UInt64 = 1
        func isRetried(after pause: Duration) -> Bool {
            now += pause
            let isRetried = core.handle(.tick, now: now).contains(.openLink(peer, link: link + 1, sameHost: true))
            if isRetried { link += 1 }
            return isRetried
        }
        for _ in 0..<4 {
            _ = core.handle(.linkClosed(peer, link: link, reason: "no way"), now: now)
            while !isRetried(after: .milliseconds(100)) {}
        }
        _ = core.handle(.linkOpened(peer, link: link), now: now)
        now += timings.linkSound
        _ = core.handle(.linkClosed(peer, link: link, reason: "reset"), now: now)
        #expect(isRetried(after: timings.linkRetry))
        _ = core.handle(.linkOpened(peer, link: link), now: now)
        _ = core.handle(.linkClosed(peer, link: link, reason: "reset"), now: now)
        #expect(!isRetried(after: timings.linkRetry))
    }

    @Test("candidates that wait with an offer are bounded in bytes")
    func waitingCandidates() {
        var core = linked()
        _ = core.handle(.signal(attempt: 1, .offer(from: peer, sdp: Self.offer(session: 8))), now: .seconds(1))
        let before = core.ignoredMessages
        let text = String(repeating: "x", count: 20_000)
        for _ in 0..<10 {
            let candidate = TrickledCandidate(candidate: text, sdpMid: nil, sdpMLineIndex: 0, usernameFragment: nil)
            _ = core.handle(.signal(attempt: 1, .candidate(from: peer, candidate)), now: .seconds(1))
        }
        #expect(core.ignoredMessages == before + 7, "64 KiB are kept")
    }

    @Test("an attempt that was answered is not ended for another, and has less time when its peer has left the server")
    func answered() {
        var core = registered([peer, Self.id("2")], attempts: 1)
        _ = core.handle(.signal(attempt: 1, .answer(from: peer, sdp: Self.offer(session: 7))), now: .seconds(1))
        let later = core.handle(.tick, now: timings.staleAttempt + .seconds(1))
        #expect(!later.contains(.closeLink(peer, link: 1)))
        let left = Duration.seconds(5)
        _ = core.handle(.signal(attempt: 1, .peerList([listed(me)])), now: left)
        let end = left + timings.linkTimeout / 3
        #expect(!core.handle(.tick, now: end - .milliseconds(1)).contains(.closeLink(peer, link: 1)))
        #expect(core.handle(.tick, now: end).contains(.closeLink(peer, link: 1)))
    }

    @Test("whom a server has named leads no more when that server is gone")
    func named() {
        var core = registered([])
        var leader = listed(peer)
        leader.isLeader = true
        _ = core.handle(.signal(attempt: 1, .peerList([leader, listed(me)])), now: .seconds(1))
        #expect(core.leaderStatus.leaderID == peer)
        _ = core.handle(.signalingLost(attempt: 1, reason: "reset"), now: .seconds(2))
        #expect(core.leaderStatus.leaderID != peer)
    }

    @Test("names of those who may not have read everything are kept up to a bound")
    func unread() {
        var core = registered([peer])
        _ = core.handle(.linkClosed(peer, link: 1, reason: "no way"), now: .zero)
        for number in 2...100 as ClosedRange<UInt64> {
            let now = Duration.seconds(number)
            _ = core.handle(.signal(attempt: 1, .offer(from: peer, sdp: Self.offer(session: Int(number)))), now: now)
            let link = number
            _ = core.handle(.linkOpened(peer, link: link), now: now)
            _ = core.handle(hello(link: link), now: now)
            _ = core.handle(.textSent(peer, link: link), now: now)
            _ = core.handle(.linkClosed(peer, link: link, reason: "reset"), now: now)
        }
        #expect(core.lostConnections.count == 64)
    }

    @Test("a server that cannot be reached is tried with pauses up to five seconds")
    func longestPause() {
        var core = registered([])
        var (now, pauses) = (Duration.seconds(1), [Duration]())
        for attempt in 1...20 as ClosedRange<UInt64> {
            _ = core.handle(.signalingLost(attempt: attempt, reason: "refused"), now: now)
            let before = now
            func connects(_ action: MeshAction) -> Bool {
                if case .connectSignaling = action { true } else { false }
            }
            while !core.handle(.tick, now: now).contains(where: connects), now < before + .seconds(60) {
                now += .milliseconds(100)
            }
            pauses.append(now - before)
        }
        #expect(pauses.max() == timings.signalingRetryLimit)
    }

    @Test("a peer for which there was no room is called when there may be some")
    func room() {
        let core = registered([peer, Self.id("2")], attempts: 1)
        #expect(core.nextDeadline(after: .seconds(1)) == timings.staleAttempt)
    }
}
