import Foundation
import SharedState
import SharedStateStore
import TestSupport
import Testing

@testable import Mesh

/// What is shown, of an event (Docs/Mesh.md).
private struct LiveControl: Codable, Hashable {
    var eventId: String
    var currentItemId: String?
    var currentSlideIndex = 0
    var isBlack = false
}

@Suite("The shared state of nodes over loopback", .serialized, .timeLimit(.minutes(2)))
struct SharedMapTests {
    private func node(
        _ name: String, _ link: InMemoryDiscovery.Link, storage: SQLiteStateStore? = nil, eventLimit: Int = 256,
        ahead: UInt64 = 0, leaveTimeout: Duration = .seconds(2)
    ) -> MeshNode {
        var configuration = MeshConfiguration(displayName: name, port: 0, eventLimit: eventLimit, stateStorage: storage)
        configuration.leaveTimeout = leaveTimeout
        return MeshNode(
            configuration, discovery: InMemoryDiscovery(link), wallClock: { SharedMap.systemClock() + ahead })
    }

    /// Starts nodes, and waits until each is connected to all others.
    private func start(_ nodes: [MeshNode]) async throws {
        let watches = nodes.map { Watch($0.events) }
        for node in nodes { try await node.start() }
        for watch in watches { try await watch.waits { $0.connected == nodes.count - 1 } }
    }

    /// Returns when the value is there, and how long that took.
    @discardableResult
    private func wait<Value: Codable & Hashable>(
        for value: Value?, of key: String, at node: MeshNode
    ) async throws -> Duration {
        let start = ContinuousClock.now
        try await waitUntil { node.state[key] == value }
        return start.duration(to: .now)
    }

