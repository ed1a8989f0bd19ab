import Mesh
import Signaling
import Testing

@Suite("What a stranger on the link, a lying leader and a lying server can do")
struct MeshTrustTests {
    private let me = id("5")
    private let friend = id("1")
    private let stranger = id("9")
    private let settle = MeshTimings().settle
    private static let start = StartTime.earliest + 1000

    private static func id(_ digit: String) -> PeerID {
        PeerID("\(digit)0000000-0000-4000-8000-000000000000") ?? PeerID()
    }

    private func sighting(
        _ id: PeerID, startedAt: UInt64, hosts: [String] = ["10.0.0.2"], port: UInt16 = 7
    ) -> PeerSighting {
        PeerSighting(
            id: id, displayName: "x", peerType: .display, startedAt: startedAt,
            endpoint: ServerEndpoint(hosts: hosts, port: port, isSameHost: false))
    }

    private func listed(_ id: PeerID) -> ListedPeer {
        ListedPeer(id: id, peerType: .display, displayName: "x", isConnected: true, isLeader: false)
    }

    private func core(maximumPeers: Int = 512) -> MeshCore {
        var configuration = MeshCore.Configuration(
            id: me, peerType: .display, displayName: "me", startedAt: Self.start + 100, signaling: .elected)
        configuration.maximumPeers = maximumPeers
        var core = MeshCore(configuration)
        _ = core.handle(.start, now: .zero)
        _ = core.handle(.serverStarted(port: 3010), now: .zero)
        return core
    }

    /// A node that follows `friend`, is registered with it, and has a link to it; at two seconds.
    private func following(greeted: Bool = true) -> MeshCore {
        var core = core()
        _ = core.handle(.serviceSeen(name: "friend", sighting(friend, startedAt: Self.start)), now: .zero)
        _ = core.handle(.tick, now: settle)
        _ = core.handle(.signalingConnected(attempt: 1), now: settle)
        _ = core.handle(.signal(attempt: 1, .peerList([listed(friend), listed(me)])), now: .seconds(1))
        _ = core.handle(.linkOpened(friend, link: 1), now: .seconds(1))
        if greeted { _ = core.handle(text(.hello(hello(friend, Self.start)), friend), now: .seconds(1)) }
        _ = core.handle(.tick, now: .seconds(2))
        return core
    }

    private func hello(_ id: PeerID, _ startedAt: UInt64) -> ChannelMessage.Hello {
        .init(id: id, peerType: .display, displayName: "them", startedAt: startedAt)
    }

    private func text(_ message: ChannelMessage, _ peer: PeerID, link: UInt64 = 1) -> MeshInput {
        .channelText(peer, link: link, message.serialized())
    }

    private func run(_ core: inout MeshCore, from start: Duration, for span: Duration) -> [MeshAction] {
        var actions: [MeshAction] = []
        var now = start
        while let due = core.nextDeadline(after: now), due <= start + span {
            now = due
            actions += core.handle(.tick, now: now)
        }
        return actions
    }

    @Test("a record that repeats the id of a living peer under another name is not followed")
    func stolenID() {
        var core = following()
        let ignored = core.ignoredMessages
        _ = core.handle(
            .serviceSeen(name: "!", sighting(friend, startedAt: Self.start, hosts: ["10.6.6.6"], port: 66)),
            now: .seconds(2))
        #expect(core.ignoredMessages == ignored + 1)
        _ = core.handle(.signalingLost(attempt: 1, reason: "reset"), now: .seconds(3))
        let again = run(&core, from: .seconds(3), for: .seconds(1))
        #expect(again.contains(.connectSignaling(attempt: 2, urls: ["ws://10.0.0.2:7/ws"])))
    }

    @Test("a record under another name for the same server is taken, and one whose first is gone comes into its place")
    func renamed() {
        var core = core()
        _ = core.handle(.serviceSeen(name: "a", sighting(friend, startedAt: Self.start)), now: .zero)
        _ = core.handle(.serviceSeen(name: "b", sighting(friend, startedAt: Self.start)), now: .zero)
        #expect(core.ignoredMessages == 0)
        let moved = sighting(friend, startedAt: Self.start, hosts: ["10.0.0.3"])
        _ = core.handle(.serviceSeen(name: "c", moved), now: .zero)
        #expect(core.ignoredMessages == 1)
        _ = core.handle(.serviceLost(name: "a"), now: .zero)
        _ = core.handle(.serviceLost(name: "b"), now: .zero)
        let actions = core.handle(.tick, now: settle)
        #expect(actions.contains(.connectSignaling(attempt: 1, urls: ["ws://10.0.0.3:7/ws"])))
    }

