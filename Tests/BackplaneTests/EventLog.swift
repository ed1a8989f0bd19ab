import Backplane
import Signaling
import Synchronization

/// What a node heard, which can be waited for.
final class EventLog: Sendable {
    struct TimeUp: Error, CustomStringConvertible {
        let description: String
    }

    private struct State {
        var events: [BackplaneEvent] = []
        var waiters: [CheckedContinuation<Void, Never>] = []
    }

    private let state = Mutex(State())

    var events: [BackplaneEvent] { state.withLock { $0.events } }

    var messages: [[UInt8]] {
        events.compactMap { event in
            guard case .message(let bytes) = event else { return nil }
            return bytes
        }
    }

    func append(_ event: BackplaneEvent) {
        let waiters = state.withLock { state in
            state.events.append(event)
            defer { state.waiters = [] }
            return state.waiters
        }
        for waiter in waiters { waiter.resume() }
    }

    /// Returns when `isSo` is true of all that was heard.
    func wait(_ what: String, _ isSo: ([BackplaneEvent]) -> Bool) async throws {
        while true {
            let events = events
            if isSo(events) { return }
            guard !Task.isCancelled else {
                let last = events.suffix(5).map { "\($0)".prefix(200) }.joined(separator: "; ")
                throw TimeUp(description: "no \(what) in time; \(events.count) events, the last: \(last)")
            }
            await more(than: events.count)
        }
    }

    /// Waits for a `connected` from a place on, and returns the place behind it.
    @discardableResult
    func connected(from place: Int = 0) async throws -> Int {
        try await wait("connected") { $0[min(place, $0.count)...].contains(where: \.isConnected) }
        return place + 1 + (events[place...].firstIndex(where: \.isConnected) ?? place) - place
    }

    /// Waits for a `degraded` from a place on with this text in it, and returns the place behind it.
    @discardableResult
    func degraded(_ text: String = "", from place: Int = 0) async throws -> Int {
        try await wait("degraded with \(text)") { events in
            events[min(place, events.count)...].contains { $0.isDegraded(text) }
        }
        return 1 + (events[place...].firstIndex { $0.isDegraded(text) } ?? place)
    }

    func messages(_ count: Int) async throws -> [[UInt8]] {
        try await wait("\(count) messages") { $0.count { $0.isMessage } >= count }
        return messages
    }

    private func more(than count: Int) async {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isDone = state.withLock { state in
                    guard !Task.isCancelled, state.events.count <= count else { return true }
                    state.waiters.append(continuation)
                    return false
                }
                if isDone { continuation.resume() }
            }
        } onCancel: {
            let waiters = state.withLock { state in
                defer { state.waiters = [] }
                return state.waiters
            }
            for waiter in waiters { waiter.resume() }
        }
    }
}

extension BackplaneEvent {
    var isConnected: Bool { if case .connected = self { true } else { false } }
    var isMessage: Bool { if case .message = self { true } else { false } }

    func isDegraded(_ text: String) -> Bool {
        guard case .degraded(let reason) = self else { return false }
        return text.isEmpty || reason.contains(text)
    }
}

/// A node that has joined.
struct Party: Sendable {
    let backplane: RedisBackplane
    let log = EventLog()

    init(_ configuration: RedisConfiguration, as node: String) async throws {
        backplane = RedisBackplane(configuration: configuration)
        try await backplane.join(as: node) { [log] event in log.append(event) }
    }
}
