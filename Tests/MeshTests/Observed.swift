import Synchronization

/// A value that changes from anywhere, and that a test can wait for.
final class Observed<Value: Sendable>: Sendable {
    /// The condition did not come true before the value was final, or the test's time was over.
    struct Unmet: Error {
        var value: Value
    }

    private struct Waiter {
        var condition: @Sendable (Value) -> Bool
        var continuation: CheckedContinuation<Void, any Error>
    }

    private struct State {
        var value: Value
        var waiters: [Int: Waiter] = [:]
        var nextID = 0
        var isFinal = false
    }

    private let state: Mutex<State>

    init(_ value: Value) {
        state = Mutex(State(value: value))
    }

    var value: Value { state.withLock { $0.value } }

    /// Changes the value; those whose condition holds go on.
    func update(_ change: (inout Value) -> Void) {
        settle { change(&$0.value) }
    }

    /// The value will not change any more; whoever still waits gets an error.
    func finish(_ change: (inout Value) -> Void = { _ in }) {
        settle {
            change(&$0.value)
            $0.isFinal = true
        }
    }

    /// Returns when the condition holds.
    func waits(for condition: @escaping @Sendable (Value) -> Bool) async throws {
        let id = state.withLock { state in
            state.nextID += 1
            return state.nextID
        }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                settle { $0.waiters[id] = Waiter(condition: condition, continuation: continuation) }
                if Task.isCancelled { giveUp(id) }
            }
        } onCancel: {
            giveUp(id)
        }
    }

    private func giveUp(_ id: Int) {
        let (waiter, value) = state.withLock { ($0.waiters.removeValue(forKey: id), $0.value) }
        waiter?.continuation.resume(throwing: Unmet(value: value))
    }

    private func settle(_ change: (inout State) -> Void) {
        let (met, unmet, value) = state.withLock { state in
            change(&state)
            let value = state.value
            let met = state.waiters.filter { $0.value.condition(value) }
            for id in met.keys { state.waiters[id] = nil }
            let unmet = state.isFinal ? state.waiters : [:]
            if state.isFinal { state.waiters = [:] }
            return (Array(met.values), Array(unmet.values), value)
        }
        for waiter in met { waiter.continuation.resume() }
        for waiter in unmet { waiter.continuation.resume(throwing: Unmet(value: value)) }
    }
}
