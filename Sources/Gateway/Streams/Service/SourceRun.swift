internal import Streaming
internal import Synchronization

/// A source while it runs: who ends it can wait until it has ended, and its program with it. May be
/// used from any thread.
final class SourceRun: Sendable {
    private struct State {
        var isRunning = false
        var waiting: [CheckedContinuation<Void, Never>] = []
    }

    private let state = Mutex(State())

    /// The source, which tells this when it ends; it counts as running from here on.
    func followed(_ source: StreamSource) -> StreamSource {
        state.withLock { $0.isRunning = true }
        return StreamSource(tracks: source.tracks) { [self] in
            defer { ended() }
            try await source.run()
        }
    }

    /// Waits until it does not run, or counts as ended.
    ///
    /// - Parameter limit: how long it is waited for one that does not end when it is cancelled.
    func over(within limit: Duration) async {
        let timer = Task {
            try await Task.sleep(for: limit)
            ended()
        }
        await over()
        timer.cancel()
    }

    /// Waits until it does not run.
    func over() async {
        await withCheckedContinuation { continuation in
            let isRunning = state.withLock { state in
                if state.isRunning { state.waiting.append(continuation) }
                return state.isRunning
            }
            if !isRunning { continuation.resume() }
        }
    }

    private func ended() {
        let waiting = state.withLock { state in
            state.isRunning = false
            defer { state.waiting = [] }
            return state.waiting
        }
        for continuation in waiting { continuation.resume() }
    }
}
