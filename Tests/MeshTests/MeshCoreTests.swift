import Mesh
import Signaling
import Testing

@Suite("One core, input by input")
struct MeshCoreTests {
    private let me = id(5)
    private let smaller = id(1)
    private let larger = id(9)

    private static func id(_ digit: Int) -> PeerID {
        PeerID("\(digit)0000000-0000-4000-8000-000000000000") ?? PeerID()
    }

    private func started(_ signaling: MeshCore.Signaling = .given(url: "ws://127.0.0.1:1/ws")) -> MeshCore {
        var configuration = MeshCore.Configuration(
            id: me, peerType: .display, displayName: "me", startedAt: 100, signaling: signaling)
        configuration.maximumPeers = 64
        var core = MeshCore(configuration)
        _ = core.handle(.start, now: .zero)
        return core
    }

    /// A core registered with a server that lists these peers.
    private func registered(_ others: [PeerID]) -> (MeshCore, [MeshAction]) {
        var core = started()
        _ = core.handle(.signalingConnected(attempt: 1), now: .zero)
        let actions = core.handle(.signal(attempt: 1, .peerList(others.map { listed($0) })), now: .zero)
        return (core, actions)
    }

    /// A core with an open link to `peer`.
    private func linked(_ peer: PeerID) -> MeshCore {
        var (core, _) = registered([peer])
        if peer > me { _ = core.handle(.signal(attempt: 1, .offer(from: peer, sdp: "o")), now: .zero) }
        _ = core.handle(.linkOpened(peer, link: 1), now: .seconds(1))
        _ = core.handle(
            text(.hello(.init(id: peer, peerType: .display, displayName: "them", startedAt: 50)), peer),
            now: .seconds(1))
        _ = core.handle(.tick, now: .milliseconds(1900))  // the election has settled
        return core
    }

    private func text(_ message: ChannelMessage, _ peer: PeerID) -> MeshInput {
        .channelText(peer, link: 1, message.serialized())
    }

    private func listed(_ id: PeerID) -> ListedPeer {
        ListedPeer(id: id, peerType: .display, displayName: "x", isConnected: true, isLeader: false)
    }

    private func sighting(_ id: PeerID, startedAt: UInt64 = 1) -> PeerSighting {
        PeerSighting(
            id: id, displayName: "x", peerType: .display, startedAt: startedAt,
            endpoint: ServerEndpoint(hosts: ["10.0.0.2"], port: 7, isSameHost: false))
    }

    @Test("with a given server a node connects to it at once, and neither serves nor browses")
    func givenServer() {
        var core = MeshCore(
            .init(id: me, peerType: .display, displayName: "me", startedAt: 1, signaling: .given(url: "ws://h:1/ws")))
        let actions = core.handle(.start, now: .zero)
        #expect(actions.contains(.connectSignaling(attempt: 1, urls: ["ws://h:1/ws"])))
        #expect(!actions.contains(.startServer) && !actions.contains(.browse))
    }

