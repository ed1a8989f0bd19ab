import Signaling
import Testing

@testable import Mesh

@Suite("Nodes over loopback", .serialized, .timeLimit(.minutes(2)))
struct MeshNodeTests {
    private func node(_ name: String, _ link: InMemoryDiscovery.Link, peerType: PeerType = .display) -> MeshNode {
        MeshNode(
            MeshConfiguration(displayName: name, peerType: peerType, port: 0), discovery: InMemoryDiscovery(link))
    }

    @Test("three nodes find each other, agree on a leader, and talk to all and to one")
    func chat() async throws {
        let link = InMemoryDiscovery.Link()
        let nodes = [node("a", link), node("b", link), node("c", link, peerType: .controller)]
        let watches = nodes.map { Watch($0.events) }
        for node in nodes { try await node.start() }
        for watch in watches {
            try await watch.waits { $0.connected == 2 && $0.leader?.leaderID == nodes[2].id }
        }
        let status = await nodes[2].leaderStatus
        #expect(status == LeaderStatus(leaderID: nodes[2].id, amILeader: true, peerCount: 3, term: status.term))
        #expect(await nodes[0].connectionState == .connected)

        #expect(try await nodes[0].send("to all") == 2)
        #expect(try await nodes[0].send("to b", to: nodes[1].id) == 1)
        try await watches[1].waits { $0.texts == ["a: to all", "a (direct): to b"] }
        try await watches[2].waits { $0.texts == ["a: to all"] }

        let stats = await nodes[0].stats()
        #expect(stats.textsSent == 3 && stats.links.count == 2 && stats.ignored == 0)
        // No packet is there and back within five thousandths of a millisecond, and none takes a minute.
        for link in stats.links {
            let roundTrip = try #require(link.roundTripMilliseconds)
            #expect(roundTrip > 0.005 && roundTrip < 60_000)
        }
        for node in nodes { await node.stop() }
        for watch in watches {
            try await watch.waits { $0.isOver && $0.states.last == .disconnected }
        }
        for node in nodes { #expect(await node.links.isEmpty) }
    }

    @Test("when the leader stops, the others elect another, keep their channel, and talk on")
    func leaderStops() async throws {
        let link = InMemoryDiscovery.Link()
        let leader = node("leader", link, peerType: .controller)
        let others = [node("a", link), node("b", link)]
        let watches = others.map { Watch($0.events) }
        for node in [leader] + others { try await node.start() }
        for watch in watches { try await watch.waits { $0.connected == 2 && $0.leader?.leaderID == leader.id } }
        await leader.stop()
        for watch in watches {
            try await watch.waits { $0.connected == 1 && others.map(\.id).contains($0.leader?.leaderID) }
        }
        let leaders = [await others[0].leaderStatus.leaderID, await others[1].leaderStatus.leaderID]
        #expect(leaders[0] == leaders[1])
        try await others[0].send("still here")
        try await watches[1].waits { $0.texts == ["a: still here"] }
        #expect(watches.allSatisfy { !$0.seen.wasAlone }, "the channel between the two was never down")

        let newcomer = node("late", link)
        let watch = Watch(newcomer.events)
        try await newcomer.start()
        try await watch.waits { $0.connected == 2 }
        for node in others + [newcomer] { await node.stop() }
    }

    @Test("with a given signaling server nodes need no discovery")
    func givenServer() async throws {
        let server = SignalingServer(configuration: SignalingServerConfiguration(host: "127.0.0.1", port: 0))
        let port = try await server.start()
        let nodes = ["a", "b", "c"].map { name in
            MeshNode(
                MeshConfiguration(
                    displayName: name, peerType: name == "a" ? .controller : .display,
                    signalingURL: "ws://127.0.0.1:\(port)/ws"))
        }
        let watches = nodes.map { Watch($0.events) }
        for node in nodes { try await node.start() }
        let best = nodes[0].id
        for watch in watches { try await watch.waits { $0.connected == 2 && $0.leader?.leaderID == best } }
        await server.stop()
        try await nodes[2].send("no server needed")
        try await watches[0].waits { $0.texts == ["c: no server needed"] }
        for node in nodes { await node.stop() }
    }

    @Test("a peer that does not read is disconnected after a while, and the others miss nothing")
    func slowReader() async throws {
        let link = InMemoryDiscovery.Link()
        let sender = MeshNode(
            MeshConfiguration(
                displayName: "sender", peerType: .controller, port: 0, sendTimeout: .milliseconds(500)),
            discovery: InMemoryDiscovery(link))
        let reader = node("reader", link)
        let sleeper = MeshNode(
            MeshConfiguration(displayName: "sleeper", port: 0, eventLimit: 8), discovery: InMemoryDiscovery(link))
        let watch = Watch(reader.events)
        let senderWatch = Watch(sender.events)
        let unread = sleeper.events
        for node in [sender, reader, sleeper] { try await node.start() }
        try await senderWatch.waits { $0.connected == 2 }
        let text = String(repeating: "x", count: ChannelMessage.maximumTextBytes - 10)
        var sent = 0
        var failure: MeshError?
        while failure == nil, sent < 1000 {
            sent += 1
            do throws(MeshError) { try await sender.send("\(sent) \(text)") } catch { failure = error }
        }
        #expect(failure?.code == .peerTooSlow)
        let total = sent
        try await watch.waits { $0.texts.count == total }
        for node in [sender, reader, sleeper] { await node.stop() }
        _ = unread
    }

    @Test("calls that do not fit say what is wrong")
    func misuse() async throws {
        let node = node("a", InMemoryDiscovery.Link())
        await #expect(throws: MeshError.self) { try await node.send("x") }
        try await node.start()
        let failures = [
            await failure { try await node.start() },
            await failure { try await node.send("x", to: PeerID()) },
            await failure { try await node.send(String(repeating: "é", count: 20_000)) },
            await failure {
                try await MeshNode(MeshConfiguration(displayName: "x", signalingURL: "http://h/")).start()
            },
        ]
        #expect(failures == [.invalidState, .notConnected, .textTooLong, .invalidConfiguration])
        #expect(try await node.send("to nobody") == 0)
        await node.stop()
        await node.stop()
        #expect(await failure { try await node.send("x") } == .invalidState)
    }

    @Test("a node can be stopped before it was started, and right after")
    func earlyStop() async throws {
        let link = InMemoryDiscovery.Link()
        let never = node("never", link)
        await never.stop()
        #expect(await failure { try await never.start() } == .invalidState)
        let short = node("short", link)
        let watch = Watch(short.events)
        try await short.start()
        await short.stop()
        try await watch.waits { $0.isOver }
    }

    private func failure(_ work: () async throws -> Void) async -> MeshError.Code? {
        do { try await work() } catch { return (error as? MeshError)?.code }
        return nil
    }
}
