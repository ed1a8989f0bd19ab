internal import Synchronization

extension NetworkLoop {
    /// Returns when that much time has passed by the loop's clock, or the task is cancelled. From
    /// any task.
    package func sleep(for duration: Duration) async {
        let sleeper = Sleeper()
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                guard sleeper.sleep(continuation) else { return }
                post {
                    if sleeper.isAsleep { sleeper.timer = self.schedule(after: duration) { sleeper.wake() } }
                }
            }
        } onCancel: {
            sleeper.wake()
            post { sleeper.timer?.cancel() }
        }
    }
}

/// One task that sleeps.
///
/// `@unchecked Sendable`: `timer` is touched only on the loop.
private final class Sleeper: @unchecked Sendable {
    private enum State {
        case awake
        case asleep(CheckedContinuation<Void, Never>)
        case woken
    }
    private let state = Mutex(State.awake)
    var timer: LoopTimer?

    /// False if it was woken before: the task goes on then.
    func sleep(_ continuation: CheckedContinuation<Void, Never>) -> Bool {
        let sleeps = state.withLock { state in
            guard case .awake = state else { return false }
            state = .asleep(continuation)
            return true
        }
        if !sleeps { continuation.resume() }
        return sleeps
    }

    var isAsleep: Bool {
        state.withLock { if case .asleep = $0 { true } else { false } }
    }

    func wake() {
        let continuation: CheckedContinuation<Void, Never>? = state.withLock { state in
            defer { state = .woken }
            if case .asleep(let continuation) = state { return continuation } else { return nil }
        }
        continuation?.resume()
    }
}