    @Test("what is shown is the same everywhere, also at a node that joins, within a second, and at one that returns")
    func liveControl() async throws {
        let link = InMemoryDiscovery.Link()
        let nodes = [node("controller", link), node("left", link), node("right", link)]
        try await start(nodes)
        var live = LiveControl(eventId: "sunday", currentItemId: "song")
        let changes = nodes[2].state.makeAsyncIterator()
        let receipt = try await nodes[0].state.set(live, for: "live", acknowledgedBy: 2)
        #expect(receipt == StateReceipt(holders: 2, stored: 0))
        #expect(nodes[1].state["live"] == live && nodes[2].state["live", as: LiveControl.self] == live)
        live.currentSlideIndex = 3
        try await nodes[1].state.set(live, for: "live")
        #expect(nodes[1].state["live"] == live)
        var iterator = changes
        for expected in [LiveControl(eventId: "sunday", currentItemId: "song"), live] {
            let change = try #require(await iterator.next())
            #expect(try change.value(as: LiveControl.self) == expected && change.key == "live" && !change.isClockAhead)
        }
        try await wait(for: live, of: "live", at: nodes[0])

        // One joins.
        let late = node("late", link)
        let watch = Watch(late.events)
        try await late.start()
        try await watch.waits { $0.connected == 3 }
        #expect(try await wait(for: live, of: "live", at: late) < .seconds(1))
        // It leaves without having been told of what comes, and another one in its place has it.
        await late.stop()
        live.isBlack = true
        try await nodes[0].state.set(live, for: "live", acknowledgedBy: 2)
        let again = node("again", link)
        let second = Watch(again.events)
        try await again.start()
        try await second.waits { $0.connected == 3 }
        #expect(try await wait(for: live, of: "live", at: again) < .seconds(1))

        try await again.state.remove("live", acknowledgedBy: 3)
        for node in nodes { #expect(node.state["live", as: LiveControl.self] == nil && node.state.keys.isEmpty) }
        let stats = await nodes[0].stats()
        #expect(stats.state.values == 0 && stats.state.deletions == 1 && stats.state.written == 2)
        #expect(stats.state.conflicts == 0 && stats.state.refused == 0)
        for node in nodes + [again] { await node.stop() }
        let last = try await iterator.next()?.value(as: LiveControl.self)
        #expect(last?.isBlack == true)
    }

    @Test(
        "a node that was away has what it had stored at once, and what it missed within a second; the others what it wrote alone"
    )
    func returning() async throws {
        let link = InMemoryDiscovery.Link()
        let folder = try TestFolder()
        let path = folder.path("state.db")
        let stays = node("stays", link)
        let leaves = node("leaves", link, storage: SQLiteStateStore(path: path))
        try await start([stays, leaves])
        #expect(try await stays.state.set(1, for: "a", acknowledgedBy: 1) == StateReceipt(holders: 1, stored: 1))
        for number in 0..<2000 { try await stays.state.set(number, for: "many \(number)") }
        try await wait(for: 1999, of: "many 1999", at: leaves)
        await leaves.stop()
        #expect(leaves.state["a"] == 1)
        try await stays.state.set(2, for: "a")
        try await stays.state.remove("many 7")

        let alone = node("alone", InMemoryDiscovery.Link(), storage: SQLiteStateStore(path: path))
        try await alone.start()
        try await alone.state.set("mine", for: "b")
        #expect(alone.state["a"] == 1 && alone.state["many 1234"] == 1234)
        await alone.stop()

        let back = node("back", link, storage: SQLiteStateStore(path: path))
        let watch = Watch(back.events)
        try await back.start()
        try await watch.waits { $0.connected == 1 }
        let began = ContinuousClock.now
        try await wait(for: 2, of: "a", at: back)
        try await wait(for: Int?.none, of: "many 7", at: back)
        try await wait(for: "mine", of: "b", at: stays)
        #expect(began.duration(to: .now) < .seconds(1))
        #expect(back.state.keys == stays.state.keys && back.state.keys.count == 2001)
        for node in [stays, back] { await node.stop() }
    }

    @Test("of two writes that did not know of each other both nodes show both")
    func conflict() async throws {
        let link = InMemoryDiscovery.Link()
        let nodes = [node("a", link), node("b", link)]
        let conflicts = nodes.map { $0.state.conflicts }
        for node in nodes { try await node.start() }
        // Nobody is connected yet.
        for (index, node) in nodes.enumerated() { try await node.state.set(index, for: "k") }
        for conflicts in conflicts {
            for await conflict in conflicts {
                let values = [try conflict.kept.value(as: Int.self), try conflict.lost.value(as: Int.self)]
                #expect(Set(values) == [0, 1] && conflict.key == "k")
                #expect(conflict.kept.timestamp > conflict.lost.timestamp)
                break
            }
        }
        let value: Int? = nodes[0].state["k"]
        try await wait(for: value, of: "k", at: nodes[1])
        for node in nodes { await node.stop() }
    }

    @Test("a node whose clock is ten minutes ahead takes part; it is said, and written over")
    func wrongClock() async throws {
        let link = InMemoryDiscovery.Link()
        let nodes = [node("right", link), node("wrong", link, ahead: 600_000)]
        let events = nodes[0].events
        try await start(nodes)
        var changes = nodes[0].state.makeAsyncIterator()
        try await nodes[1].state.set("wrong", for: "k")
        let change = try #require(await changes.next())
        #expect(change.isClockAhead && change.writer.peerID == nodes[1].id)
        for await event in events {
            guard case .notice(let text) = event, text.contains("clock") else { continue }
            #expect(text.contains(nodes[1].id.text))
            break
        }
        try await nodes[0].state.set("right", for: "k")
        try await wait(for: "right", of: "k", at: nodes[1])
        #expect(nodes[1].state.statistics.conflicts == 0 && nodes[0].state.statistics.clocksAhead == 1)
        for node in nodes { await node.stop() }
    }

    @Test("a full disk stops nobody, is said, and does not count as stored; with room it does again")
    func fullDisk() async throws {
        let link = InMemoryDiscovery.Link()
        let folder = try TestFolder()
        let store = SQLiteStateStore(path: folder.path("state.db"))
        let nodes = [node("memory", link), node("disk", link, storage: store)]
        let events = nodes[1].events
        try await start(nodes)
        try await nodes[0].state.set("first", for: "k", acknowledgedBy: 1)
        await store.limit(pages: 8)
        let large = String(repeating: "x", count: 30_000)
        for number in 0..<4 { try await nodes[0].state.set(large, for: "large \(number)") }
        #expect(try await nodes[0].state.set("second", for: "k", acknowledgedBy: 1).holders == 1)
        #expect(nodes[1].state["k"] == "second" && nodes[1].state["large 3"] == large)
        for await event in events {
            if case .notice(let text) = event, text.contains("is not stored") { break }
        }
        await store.limit(pages: 1 << 20)
        for await event in events {
            if case .notice(let text) = event, text.contains("stored again") { break }
        }
        #expect(
            try await nodes[0].state.set("third", for: "k", acknowledgedBy: 1) == StateReceipt(holders: 1, stored: 1))
        for node in nodes { await node.stop() }
        #expect(await SQLiteStateStore(path: folder.path("state.db")).load().entries.count == 5)
    }

