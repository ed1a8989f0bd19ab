import Mesh
import Signaling
import Testing

@Suite("How long a core waits for whom")
struct MeshPatienceTests {
    private let me = id("5")
    private let peer = id("1")
    private let timings = MeshTimings()

    private static func id(_ digit: String) -> PeerID {
        PeerID("\(digit)0000000-0000-4000-8000-000000000000") ?? PeerID()
    }

    private func listed(_ id: PeerID) -> ListedPeer {
        ListedPeer(id: id, peerType: .display, displayName: "x", isConnected: true, isLeader: false)
    }

    private var sighting: PeerSighting {
        PeerSighting(
            id: peer, displayName: "x", peerType: .display, startedAt: StartTime.earliest,
            endpoint: ServerEndpoint(hosts: ["10.0.0.2"], port: 7, isSameHost: false))
    }

    private func text(_ message: ChannelMessage, link: UInt64 = 1) -> MeshInput {
        .channelText(peer, link: link, message.serialized())
    }

    private var hello: MeshInput {
        text(.hello(.init(id: peer, peerType: .display, displayName: "them", startedAt: StartTime.earliest)))
    }

    /// A core that has seen `peer`, follows it, is registered with it, and has asked for a link; at half a second.
    private func following() -> MeshCore {
        var core = MeshCore(
            .init(
                id: me, peerType: .display, displayName: "me", startedAt: StartTime.earliest + 100, signaling: .elected)
        )
        _ = core.handle(.start, now: .zero)
        _ = core.handle(.serverStarted(port: 3010), now: .zero)
        _ = core.handle(.serviceSeen(name: "peer", sighting), now: .zero)
        _ = core.handle(.tick, now: timings.settle)
        _ = core.handle(.signalingConnected(attempt: 1), now: timings.settle)
        _ = core.handle(.signal(attempt: 1, .peerList([listed(peer), listed(me)])), now: timings.settle)
        return core
    }

    @Test("who said goodbye is not listed and not called again, though it is still announced; anew, it is")
    func goodbye() {
        var core = following()
        _ = core.handle(.linkOpened(peer, link: 1), now: .seconds(1))
        _ = core.handle(hello, now: .seconds(1))
        let actions = core.handle(text(.bye), now: .seconds(2))
        #expect(actions.contains(.closeLink(peer, link: 1)) && core.peerList.isEmpty)
        #expect(core.lostConnections.isEmpty)
        _ = core.handle(.signal(attempt: 1, .peerList([listed(peer), listed(me)])), now: .seconds(3))
        #expect(core.handle(.tick, now: .seconds(100)).isEmpty)
        _ = core.handle(.serviceLost(name: "peer"), now: .seconds(100))
        _ = core.handle(.serviceSeen(name: "peer", sighting), now: .seconds(101))
        #expect(core.peerList.map(\.id) == [peer])
    }

    @Test("an answer to a probe that nobody has made changes nothing")
    func unasked() {
        var core = following()
        #expect(core.leaderStatus.leaderID == peer)
        _ = core.handle(.probed(peer, isReachable: false), now: .seconds(1))
        _ = core.handle(.tick, now: .seconds(2))
        #expect(core.leaderStatus.leaderID == peer)
    }

    @Test("a record that comes again without its priority keeps the one that it had")
    func priorityKept() {
        var core = following()
        var again = sighting
        again.startedAt = StartTime.unknown
        _ = core.handle(.serviceSeen(name: "peer", again), now: .seconds(1))
        _ = core.handle(.tick, now: .seconds(10))
        #expect(core.leaderStatus.leaderID == peer)
    }

    @Test("a record for another port of the same host is not for the same server")
    func otherPort() {
        var core = following()
        var other = sighting
        other.endpoint.port = 8
        _ = core.handle(.serviceSeen(name: "other", other), now: .seconds(1))
        _ = core.handle(.signalingLost(attempt: 1, reason: "reset"), now: .seconds(1))
        let actions = core.handle(.tick, now: .seconds(2))
        #expect(actions.contains(.connectSignaling(attempt: 2, urls: ["ws://10.0.0.2:7/ws"])))
    }

    @Test("a server is told who leads, and one that could not be started is started again")
    func ownServer() {
        var core = MeshCore(
            .init(
                id: me, peerType: .display, displayName: "me", startedAt: StartTime.earliest, signaling: .elected))
        _ = core.handle(.start, now: .zero)
        _ = core.handle(.serverFailed("no port"), now: .zero)
        #expect(core.handle(.tick, now: timings.settle).contains(.nameLeader(me)))
        #expect(!core.handle(.tick, now: timings.serverRetry - .milliseconds(1)).contains(.startServer))
        #expect(core.handle(.tick, now: timings.serverRetry).contains(.startServer))
    }

