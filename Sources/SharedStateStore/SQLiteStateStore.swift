internal import Foundation
internal import GRDB
public import SharedState

/// Keeps the shared state in a file of SQLite, which one process uses at a time.
///
/// The file has a write-ahead log beside it, and a save is on the disk when it returns
/// (`synchronous=FULL`). A file that is damaged is set aside as `NAME.damaged`, in the place of one
/// that was before, and a new one is begun. A file that cannot be opened is tried again with each
/// save. Nothing here stops a node, or traps.
public actor SQLiteStateStore: StateStorage {
    private static let version = 1
    /// `PRAGMA application_id`, so that no other program's file is taken for one of these.
    private static let application = 0x5357_4D53
    /// More than a replica of any limits holds.
    private static let mostRows = 1 << 17

    private let path: String
    private var mostPages: Int?
    private var queue: DatabaseQueue?
    /// Why nothing is to be written there.
    private var refusal: StateStorageError?

    /// A store in the file at that path, in a folder that is there. It is opened by ``load()``.
    public init(path: String) {
        self.path = path
    }

    /// Has SQLite say that the disk is full when the file has that many pages of 4 KiB, from the
    /// next time on that it is opened.
    package func limit(pages: Int) {
        close()
        mostPages = pages
    }

    /// Opens the file and reads it. One row that cannot be read does not keep others from it.
    public func load() async -> StoredState {
        do throws(StateStorageError) {
            return try await read()
        } catch {
            guard error.code == .damaged else { return fail(error) }
            let damage = error
            do throws(StateStorageError) {
                let place = try setAside()
                var state = try await read()
                state.reports.insert(.storageSetAside(path: place, reason: damage.message), at: 0)
                return state
            } catch {
                return fail(error)
            }
        }
    }

    /// Stores all of these in one transaction.
    public func save(_ records: [StateRecord]) async throws(StateStorageError) {
        if let refusal { throw refusal }
        let queue: DatabaseQueue
        if let opened = self.queue { queue = opened } else { queue = try open() }
        do {
            // In a task of its own: GRDB ends what a task that is cancelled waits for, and a node
            // that stops has something to store.
            try await Task {
                try await queue.write { database in
                    for record in records { try Self.write(record, to: database) }
                }
            }.value
        } catch {
            throw StateStorageError(error)
        }
    }

    /// Closes the file.
    public func close() {
        try? queue?.close()
        queue = nil
    }

    // MARK: The file

    private func open() throws(StateStorageError) -> DatabaseQueue {
        var configuration = Configuration()
        configuration.label = "SharedState"
        configuration.journalMode = .wal
        let mostPages = mostPages
        configuration.prepareDatabase { database in
            try database.execute(sql: "PRAGMA synchronous = FULL")
            if let mostPages { try database.execute(sql: "PRAGMA max_page_count = \(mostPages)") }
        }
        do {
            let queue = try DatabaseQueue(path: path, configuration: configuration)
            let found = try queue.write { database in try Self.prepare(database) }
            guard found <= Self.version else {
                try? queue.close()
                let error = StateStorageError(
                    .tooNew, "\(path) is of version \(found), which a later version of this software has made")
                refusal = error
                throw error
            }
            self.queue = queue
            return queue
        } catch {
            throw StateStorageError(error)
        }
    }

    /// Makes the tables where they are not; returns the version of the file.
    private static func prepare(_ database: Database) throws -> Int {
        let application = try Int.fetchOne(database, sql: "PRAGMA application_id") ?? 0
        let isNew = try Int.fetchOne(database, sql: "SELECT count(*) FROM sqlite_schema") == 0
        guard isNew || application == Self.application else {
            throw StateStorageError(.unusable, "the file is another program's")
        }
        guard isNew else { return try Int.fetchOne(database, sql: "PRAGMA user_version") ?? 0 }
        try database.execute(
            sql: """
                CREATE TABLE entries (key BLOB PRIMARY KEY, time TEXT NOT NULL, seen TEXT, value BLOB) WITHOUT ROWID;
                CREATE TABLE marks (name TEXT PRIMARY KEY, time TEXT NOT NULL) WITHOUT ROWID;
                PRAGMA application_id = \(Self.application);
                PRAGMA user_version = \(version);
                """)
        return version
    }

    private func read() async throws(StateStorageError) -> StoredState {
        let queue = try open()
        let found: (entries: [StateEntry?], horizon: String?, inStep: String?)
        do {
            found = try await queue.read { database in
                // Reads each page, which a query for rows might not.
                let verdict = try String.fetchOne(database, sql: "PRAGMA quick_check(1)") ?? "ok"
                guard verdict == "ok" else { throw DatabaseError(resultCode: .SQLITE_CORRUPT, message: verdict) }
                let rows = try Row.fetchCursor(
                    database, sql: "SELECT key, time, seen, value FROM entries LIMIT \(Self.mostRows)")
                return (
                    try Array(rows.map { StateEntry($0) }),
                    try Self.mark("horizon", database), try Self.mark("inStep", database)
                )
            }
        } catch {
            throw StateStorageError(error)
        }
        var state = StoredState(
            entries: found.entries.compactMap { $0 }, horizon: found.horizon.flatMap { HybridTimestamp($0) },
            inStep: found.inStep.flatMap { UInt64($0) })
        let unreadable = found.entries.count - state.entries.count
        if unreadable > 0 { state.reports.append(.storedEntriesUnreadable(unreadable)) }
        return state
    }

    /// Moves the file out of the way; returns where it is.
    private func setAside() throws(StateStorageError) -> String {
        close()
        let place = path + ".damaged"
        let files = FileManager.default
        do {
            for end in ["-wal", "-shm", ""] {
                if files.fileExists(atPath: place + end) { try files.removeItem(atPath: place + end) }
                if files.fileExists(atPath: path + end) { try files.moveItem(atPath: path + end, toPath: place + end) }
            }
        } catch {
            throw StateStorageError(.damaged, "\(path) is damaged, and cannot be set aside: \(error)")
        }
        return place
    }

    private func fail(_ error: StateStorageError) -> StoredState {
        close()
        return StoredState(reports: [.storageFailed(error.message)])
    }

    private static func write(_ record: StateRecord, to database: Database) throws {
        switch record {
        case .entry(let entry):
            try database.execute(
                sql: "INSERT OR REPLACE INTO entries (key, time, seen, value) VALUES (?, ?, ?, ?)",
                arguments: [
                    Data(entry.key.description.utf8), entry.timestamp.description, entry.seen?.description,
                    entry.value.map { Data($0) },
                ])
        case .forgotten(let key):
            try database.execute(sql: "DELETE FROM entries WHERE key = ?", arguments: [Data(key.description.utf8)])
        case .horizon(let time): try setMark("horizon", time.description, database)
        case .inStep(let time): try setMark("inStep", String(time), database)
        }
    }

    private static func setMark(_ name: String, _ time: String, _ database: Database) throws {
        try database.execute(sql: "INSERT OR REPLACE INTO marks (name, time) VALUES (?, ?)", arguments: [name, time])
    }

    private static func mark(_ name: String, _ database: Database) throws -> String? {
        try String.fetchOne(
            database, sql: "SELECT time FROM marks WHERE name = ? AND typeof(time) = 'text'", arguments: [name])
    }
}
