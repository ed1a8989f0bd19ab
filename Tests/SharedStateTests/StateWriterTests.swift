import SharedState
import TestSupport
import Testing

/// Storage in memory, which can be held up.
private actor Drawer: StateStorage {
    private(set) var saves: [[StateRecord]] = []
    private(set) var isClosed = false
    private var waiting: CheckedContinuation<Void, Never>?
    private var isHeld: Bool
    private var failures: Int

    init(isHeld: Bool, failures: Int = 0) {
        self.isHeld = isHeld
        self.failures = failures
    }

    func load() async -> StoredState { StoredState() }

    func save(_ records: [StateRecord]) async throws(StateStorageError) {
        saves.append(records)
        if isHeld { await withCheckedContinuation { waiting = $0 } }
        if failures > 0 {
            failures -= 1
            throw StateStorageError(.full, "no room")
        }
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

    @Test("what came while a save failed stands for what could not be stored")
    func failed() async throws {
        let drawer = Drawer(isHeld: true, failures: 1)
        let writer = StateWriter(storage: drawer, firstRetry: .milliseconds(1))
        let entries = try (1...3).map { try StateMessageTests.entry("k\($0 / 2)", "\($0)", "\($0).0.a") }
        for entry in entries.prefix(2) {
            writer.add(.entry(entry))
            writer.add(.horizon(entry.timestamp))
        }
        let running = Task { await writer.run { _ in } }
        try await waitUntil { await drawer.isWaiting }
        writer.add(.entry(entries[2]))
        await drawer.letGo()
        try await waitUntil { await drawer.saves.count == 2 }
        writer.finish()
        await running.value
        let saves = await drawer.saves
        #expect(Set(saves[1]).isSuperset(of: [.entry(entries[2]), .horizon(entries[1].timestamp)]))
        #expect(!saves[1].contains(.entry(entries[1])))
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
