import Synchronization

/// Everything that one end saw, in order. A test waits for what it expects; a wait that is cancelled, as Swift Testing
/// does when a test's time is up, prints what was seen instead: what a test throws after its time is passed over.
final class EventLog: Sendable {
    private struct State {
        var events: [InteropEvent] = []
        var waiters: [Int: CheckedContinuation<Void, Never>] = [:]
        var cancelled: Set<Int> = []
        var nextWaiter = 0
        /// Why no more events come.
        var end: InteropError?
    }

    private let state = Mutex(State())
    /// What else there is to say when the time is up.
    let describe: @Sendable () -> String

    init(describe: @escaping @Sendable () -> String = { "" }) {
        self.describe = describe
    }

    /// All events so far.
    var events: [InteropEvent] { state.withLock { $0.events } }

    func append(_ event: InteropEvent) {
        wake { $0.events.append(event) }
    }

    /// No more events will come; every wait ends with `reason`.
    func finish(_ reason: InteropError) {
        wake { $0.end = $0.end ?? reason }
    }

    /// The first event from `start` on for which `transform` has a value, and the place behind it.
    ///
    /// - Parameter isLoud: whether to say what was seen when it is cancelled.
    func first<Value>(
        from start: Int = 0, isLoud: Bool = true, _ transform: (InteropEvent) -> Value?
    ) async throws -> (value: Value, next: Int) {
        var place = start
        while true {
            for event in events.dropFirst(place) {
                place += 1
                if let value = transform(event) { return (value, place) }
            }
            try await waitForMore(than: place, isLoud: isLoud)
        }
    }

    /// Waits until `event` has happened `count` times.
    func expect(_ event: InteropEvent, count: Int = 1) async throws {
        var place = 0
        for _ in 0..<count {
            place = try await first(from: place) { $0 == event ? true : nil }.next
        }
    }

    /// The first `count` messages of a channel.
    func messages(_ count: Int, on label: String) async throws -> [Payload] {
        var place = 0
        var messages: [Payload] = []
        while messages.count < count {
            let (payload, next) = try await first(from: place) { event -> Payload? in
                if case .message(label, let payload) = event { payload } else { nil }
            }
            messages.append(payload)
            place = next
        }
        return messages
    }

    /// The channel with this label that the other end opened.
    func channel(_ label: String) async throws -> ChannelDescription {
        try await first { event -> ChannelDescription? in
            if case .channel(let channel) = event, channel.label == label { channel } else { nil }
        }.value
    }

    private func waitForMore(than count: Int, isLoud: Bool) async throws {
        let identifier = state.withLock { state in
            state.nextWaiter += 1
            return state.nextWaiter
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isDone = state.withLock { state in
                    if state.events.count > count || state.end != nil || state.cancelled.contains(identifier) {
                        return true
                    }
                    state.waiters[identifier] = continuation
                    return false
                }
                if isDone { continuation.resume() }
            }
        } onCancel: {
            let waiter = state.withLock { state in
                state.cancelled.insert(identifier)
                return state.waiters.removeValue(forKey: identifier)
            }
            waiter?.resume()
        }
        let (seen, end) = state.withLock { ($0.events, $0.end) }
        if seen.count > count { return }
        if let end { throw InteropError("\(end); seen so far: \(Self.summary(seen))") }
        if Task.isCancelled {
            if isLoud { print("✘ the time is up; seen so far: \(Self.summary(seen)) \(describe())") }
            throw InteropError("the time is up")
        }
    }

    private func wake(_ change: (inout State) -> Void) {
        let waiters = state.withLock { state in
            change(&state)
            defer { state.waiters = [:] }
            return state.waiters.values
        }
        for waiter in waiters { waiter.resume() }
    }

    /// The last events, each short enough to read.
    private static func summary(_ events: [InteropEvent]) -> String {
        events.suffix(40).map { String(describing: $0).prefix(160) }.joined(separator: "; ")
    }
}