    @Test("of many records with one id a few are kept to come into the place of the first")
    func rivals() {
        var core = following()
        for number in 1...6 {
            var rival = sighting
            rival.endpoint = ServerEndpoint(hosts: ["10.0.1.\(number)"], port: 7, isSameHost: false)
            _ = core.handle(.serviceSeen(name: "rival \(number)", rival), now: .seconds(1))
        }
        _ = core.handle(.signalingLost(attempt: 1, reason: "reset"), now: .seconds(1))
        for name in ["peer"] + (1...4).map({ "rival \($0)" }) {
            #expect(core.peerList.map(\.id) == [peer])
            _ = core.handle(.serviceLost(name: name), now: .seconds(1))
        }
        #expect(core.peerList.isEmpty)
    }

    @Test("a pong that an earlier link owed is not owed by the next one")
    func earlierPing() {
        var core = following()
        _ = core.handle(.linkOpened(peer, link: 1), now: .seconds(1))
        _ = core.handle(hello, now: .seconds(1))
        let asked = core.handle(.serviceLost(name: "peer"), now: .seconds(2))
        #expect(asked.contains(.send(peer, link: 1, .ping)))
        _ = core.handle(.serviceSeen(name: "peer", sighting), now: .milliseconds(2050))
        _ = core.handle(.linkClosed(peer, link: 1, reason: "reset"), now: .milliseconds(2100))
        _ = core.handle(.signal(attempt: 1, .offer(from: peer, sdp: "o")), now: .milliseconds(2200))
        let link = core.openLinks.first?.link ?? 2
        _ = core.handle(.linkOpened(peer, link: link), now: .milliseconds(2300))
        #expect(core.openLinks.count == 1)
        _ = core.handle(.tick, now: .seconds(2) + timings.pingTimeout)
        #expect(core.openLinks.count == 1)
    }

    @Test("who has not greeted is not asked for a pong, and who owes one is not given more time by the next doubt")
    func doubts() {
        var core = following()
        _ = core.handle(.linkOpened(peer, link: 1), now: .seconds(1))
        let strangers = core.handle(.signal(attempt: 1, .peerList([listed(me)])), now: .seconds(2))
        #expect(!strangers.contains(.send(peer, link: 1, .ping)))
        _ = core.handle(hello, now: .seconds(2))
        #expect(core.handle(.serviceLost(name: "peer"), now: .seconds(3)).contains(.send(peer, link: 1, .ping)))
        _ = core.handle(.signal(attempt: 1, .peerList([listed(peer), listed(me)])), now: .seconds(4))
        let again = core.handle(.signal(attempt: 1, .peerList([listed(me)])), now: .seconds(5))
        #expect(!again.contains(.send(peer, link: 1, .ping)))
        let ended = core.handle(.tick, now: .seconds(3) + timings.pingTimeout)
        #expect(ended.contains(.closeLink(peer, link: 1)))
    }

    @Test("a leader that was there is not given up for three failures within less than three seconds")
    func leaderPatience() {
        var core = following()
        var now = Duration.seconds(10)
        _ = core.handle(.signalingLost(attempt: 1, reason: "reset"), now: now)
        var failures = 1
        var attempt = UInt64(1)
        while core.leaderStatus.leaderID == peer, failures < 50, let due = core.nextDeadline(after: now) {
            now = due
            let actions = core.handle(.tick, now: now)
            for case .connectSignaling(let next, _) in actions {
                attempt = next
                failures += 1
                _ = core.handle(.signalingLost(attempt: attempt, reason: "refused"), now: now)
            }
        }
        #expect(failures > 3)
        #expect(now >= .seconds(10) + timings.leaderPatience)
        #expect(core.leaderStatus.amILeader)
    }

    @Test("a server that does not answer is asked after pauses that double, up to a minute")
    func probePauses() {
        var core = following()
        var now = Duration.seconds(1)
        for attempt in 1...UInt64(40) where core.leaderStatus.leaderID == peer {
            _ = core.handle(.signalingLost(attempt: attempt, reason: "refused"), now: now)
            guard core.leaderStatus.leaderID == peer else { break }
            now = core.nextDeadline(after: now) ?? now
            _ = core.handle(.tick, now: now)
        }
        var times: [Duration] = []
        while times.count < 8, let due = core.nextDeadline(after: now) {
            now = due
            let actions = core.handle(.tick, now: now)
            guard actions.contains(.probeServer(peer, urls: ["ws://10.0.0.2:7/ws"])) else { continue }
            times.append(now)
            _ = core.handle(.probed(peer, isReachable: false), now: now)
        }
        let pauses = zip(times.dropFirst(), times).map { $0 - $1 }
        #expect(pauses == [6, 12, 24, 48, 60, 60, 60].map { .seconds($0) })
    }
}