    @Test("a record without a priority, and a withdrawn one, do not depose a leader whose link and server are there")
    func deposed() {
        var core = following()
        _ = core.handle(.serviceSeen(name: "friend", sighting(friend, startedAt: StartTime.unknown)), now: .seconds(2))
        _ = run(&core, from: .seconds(2), for: .seconds(2))
        #expect(core.leaderStatus.leaderID == friend)
        let actions = core.handle(.serviceLost(name: "friend"), now: .seconds(4))
        #expect(actions.contains(.send(friend, link: 1, .ping)))
        #expect(core.leaderStatus.leaderID == friend)
        var gone = core
        _ = core.handle(text(.pong, friend), now: .seconds(5))
        _ = run(&core, from: .seconds(5), for: .seconds(60))
        #expect(core.leaderStatus.leaderID == friend)
        _ = gone.handle(.signalingLost(attempt: 1, reason: "reset"), now: .seconds(4))
        #expect(gone.leaderStatus.amILeader, "with its server gone as well, the next one leads at once")
    }

    @Test("an announced stranger leads neither over a leader with a link nor over this node; asked, it shows nothing")
    func announcedOnly() {
        var core = following()
        _ = core.handle(
            .serviceSeen(name: "s", sighting(stranger, startedAt: StartTime.earliest, hosts: ["10.9.9.9"])),
            now: .seconds(2))
        let actions = run(&core, from: .seconds(2), for: settle)
        #expect(actions.contains(.probeServer(stranger, urls: ["ws://10.9.9.9:7/ws"])))
        _ = core.handle(.probed(stranger, isReachable: false), now: .seconds(3))
        _ = run(&core, from: .seconds(3), for: .seconds(2))
        #expect(core.leaderStatus.leaderID == friend)

        var alone = self.core()
        _ = alone.handle(.tick, now: settle)
        #expect(alone.leaderStatus.amILeader)
        _ = alone.handle(.serviceSeen(name: "s", sighting(stranger, startedAt: StartTime.earliest)), now: .seconds(1))
        _ = run(&alone, from: .seconds(1), for: settle)
        #expect(alone.leaderStatus.amILeader)
        _ = alone.handle(.probed(stranger, isReachable: true), now: .seconds(2))
        _ = run(&alone, from: .seconds(2), for: .seconds(1))
        #expect(alone.leaderStatus.leaderID == stranger, "whose server is there with it does lead")
    }

    @Test("a flood of better records is asked a few at a time, and those without an address never")
    func floodOfLeaders() {
        var core = following()
        for index in 0..<200 {
            let hosts = index % 2 == 0 ? ["10.9.0.\(index)"] : []
            _ = core.handle(
                .serviceSeen(name: "s\(index)", sighting(PeerID(), startedAt: StartTime.earliest, hosts: hosts)),
                now: .seconds(2))
        }
        let actions = run(&core, from: .seconds(2), for: .seconds(1))
        let probes = actions.count { if case .probeServer = $0 { true } else { false } }
        #expect(probes == 8)
        #expect(core.leaderStatus.leaderID == friend)
    }

    @Test("a newcomer passes over an announced leader whose server is not there, or is there without it")
    func falseLeaders() {
        for isThere in [false, true] {
            var core = core()
            _ = core.handle(.serviceSeen(name: "s", sighting(stranger, startedAt: StartTime.earliest)), now: .zero)
            _ = core.handle(.serviceSeen(name: "f", sighting(friend, startedAt: Self.start)), now: .zero)
            _ = core.handle(.tick, now: settle)
            #expect(core.leaderStatus.leaderID == stranger)
            if isThere {
                _ = core.handle(.signalingConnected(attempt: 1), now: settle)
                _ = core.handle(.signal(attempt: 1, .peerList([listed(me)])), now: settle)
                _ = run(&core, from: settle, for: MeshTimings().leaderPatience)
            } else {
                _ = core.handle(.signalingLost(attempt: 1, reason: "refused"), now: settle)
            }
            #expect(core.leaderStatus.leaderID == friend)
        }
    }

    @Test("a record without an address of a server does not keep a newcomer waiting for its leader")
    func withoutAddress() {
        var core = core()
        _ = core.handle(
            .serviceSeen(name: "s", sighting(stranger, startedAt: StartTime.earliest, hosts: [])), now: .zero)
        _ = core.handle(.tick, now: settle)
        #expect(core.leaderStatus.amILeader)
    }