    @Test("the larger id offers, the smaller waits")
    func whoOffers() {
        let (_, actions) = registered([smaller, larger])
        #expect(
            actions.filter { if case .openLink = $0 { true } else { false } } == [
                .openLink(smaller, link: 1, sameHost: true)
            ])
    }

    @Test("the smaller id offers after all when the larger has not for a while")
    func patience() {
        var (core, _) = registered([larger])
        let due = core.nextDeadline(after: .seconds(2))
        #expect(due == MeshTimings().patience)
        let actions = core.handle(.tick, now: MeshTimings().patience)
        #expect(actions.contains(.openLink(larger, link: 1, sameHost: true)))
    }

    @Test("when offers cross, the larger id's stands")
    func glare() {
        var (core, _) = registered([smaller])
        #expect(core.handle(.signal(attempt: 1, .offer(from: smaller, sdp: "o")), now: .zero).isEmpty)
        var (other, _) = registered([larger])
        _ = other.handle(.tick, now: .seconds(20))
        let actions = other.handle(.signal(attempt: 1, .offer(from: larger, sdp: "o")), now: .seconds(21))
        #expect(
            actions == [.closeLink(larger, link: 1), .acceptLink(larger, link: 2, offer: "o", sameHost: true)])
    }

    @Test("an offer while a link of somebody who has not greeted is open replaces it: the other end has lost it")
    func replacement() {
        var (core, _) = registered([larger])
        _ = core.handle(.signal(attempt: 1, .offer(from: larger, sdp: "o")), now: .zero)
        _ = core.handle(.linkOpened(larger, link: 1), now: .seconds(1))
        let actions = core.handle(.signal(attempt: 1, .offer(from: larger, sdp: "again")), now: .seconds(3))
        #expect(
            actions.prefix(2) == [
                .closeLink(larger, link: 1), .acceptLink(larger, link: 2, offer: "again", sameHost: true),
            ])
        #expect(core.handle(.linkClosed(larger, link: 1, reason: "late news"), now: .seconds(3)).isEmpty)
    }

    @Test("an offer or answer of the session at the other end of a link is the link's; one of another session is not")
    func renegotiation() {
        func description(_ id: String) -> String { "v=0\r\no=- \(id) IN IP4 0\r\n" }
        let (first, again, other) = (description("7 1"), description("7 2"), description("8 3"))
        var (core, _) = registered([larger])
        _ = core.handle(.signal(attempt: 1, .offer(from: larger, sdp: first)), now: .seconds(1))
        #expect(
            core.handle(.signal(attempt: 1, .offer(from: larger, sdp: again)), now: .seconds(2)) == [
                .applyOffer(larger, link: 1, sdp: again)
            ])
        _ = core.handle(.linkOpened(larger, link: 1), now: .seconds(2))
        #expect(
            core.handle(.signal(attempt: 1, .answer(from: larger, sdp: again)), now: .seconds(3)) == [
                .applyAnswer(larger, link: 1, sdp: again)
            ])
        #expect(core.handle(.signal(attempt: 1, .answer(from: larger, sdp: other)), now: .seconds(3)).isEmpty)
        let actions = core.handle(.signal(attempt: 1, .offer(from: larger, sdp: other)), now: .seconds(3))
        #expect(actions.contains(.acceptLink(larger, link: 2, offer: other, sameHost: true)))
    }

    @Test("hello goes out when the channel opens; a text comes out as a message with the greeting's name")
    func messages() {
        var (core, _) = registered([smaller])
        let actions = core.handle(.linkOpened(smaller, link: 1), now: .seconds(1))
        let hello = ChannelMessage.Hello(id: me, peerType: .display, displayName: "me", startedAt: 100)
        #expect(actions.first == .send(smaller, link: 1, .hello(hello)))
        #expect(actions.contains(.emit(.connectionStateChanged(.connected))))
        core = linked(smaller)
        let received = core.handle(text(.direct("psst"), smaller), now: .seconds(2))
        guard case .emit(.message(let message)) = received.first else {
            Issue.record("no message in \(received)")
            return
        }
        #expect(message.text == "psst" && message.isDirect && message.from.displayName == "them")
    }

    @Test("a hello with another's id is ignored and counted, as is every text that is no message")
    func impersonation() {
        var core = linked(smaller)
        let before = core.ignoredMessages
        let hello = ChannelMessage.Hello(id: larger, peerType: .controller, displayName: "boss", startedAt: 0)
        #expect(core.handle(text(.hello(hello), smaller), now: .seconds(2)).isEmpty)
        #expect(core.handle(.channelText(smaller, link: 1, "{"), now: .seconds(2)).isEmpty)
        #expect(core.handle(.channelText(smaller, link: 7, "{}"), now: .seconds(2)).isEmpty)
        #expect(core.handle(.channelText(larger, link: 1, "{}"), now: .seconds(2)).isEmpty)
        #expect(core.ignoredMessages == before + 4)
    }

    @Test("a peer that drops from the list is asked for a sign of life, and its link ends when none comes")
    func ping() {
        var core = linked(smaller)
        let asked = core.handle(.signal(attempt: 1, .peerList([])), now: .seconds(2))
        #expect(asked.contains(.send(smaller, link: 1, .ping)))
        #expect(core.nextDeadline(after: .seconds(2)) == .seconds(5))
        var answered = core
        _ = answered.handle(text(.pong, smaller), now: .seconds(3))
        #expect(!answered.handle(.tick, now: .seconds(5)).contains(.closeLink(smaller, link: 1)))
        let actions = core.handle(.tick, now: .seconds(5))
        #expect(actions.contains(.closeLink(smaller, link: 1)))
        #expect(actions.contains(.emit(.peerListChanged([]))))
        #expect(core.state == .connected, "a node alone leads itself")
        #expect(core.leaderStatus == LeaderStatus(leaderID: me, amILeader: true, peerCount: 1, term: 1))
    }

    @Test("a lost link is tried again with growing pauses")
    func backOff() {
        var (core, _) = registered([smaller])
        var now = Duration.seconds(3)
        _ = core.handle(.tick, now: now)
        var pauses: [Duration] = []
        for link in 1...UInt64(10) {
            _ = core.handle(.linkClosed(smaller, link: link, reason: "failed"), now: now)
            guard let due = core.nextDeadline(after: now) else { break }
            pauses.append(due - now)
            now = due
            #expect(core.handle(.tick, now: now) == [.openLink(smaller, link: link + 1, sameHost: true)])
        }
        #expect(pauses.prefix(4) == [.milliseconds(250), .milliseconds(500), .seconds(1), .seconds(2)])
        #expect(pauses.last == .seconds(30))
    }

    @Test("signals from a server that was left do nothing")
    func staleSignals() {
        var (core, _) = registered([])
        #expect(core.handle(.signal(attempt: 9, .offer(from: smaller, sdp: "o")), now: .zero).isEmpty)
        _ = core.handle(.signalingLost(attempt: 1, reason: "reset"), now: .zero)
        #expect(core.handle(.signal(attempt: 1, .offer(from: smaller, sdp: "o")), now: .zero).isEmpty)
    }

    @Test("a given server that cannot be reached becomes an error that says why, and is tried on")
    func unreachableServer() {
        var core = started()
        var now = Duration.seconds(3)
        _ = core.handle(.tick, now: now)
        for attempt in 1...UInt64(3) {
            _ = core.handle(.signalingLost(attempt: attempt, reason: "connection refused"), now: now)
            guard let due = core.nextDeadline(after: now) else { break }
            now = due
            _ = core.handle(.tick, now: now)
        }
        #expect(core.state == .error("connection refused"))
        _ = core.handle(.signalingConnected(attempt: 4), now: now)
        #expect(core.state == .connected)
    }

    @Test("a node listens before it proclaims itself, or follows another")
    func settling() {
        var alone = started(.elected)
        _ = alone.handle(.serverStarted(port: 3010), now: .zero)
        #expect(alone.leaderStatus.leaderID == nil)
        #expect(alone.nextDeadline(after: .zero) == MeshTimings().settle)
        _ = alone.handle(.tick, now: MeshTimings().settle)
        #expect(alone.leaderStatus.amILeader)

        var follower = started(.elected)
        _ = follower.handle(.serviceSeen(name: "x", sighting(smaller)), now: .milliseconds(50))
        #expect(follower.leaderStatus.leaderID == nil)
        let actions = follower.handle(.tick, now: MeshTimings().settle)
        #expect(follower.leaderStatus.leaderID == smaller)
        #expect(actions.contains(.connectSignaling(attempt: 1, urls: ["ws://10.0.0.2:7/ws"])))
    }

    @Test("a leader whose server does not answer is passed over, probed, and leads again when it answers")
    func probing() {
        var core = started(.elected)
        _ = core.handle(.serverStarted(port: 3010), now: .zero)
        _ = core.handle(.serviceSeen(name: "x", sighting(smaller)), now: .zero)
        var now = MeshTimings().settle
        var attempt = UInt64(0)
        _ = core.handle(.tick, now: now)
        while core.leaderStatus.leaderID == smaller, attempt < 50 {
            attempt += 1
            _ = core.handle(.signalingLost(attempt: attempt, reason: "no route"), now: now)
            now = core.nextDeadline(after: now) ?? now
            _ = core.handle(.tick, now: now)
        }
        #expect(core.leaderStatus.amILeader)
        var actions: [MeshAction] = []
        while !actions.contains(.probeServer(smaller, urls: ["ws://10.0.0.2:7/ws"])), now < .seconds(60) {
            now = core.nextDeadline(after: now) ?? .seconds(60)
            actions = core.handle(.tick, now: now)
        }
        _ = core.handle(.probed(smaller, isReachable: false), now: now)
        #expect(core.leaderStatus.amILeader)
        _ = core.handle(.tick, now: now + .seconds(60))
        _ = core.handle(.probed(smaller, isReachable: true), now: now + .seconds(60))
        _ = core.handle(.tick, now: now + .seconds(120))
        #expect(core.leaderStatus.leaderID == smaller)
    }

    @Test("a flood of announcements and of listed peers is bounded")
    func flood() {
        var core = started(.elected)
        for index in 0..<1000 {
            _ = core.handle(.serviceSeen(name: "s\(index)", sighting(PeerID())), now: .milliseconds(index / 100))
        }
        #expect(core.peerList.count == core.configuration.maximumPeers)
        #expect(core.ignoredMessages == 1000 - core.configuration.maximumPeers)
        let (listing, _) = registered((0..<1000).map { _ in PeerID() })
        #expect(listing.peerList.count == listing.configuration.maximumPeers)
    }

    @Test("candidates for a link are bounded")
    func candidateFlood() {
        var (core, _) = registered([smaller])
        let candidate = TrickledCandidate(candidate: "c", sdpMid: "0", sdpMLineIndex: 0, usernameFragment: nil)
        var taken = 0
        for _ in 0..<1000 {
            taken += core.handle(.signal(attempt: 1, .candidate(from: smaller, candidate)), now: .zero).count
        }
        #expect(taken == 200)
    }

    @Test("leaving says bye, and ends when the peers have closed, or after two seconds")
    func leaving() {
        var core = linked(smaller)
        let actions = core.handle(.leave, now: .seconds(5))
        #expect(actions == [.send(smaller, link: 1, .bye)])
        var slow = core
        let done = core.handle(.linkClosed(smaller, link: 1, reason: "closed"), now: .seconds(5))
        #expect(done.last == .left)
        #expect(done.contains(.disconnectSignaling(attempt: 1)))
        let late = slow.handle(.tick, now: .seconds(7))
        #expect(late.first == .closeLink(smaller, link: 1))
        #expect(late.last == .left)
        #expect(slow.handle(.leave, now: .seconds(8)).isEmpty)
    }

    @Test("inputs before the start and after the end do nothing")
    func outsideOfLife() {
        var core = MeshCore(
            .init(id: me, peerType: .display, displayName: "me", startedAt: 1, signaling: .elected))
        #expect(core.handle(.tick, now: .zero).isEmpty)
        #expect(core.handle(.leave, now: .zero).isEmpty)
        #expect(core.nextDeadline(after: .zero) == nil)
        #expect(core.state == .disconnected)
    }
}