    @Test("what is written right before a node stops is with the others", arguments: 1...3)
    func stopping(run: Int) async throws {
        let link = InMemoryDiscovery.Link()
        // As long as it takes: two seconds are not much where others have the processors.
        let nodes = [node("a", link, leaveTimeout: .seconds(30)), node("b", link)]
        try await start(nodes)
        for number in 0..<100 { try await nodes[0].state.set(number, for: "\(number)") }
        try await nodes[0].state.set(run, for: "last")
        await nodes[0].stop()
        #expect(nodes[1].state["last"] == run && nodes[1].state.keys.count == 101)
        await nodes[1].stop()
    }

    @Test("who does not read texts has the state all the same")
    func unreadTexts() async throws {
        let link = InMemoryDiscovery.Link()
        let sender = node("sender", link)
        let sleeper = node("sleeper", link, eventLimit: 1)
        let unread = sleeper.events
        let watch = Watch(sender.events)
        for node in [sender, sleeper] { try await node.start() }
        try await watch.waits { $0.connected == 1 }
        for number in 0..<50 { try await sender.send("\(number)") }
        try await sender.state.set(true, for: "isBlack", acknowledgedBy: 1)
        #expect(sleeper.state["isBlack"] == true)
        for node in [sender, sleeper] { await node.stop() }
        _ = unread
    }

    @Test("calls that do not fit say what is wrong")
    func misuse() async throws {
        let node = node("a", InMemoryDiscovery.Link())
        #expect(await failure { try await node.state.set(1, for: "k") } == .invalidState)
        try await node.start()
        #expect(await failure { try await node.state.set(1, for: "") } == .invalidKey)
        #expect(
            await failure { try await node.state.set(String(repeating: "x", count: 40_000), for: "k") }
                == .valueTooLarge)
        #expect(await failure { try await node.state.set(Double.nan, for: "k") } == .invalidValue)
        #expect(
            await failure { try await node.state.set("text", for: "k", acknowledgedBy: 1, timeout: .milliseconds(20)) }
                == .notAcknowledged)
        #expect(await failure { _ = try node.state.value(for: "k", as: Int.self) } == .wrongType)
        #expect(node.state["k", as: Int.self] == nil && node.state["k"] == "text")
        try await node.state.set(LiveControl?.none, for: "null")
        #expect(try node.state.value(for: "null", as: LiveControl?.self) == .some(nil))
        #expect(node.state.keys == ["k", "null"] && node.state.entry(for: "k")?.timestamp.replica.peerID == node.id)
        await node.stop()
        #expect(await failure { try await node.state.remove("k") } == .invalidState)
        #expect(node.state["k"] == "text")
        for await _ in node.state { Issue.record("it has ended") }
    }

    private func failure(_ call: () async throws -> Void) async -> StateError.Code? {
        do {
            try await call()
            return nil
        } catch {
            return (error as? StateError)?.code
        }
    }
}
