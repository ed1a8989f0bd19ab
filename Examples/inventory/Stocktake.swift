import Gateway
import Synchronization

/// People count what lies there, for as long as it takes; others watch, or wait for the end.
final class Stocktake: Sendable {
    struct Entry: Codable, Sendable {
        let item: Int
        let count: Int
    }

    private enum State {
        case open([Entry])
        case closed([Entry], differences: [String: Int])
        case cancelled
    }

    typealias Watch = AsyncThrowingStream<Entry, any Error>
    private static let mostEntries = 10_000
    private static let mostWatchers = 32
    private static let cancelled = RPCError("cancelled", "The stocktake was cancelled.")

    private let state = Mutex((state: State.open([]), watchers: [Int: Watch.Continuation](), next: 0))

    func enter(_ entry: Entry) throws -> Int {
        let (count, watchers) = try state.withLock { state in
            guard case .open(var entries) = state.state else { throw Self.over }
            guard entries.count < Self.mostEntries else { throw RPCError("full", "That is enough.") }
            entries.append(entry)
            state.state = .open(entries)
            return (entries.count, Array(state.watchers.values))
        }
        for watcher in watchers { watcher.yield(entry) }
        return count
    }

    /// Has `body` see a nil for the beginning, and each entry from now on; returns at the end.
    func watch(_ body: (Entry?) async throws -> Void) async throws {
        let (entries, watcher) = Watch.makeStream(bufferingPolicy: .bufferingOldest(Self.mostEntries))
        let place: Int? = try state.withLock { state in
            switch state.state {
            case .closed: return nil
            case .cancelled: throw Self.cancelled
            case .open:
                guard state.watchers.count < Self.mostWatchers else { throw RPCError("full", "Too many watch.") }
                state.next += 1
                state.watchers[state.next] = watcher
                return state.next
            }
        }
        defer { if let place { _ = state.withLock { $0.watchers.removeValue(forKey: place) } } }
        try await body(nil)
        guard place != nil else { return }
        for try await entry in entries { try await body(entry) }
        try Task.checkCancellation()
    }

    /// Waits for the end. The differences.
    func end() async throws -> [String: Int] {
        try await watch { _ in }
        return try state.withLock { state in
            guard case .closed(_, let differences) = state.state else { throw Self.cancelled }
            return differences
        }
    }

    /// What was counted last of each item.
    func counts() throws -> [Int: Int] {
        try state.withLock { state in
            guard case .open(let entries) = state.state else { throw Self.over }
            return Dictionary(entries.map { ($0.item, $0.count) }) { $1 }
        }
    }

    func close(_ differences: [String: Int]) throws {
        let watchers = try state.withLock { state in
            guard case .open(let entries) = state.state else { throw Self.over }
            state.state = .closed(entries, differences: differences)
            return Array(state.watchers.values)
        }
        for watcher in watchers { watcher.finish() }
    }

    /// Whether it was still open.
    @discardableResult
    func cancel() -> Bool {
        let (wasOpen, watchers) = state.withLock { state in
            guard case .open = state.state else { return (false, [Watch.Continuation]()) }
            state.state = .cancelled
            return (true, Array(state.watchers.values))
        }
        for watcher in watchers { watcher.finish(throwing: Self.cancelled) }
        return wasOpen
    }

    private static let over = RPCError("over", "The stocktake is over.")
}
