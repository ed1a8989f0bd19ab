import SharedState
import TestSupport
import Testing

/// Storage in memory, which can be held up.
private actor Drawer: StateStorage {
    private(set) var saves: [[StateRecord]] = []
    private(set) var isClosed = false
    private var waiting: CheckedContinuation<Void, Never>?
    private var isHeld: Bool

    init(isHeld: Bool) { self.isHeld = isHeld }

    func load() async -> StoredState { StoredState() }

    func save(_ records: [StateRecord]) async throws(StateStorageError) {
        saves.append(records)
        if isHeld { await withCheckedContinuation { waiting = $0 } }
    }

    func close() { isClosed = true }

    var isWaiting: Bool { waiting != nil }

    func letGo() {
        isHeld = false
        waiting?.resume()
        waiting = nil
    }
}

@Suite("Writing the shared state", .timeLimit(.minutes(1)))
struct StateWriterTests {
    @Test("what comes while a save takes its time is one more save, with the last entry of each key; then it ends")
    func batches() async throws {
        let drawer = Drawer(isHeld: true)
        let writer = StateWriter(storage: drawer)
        let (events, feed) = AsyncStream.makeStream(of: StateWriter.Event.self)
        let running = Task {
            await writer.run { feed.yield($0) }
            feed.finish()
        }
        let b = try #require(ReplicaID("b"))
        writer.add(.entry(try StateMessageTests.entry("k", "0", "1.0.a")))
        try await waitUntil { await drawer.isWaiting }
        var last: StateEntry?
        for number in 1...100 as ClosedRange<UInt64> {
            let entry = try StateMessageTests.entry("k\(number % 2)", "\(number)", "\(number).0.a")
            writer.add(.entry(entry))
            writer.add(.horizon(entry.timestamp))
            writer.add(StateWriter.Receipt(peer: b, number: number))
            last = entry
        }
        writer.add(.forgotten(try StateMessageTests.key("k1")))
        await drawer.letGo()
        var iterator = events.makeAsyncIterator()
        guard case .received(let receipts, isStored: true)? = await iterator.next() else {
            Issue.record("no receipts")
            return
        }
        #expect(receipts.map(\.number) == Array(1...100))
        let saves = await drawer.saves
        let entry = try #require(last)
        #expect(saves.count == 2)
        #expect(
            Set(saves[1]) == [.entry(entry), .forgotten(try StateMessageTests.key("k1")), .horizon(entry.timestamp)])
        writer.add(.entry(entry))
        writer.finish()
        await running.value
        #expect(await drawer.saves.count == 3)
        #expect(await drawer.isClosed)
    }

    @Test("a writer whose task is cancelled stores what is left, and ends")
    func cancelled() async throws {
        let drawer = Drawer(isHeld: false)
        let writer = StateWriter(storage: drawer)
        writer.add(.entry(try StateMessageTests.entry("k", "0", "1.0.a")))
        let running = Task { await writer.run { _ in } }
        running.cancel()
        await running.value
        #expect(await drawer.saves.count == 1)
        #expect(await drawer.isClosed)
    }
}