    @Test("of a leader's 600 invented peers some are called at a time, and a real one does not wait for them")
    func inventedPeers() {
        var core = following()
        let real = Self.id("2")
        _ = core.handle(.serviceSeen(name: "real", sighting(real, startedAt: Self.start + 50)), now: .seconds(2))
        let invented = (0..<600).map { _ in PeerID() }.filter { $0 < me }
        var list = [listed(friend), listed(me)] + invented.map(listed)
        let actions = core.handle(.signal(attempt: 1, .peerList(list)), now: .seconds(3))
        #expect(actions.count { if case .openLink = $0 { true } else { false } } == core.configuration.maximumAttempts)
        list.append(listed(real))
        let next = core.handle(.signal(attempt: 1, .peerList(list)), now: .seconds(3))
        #expect(next.contains { if case .openLink(real, _, _) = $0 { true } else { false } })
    }

    @Test("a full table makes room for peers that are seen or call, at the cost of those that are only listed")
    func eviction() {
        var core = core(maximumPeers: 40)
        _ = core.handle(.tick, now: settle)
        _ = core.handle(.signalingConnected(attempt: 1), now: settle)
        let invented = (0..<60).map { _ in PeerID() }
        _ = core.handle(.signal(attempt: 1, .peerList(invented.map(listed))), now: .seconds(1))
        #expect(core.peerList.count == 40)
        _ = core.handle(.serviceSeen(name: "f", sighting(friend, startedAt: Self.start)), now: .seconds(1))
        #expect(core.peerList.contains { $0.id == friend } && core.peerList.count == 40)
        let actions = core.handle(.signal(attempt: 1, .offer(from: stranger, sdp: "o")), now: .seconds(2))
        #expect(core.peerList.contains { $0.id == stranger } && core.peerList.count == 40)
        #expect(actions.contains { if case .acceptLink = $0 { true } else { false } })
    }

    @Test("an offer that comes while the link is alive is not its other end's: the link stays")
    func inventedOffer() {
        var core = following()
        let actions = core.handle(.signal(attempt: 1, .offer(from: friend, sdp: "o=x")), now: .seconds(3))
        #expect(actions == [.send(friend, link: 1, .ping)])
        _ = core.handle(.signal(attempt: 1, .candidate(from: friend, nil)), now: .seconds(3))
        _ = core.handle(text(.chat("still here"), friend), now: .seconds(4))
        _ = core.handle(text(.pong, friend), now: .seconds(4))
        #expect(run(&core, from: .seconds(4), for: .seconds(10)).isEmpty)
        #expect(core.openLinks.map(\.link) == [1])
    }

    @Test("an offer for a link that does not answer is taken, with the candidates that came after it")
    func replacedLink() {
        var core = following()
        _ = core.handle(.signal(attempt: 1, .offer(from: friend, sdp: "again")), now: .seconds(3))
        _ = core.handle(.signal(attempt: 1, .candidate(from: friend, nil)), now: .seconds(3))
        let actions = run(&core, from: .seconds(3), for: .seconds(3))
        let expected: [MeshAction] = [
            .closeLink(friend, link: 1), .acceptLink(friend, link: 2, offer: "again", sameHost: false),
            .addCandidate(friend, link: 2, nil),
        ]
        #expect(actions.filter { expected.contains($0) } == expected)
    }

    @Test("what a peer said over its link counts before what is announced of it")
    func greetingFirst() {
        var core = following()
        _ = core.handle(
            .serviceSeen(name: "friend", sighting(friend, startedAt: Self.start + 9999)), now: .seconds(2))
        _ = run(&core, from: .seconds(2), for: .seconds(5))
        #expect(core.leaderStatus.leaderID == friend)
    }

