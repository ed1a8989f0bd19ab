import Foundation
import GRDB
import SharedState
import SharedStateStore
import TestSupport
import Testing

@Suite("The file of the shared state", .timeLimit(.minutes(2)))
struct SQLiteStateStoreTests {
    private static func key(_ name: String) throws -> StateKey { try #require(StateKey(name)) }

    private static func entry(_ name: String, _ json: String?, _ time: UInt64 = 5) throws -> StateEntry {
        let replica = try #require(ReplicaID("a"))
        let stamp = HybridTimestamp(milliseconds: time, counter: 0, replica: replica)
        let seen = HybridTimestamp(milliseconds: 1, counter: 0, replica: replica)
        return try StateEntry(
            key: key(name), value: json.map { Array($0.utf8) }, timestamp: stamp, seen: time > 5 ? seen : nil)
    }

    private static func large(_ name: String, _ time: UInt64 = 5) throws -> StateEntry {
        try entry(name, "\"" + String(repeating: "x", count: 30_000) + "\"", time)
    }

    /// Does something with the file that a store would not.
    private static func change(_ path: String, _ sql: String) throws {
        let queue = try DatabaseQueue(path: path)
        try queue.writeWithoutTransaction { try $0.execute(sql: sql) }
        try queue.close()
    }

    @Test(
        "what was saved is there when the file is opened again: values, deletions, the horizon, and not what is forgotten"
    )
    func saved() async throws {
        let folder = try TestFolder()
        let path = folder.path("state.db")
        let store = SQLiteStateStore(path: path)
        #expect(await store.load() == StoredState())
        let entries = [
            try Self.entry("a", "{\"x\":null}"), try Self.entry("e\u{301}", "null", 9),
            try Self.entry("\u{E9}", "\"\u{0}\"".replacing("\u{0}", with: "\\u0000")),
            try Self.entry("gone", nil),
        ]
        let horizon = entries[1].timestamp
        try await store.save(entries.map { .entry($0) } + [.horizon(entries[0].timestamp)])
        try await store.save([
            .horizon(horizon), .inStep(7), .inStep(8), .entry(try Self.entry("b", "1")),
            .entry(try Self.entry("a", "2", 9)),
        ])
        try await store.save([.forgotten(try Self.key("b")), .forgotten(try Self.key("never"))])
        #expect(FileManager.default.fileExists(atPath: path + "-wal"))
        await store.close()
        let again = await SQLiteStateStore(path: path).load()
        #expect(Set(again.entries) == Set(entries.dropFirst() + [try Self.entry("a", "2", 9)]))
        #expect(again.entries.count == 4 && again.horizon == horizon && again.inStep == 8 && again.reports.isEmpty)
    }

    @Test("what a process that is killed had saved is there")
    func unclosed() async throws {
        let folder = try TestFolder()
        let store = SQLiteStateStore(path: folder.path("state.db"))
        _ = await store.load()
        try await store.save([.entry(try Self.entry("a", "1"))])
        // As they are on the disk at this moment.
        for end in ["", "-wal"] {
            try FileManager.default.copyItem(
                atPath: folder.path("state.db" + end), toPath: folder.path("copy.db" + end))
        }
        #expect(await SQLiteStateStore(path: folder.path("copy.db")).load().entries == [try Self.entry("a", "1")])
        await store.close()
    }

    @Test("a full disk is said, keeps what was saved, and is no more than that: with room all is stored")
    func full() async throws {
        let folder = try TestFolder()
        let path = folder.path("state.db")
        let store = SQLiteStateStore(path: path)
        _ = await store.load()
        try await store.save([.entry(try Self.entry("a", "1"))])
        await store.limit(pages: 20)
        let records =
            try (0..<10).map { StateRecord.entry(try Self.large("large \($0)")) } + [
                .entry(try Self.entry("a", "2", 9))
            ]
        await #expect { try await store.save(records) } throws: { ($0 as? StateStorageError)?.code == .full }
        #expect(await store.load().entries == [try Self.entry("a", "1")])
        await store.limit(pages: 1 << 20)
        try await store.save(records)
        #expect(await store.load().entries.count == 11)
        await store.close()
    }

    @Test("a writer goes on while the disk is full, says so, and has stored all when there is room")
    func writer() async throws {
        let folder = try TestFolder()
        let path = folder.path("state.db")
        let store = SQLiteStateStore(path: path)
        _ = await store.load()
        await store.limit(pages: 10)
        let writer = StateWriter(storage: store, firstRetry: .milliseconds(2))
        let (events, feed) = AsyncStream.makeStream(of: StateWriter.Event.self)
        let running = Task {
            await writer.run { feed.yield($0) }
            feed.finish()
        }
        let peer = try #require(ReplicaID("b"))
        let receipts = (1...3).map { StateWriter.Receipt(peer: peer, number: $0) }
        for number in 0..<10 { writer.add(.entry(try Self.large("large \(number)"))) }
        writer.add(receipts[0])
        var iterator = events.makeAsyncIterator()
        var heard: [StateWriter.Event] = []
        while heard.count < 2, let event = await iterator.next() { heard.append(event) }
        // The receipt may be of the batch that failed first, or of the next one.
        #expect(heard.contains(.received([receipts[0]], isStored: false)), "\(heard)")
        #expect(heard.contains { if case .report(.storageFailed) = $0 { true } else { false } }, "\(heard)")
        // The disk is still full; nobody is kept waiting for it, and it is said once.
        writer.add(.entry(try Self.large("large 3", 9)))
        writer.add(receipts[1])
        #expect(await iterator.next() == .received([receipts[1]], isStored: false))
        await store.limit(pages: 1 << 20)
        #expect(await iterator.next() == .report(.storageRecovered))
        writer.add(receipts[2])
        #expect(await iterator.next() == .received([receipts[2]], isStored: true))
        writer.finish()
        await running.value
        let found = await SQLiteStateStore(path: path).load()
        #expect(found.entries.count == 10)
        #expect(found.entries.contains(try Self.large("large 3", 9)))
    }

    @Test(
        "a file that is damaged is set aside, said, and begun anew",
        arguments: ["no database", "beginning", "middle", "end"])
    func damaged(place: String) async throws {
        let folder = try TestFolder()
        let path = folder.path("state.db")
        let first = SQLiteStateStore(path: path)
        _ = await first.load()
        try await first.save(try (0..<20).map { .entry(try Self.large("large \($0)")) })
        await first.close()
        var bytes = try folder.read(path)
        switch place {
        case "no database": bytes = Array(repeating: 0x2A, count: 5000)
        case "beginning": bytes.replaceSubrange(100..<200, with: repeatElement(0xFF, count: 100))
        case "middle":
            for page in 1..<(bytes.count / 4096) {
                bytes.replaceSubrange(page * 4096..<page * 4096 + 12, with: repeatElement(0xFF, count: 12))
            }
        default: bytes.removeLast(bytes.count / 2)
        }
        _ = try folder.write(bytes, to: "state.db")
        for _ in 0..<2 {
            let store = SQLiteStateStore(path: path)
            let found = await store.load()
            let reports = found.reports
            guard case .storageSetAside(let aside, _)? = reports.first, reports.count == 1 else {
                Issue.record("\(reports)")
                return
            }
            #expect(found.entries.isEmpty && FileManager.default.fileExists(atPath: aside))
            try await store.save([.entry(try Self.entry("a", "1"))])
            await store.close()
            let again = SQLiteStateStore(path: path)
            #expect(await again.load() == StoredState(entries: [try Self.entry("a", "1")]))
            await again.close()
            // A second time, with a file set aside already.
            _ = try folder.write(bytes, to: "state.db")
        }
    }

    @Test("rows that cannot have been written here are left out and counted")
    func rows() async throws {
        let folder = try TestFolder()
        let path = folder.path("state.db")
        let store = SQLiteStateStore(path: path)
        _ = await store.load()
        try await store.save([.entry(try Self.entry("a", "1"))])
        await store.close()
        let rows = [
            "(x'FF', '1.0.a', NULL, x'31')", "('text', 7, NULL, x'31')", "(3, '1.0.a', NULL, x'31')",
            "(x'62', 'soon', NULL, x'31')", "(x'63', '1.0.a', 'x', x'31')", "(x'64', '1.0.a', 9, x'31')",
            "(x'65', '1.0.a', NULL, x'7B')", "(x'66', '1.0.a', NULL, 5)", "(x'', '1.0.a', NULL, x'31')",
            "(x'67', '1.0.a', NULL, zeroblob(40000))", "(zeroblob(300), '1.0.a', NULL, NULL)",
        ]
        try Self.change(path, "INSERT INTO entries VALUES " + rows.joined(separator: ","))
        try Self.change(path, "INSERT INTO marks VALUES ('horizon', x'00'), ('inStep', 'x')")
        let found = await SQLiteStateStore(path: path).load()
        #expect(found.entries == [try Self.entry("a", "1")] && found.horizon == nil)
        guard case .storedEntriesUnreadable(let count)? = found.reports.first else {
            Issue.record("\(found.reports)")
            return
        }
        #expect(found.reports.count == 1 && count >= rows.count - 2 && count <= rows.count)
    }

    @Test("another program's file, and one of a later version, are left alone")
    func others() async throws {
        let folder = try TestFolder()
        let store = SQLiteStateStore(path: folder.path("state.db"))
        _ = await store.load()
        try await store.save([.entry(try Self.entry("a", "1"))])
        await store.close()
        try Self.change(folder.path("state.db"), "PRAGMA user_version = 2")
        try Self.change(
            folder.path("other.db"), "CREATE TABLE entries (key, time, seen, value); CREATE TABLE marks (name, time)")
        for (name, code) in [("state.db", StateStorageError.Code.tooNew), ("other.db", .unusable)] {
            let store = SQLiteStateStore(path: folder.path(name))
            let found = await store.load()
            guard case .storageFailed? = found.reports.first else {
                Issue.record("\(found.reports)")
                return
            }
            await #expect { try await store.save([.entry(try Self.entry("a", "2"))]) } throws: {
                ($0 as? StateStorageError)?.code == code
            }
            await store.close()
        }
        let others = try DatabaseQueue(path: folder.path("other.db"))
        let count = try await others.read { try Int.fetchOne($0, sql: "SELECT count(*) FROM entries") }
        #expect(count == 0)
        #expect(!FileManager.default.fileExists(atPath: folder.path("state.db.damaged")))
    }

    @Test("a file that cannot be opened is tried again with each save")
    func unopened() async throws {
        let folder = try TestFolder()
        let store = SQLiteStateStore(path: folder.path("later/state.db"))
        guard case .storageFailed? = await store.load().reports.first else {
            Issue.record("it was opened")
            return
        }
        await #expect { try await store.save([]) } throws: { ($0 as? StateStorageError)?.code == .unusable }
        try FileManager.default.createDirectory(atPath: folder.path("later"), withIntermediateDirectories: true)
        try await store.save([.entry(try Self.entry("a", "1"))])
        #expect(await store.load().entries.count == 1)
        await store.close()
    }
}