    @Test(
        "start times that cannot be are none",
        arguments: ["0", "1", "17", "-5", "+5", "1e3", "", "x", "٣", "99999999999999999999"])
    func startTimes(text: String) {
        let txt = ["peer_id": friend.text, "priority_time": text]
        let endpoint = ServerEndpoint(hosts: ["10.0.0.2"], port: 7, isSameHost: false)
        #expect(PeerSighting(txt: txt, endpoint: endpoint)?.startedAt == StartTime.unknown)
        #expect(PeerSighting(txt: txt, endpoint: ServerEndpoint(hosts: ["a"], port: 0, isSameHost: false)) == nil)
        let hello = ChannelMessage(parsing: #"{"type":"hello","peer_id":"\#(friend.text)","priority_time":0}"#)
        guard case .hello(let greeting) = hello else {
            Issue.record("no hello")
            return
        }
        #expect(greeting.startedAt == StartTime.unknown)
    }

    @Test("a name of characters of many bytes still fits into a record")
    func longName() {
        let family = "\u{1F468}\u{200D}\u{1F469}\u{200D}\u{1F467}\u{200D}\u{1F466}"
        let name = DisplayName.cleaned(String(repeating: family, count: 64))
        let sighting = PeerSighting(
            id: me, displayName: name, peerType: .display, startedAt: 1,
            endpoint: ServerEndpoint(hosts: [], port: 7, isSameHost: true))
        #expect(sighting.txt.allSatisfy { $0.key.utf8.count + 1 + $0.value.utf8.count <= 255 })
        #expect(sighting.txt["display_name"]?.hasPrefix(family) == true)
    }

    @Test("a given server that is not there leaves no leader")
    func givenServerMissing() {
        var core = MeshCore(
            .init(id: me, peerType: .display, displayName: "me", startedAt: 1, signaling: .given(url: "ws://h:1/ws")))
        _ = core.handle(.start, now: .zero)
        _ = core.handle(.tick, now: .seconds(1))
        #expect(core.leaderStatus.leaderID == nil)
        _ = core.handle(.signalingConnected(attempt: 1), now: .seconds(1))
        #expect(core.leaderStatus.amILeader)
    }

    @Test("only the first hello of a link counts")
    func secondHello() {
        var core = following()
        let ignored = core.ignoredMessages
        #expect(core.handle(text(.hello(hello(friend, Self.start + 50_000)), friend), now: .seconds(3)).isEmpty)
        #expect(core.ignoredMessages == ignored + 1)
    }

    @Test("who is lost without a goodbye is named")
    func named() {
        var core = following()
        let actions = core.handle(.linkClosed(friend, link: 1, reason: "consent expired"), now: .seconds(3))
        #expect(actions.contains(.emit(.notice("the connection to them broke: consent expired"))))
        #expect(core.lostConnections.isEmpty, "nothing was sent to it")
    }

    @Test("a ping behind each text, one at a time, shows what has been read; who goes before that may have missed it")
    func receipts() {
        var core = following()
        let ping = MeshAction.send(friend, link: 1, .ping)
        #expect(core.handle(.textSent(friend, link: 1), now: .seconds(3)) == [ping])
        #expect(core.handle(.textSent(friend, link: 1), now: .seconds(3)).isEmpty)
        #expect(core.handle(text(.pong, friend), now: .seconds(3)) == [ping])
        var lost = core
        _ = lost.handle(.linkClosed(friend, link: 1, reason: "reset"), now: .seconds(3))
        #expect(lost.lostConnections == ["them"])
        #expect(core.handle(text(.pong, friend), now: .seconds(4)).isEmpty)
        _ = core.handle(.linkClosed(friend, link: 1, reason: "reset"), now: .seconds(5))
        #expect(core.lostConnections.isEmpty)
    }

    @Test("texts that were sent before the other end's greeting count as well: it is asked once it greets")
    func earlyTexts() {
        var core = following(greeted: false)
        for _ in 0..<2 { #expect(core.handle(.textSent(friend, link: 1), now: .seconds(3)).isEmpty) }
        var silent = core
        _ = silent.handle(.linkClosed(friend, link: 1, reason: "reset"), now: .seconds(3))
        #expect(silent.lostConnections == ["x"], "the name on the server's list")
        let actions = core.handle(text(.hello(hello(friend, Self.start)), friend), now: .seconds(3))
        #expect(actions.contains(.send(friend, link: 1, .ping)))
        var lost = core
        _ = lost.handle(.linkClosed(friend, link: 1, reason: "reset"), now: .seconds(4))
        #expect(lost.lostConnections == ["them"])
        _ = core.handle(text(.pong, friend), now: .seconds(4))
        _ = core.handle(.linkClosed(friend, link: 1, reason: "reset"), now: .seconds(5))
        #expect(core.lostConnections.isEmpty)
    }

    @Test("who says goodbye while texts are on their way to it is waited for: it reads them, or is named")
    func farewell() {
        var core = following()
        let (ping, close) = (MeshAction.send(friend, link: 1, .ping), MeshAction.closeLink(friend, link: 1))
        for _ in 0..<2 { _ = core.handle(.textSent(friend, link: 1), now: .seconds(3)) }
        #expect(!core.handle(text(.bye, friend), now: .seconds(3)).contains(close))
        #expect(core.peerList.isEmpty && core.openLinks.isEmpty)
        #expect(core.nextDeadline(after: .seconds(3)) != nil)
        var lost = core
        _ = lost.handle(.linkClosed(friend, link: 1, reason: "closed"), now: .seconds(4))
        #expect(lost.lostConnections == ["them"])
        var silent = core
        #expect(silent.handle(.tick, now: .seconds(10)).contains(close) && silent.lostConnections == ["them"])
        var leaving = core
        #expect(!leaving.handle(.leave, now: .seconds(3)).contains(.left))
        _ = leaving.handle(text(.pong, friend), now: .seconds(3))
        #expect(leaving.handle(text(.pong, friend), now: .seconds(3)).contains(.left))
        #expect(leaving.lostConnections.isEmpty)
        #expect(core.handle(text(.pong, friend), now: .seconds(3)) == [ping])
        #expect(core.handle(text(.pong, friend), now: .seconds(3)) == [close])
        #expect(core.lostConnections.isEmpty)
    }

    @Test("who closes the link behind our own goodbye has read what was before it, though its own had crossed ours")
    func crossingFarewells() {
        var core = following()
        for _ in 0..<2 { _ = core.handle(.textSent(friend, link: 1), now: .seconds(3)) }
        #expect(core.handle(.leave, now: .seconds(3)).contains(.send(friend, link: 1, .bye)))
        _ = core.handle(text(.bye, friend), now: .seconds(3))
        #expect(core.handle(.linkClosed(friend, link: 1, reason: "closed"), now: .seconds(3)).contains(.left))
        #expect(core.lostConnections.isEmpty && core.unconfirmed.isEmpty)
    }

    @Test(
        "who goes, or is called anew, before it has greeted may have missed the texts that were sent to it",
        arguments: [false, true])
    func goneBeforeGreeting(isCalled: Bool) {
        var core = following(greeted: false)
        _ = core.handle(.textSent(friend, link: 1), now: .seconds(3))
        let input: MeshInput = isCalled ? .signal(attempt: 1, .offer(from: friend, sdp: "o=x")) : text(.bye, friend)
        #expect(core.handle(input, now: .seconds(3)).contains(.closeLink(friend, link: 1)))
        #expect(core.lostConnections == ["x"], "the name on the server's list")
    }

    @Test("who says goodbye and comes again, again and again, keeps one connection")
    func manyFarewells() {
        var core = following()
        var (link, attempt, closed) = (UInt64(1), UInt64(1), 0)
        func give(_ input: MeshInput) {
            for action in core.handle(input, now: .seconds(3)) {
                switch action {
                case .connectSignaling(let number, _): attempt = number
                case .acceptLink(_, let number, _, _): link = number
                case .closeLink: closed += 1
                default: break
                }
            }
        }
        for round in 0..<50 {
            give(.textSent(friend, link: link))
            give(text(.bye, friend, link: link))
            give(.signalingConnected(attempt: attempt))
            give(.signal(attempt: attempt, .peerList([listed(friend), listed(me)])))
            give(.signal(attempt: attempt, .offer(from: friend, sdp: "o=\(round)")))
            give(.linkOpened(friend, link: link))
            give(text(.hello(hello(friend, Self.start)), friend, link: link))
        }
        #expect(closed == 49 && link == 51)
    }

    @Test("a text that had waited for room, and got it behind the other end's goodbye, is asked for as well")
    func textBehindFarewell() {
        var core = following()
        let (ping, close) = (MeshAction.send(friend, link: 1, .ping), MeshAction.closeLink(friend, link: 1))
        _ = core.handle(.textSent(friend, link: 1), now: .seconds(3))
        _ = core.handle(text(.bye, friend), now: .seconds(3))
        #expect(!core.knowsOfTexts(to: friend, link: 1))
        _ = core.handle(.textSent(friend, link: 1), now: .seconds(3))
        #expect(core.knowsOfTexts(to: friend, link: 1))
        #expect(core.handle(text(.pong, friend), now: .seconds(3)) == [ping])
        #expect(core.handle(text(.pong, friend), now: .seconds(3)) == [close])
    }

    @Test(
        "a pong for a ping that asked whether the link is alive is no receipt for a text after it, whatever comes between"
    )
    func pingForDoubt() {
        var core = following()
        let ping = MeshAction.send(friend, link: 1, .ping)
        #expect(core.handle(.serviceLost(name: "friend"), now: .seconds(3)).contains(ping))
        _ = core.handle(text(.chat("alive"), friend), now: .seconds(3))
        #expect(!core.handle(.textSent(friend, link: 1), now: .seconds(3)).contains(ping), "one at a time")
        #expect(core.handle(text(.pong, friend), now: .seconds(3)).contains(ping))
        _ = core.handle(.linkClosed(friend, link: 1, reason: "reset"), now: .seconds(3))
        #expect(core.lostConnections == ["them"])
    }
}
