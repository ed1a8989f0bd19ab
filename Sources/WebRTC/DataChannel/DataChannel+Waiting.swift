internal import AsyncQueues
public import JSEP
internal import Synchronization

extension DataChannel {
    /// Waits until the channel is open, which takes an offer, an answer and a way to the peer.
    ///
    /// - Parameter limit: how long, from the call on.
    /// - Throws: `TimeoutError` after that time, and `NetworkError` if the connection has failed,
    ///   of which an ICE restart may cure it: both say what ``PeerConnection/diagnosis`` says. Why
    ///   the channel closed, if it closes first; `AbortError` if the task is cancelled. None of
    ///   them closes the channel.
    public func opened(within limit: Duration) async throws(WebRTCError) {
        let operation = "opened(within:)"
        let outcome = await withTimeLimit(limit, on: port.loop) { await self.outcome(of: operation) }
        switch outcome {
        case .success?: return
        case .failure(let error)?:
            guard readyState == .connecting, error.code != .abort, let seen = port.diagnosis, seen.verdict == .bad
            else {
                throw error
            }
            throw seen.failure(operation)
        case nil:
            if readyState == .open { return }
            guard !Task.isCancelled else { throw cancelled(operation) }
            let text = "\(operation): channel '\(label)' did not open in time"
            throw WebRTCError(.timeout, port.diagnosis?.sentence(text) ?? text)
        }
    }

    /// Waits until the channel is open, for ever where nobody negotiates: ``opened(within:)`` says
    /// then what is missing.
    ///
    /// - Throws: why it closed, if it closes first; `NetworkError` if the connection has failed, of
    ///   which an ICE restart may cure it; `AbortError` if the task is cancelled.
    public func opened() async throws(WebRTCError) {
        try await outcome(of: "opened").get()
    }

    private func outcome(of operation: String) async -> Result<Void, WebRTCError> {
        while true {
            await core.wait(on: { $1(&$0.openWaiters) }) { $0.readyState != .connecting || $0.hindrance != nil }
            let (state, error, hindrance) = core.withLock { core in
                (core.readyState, core.error ?? core.notOpen(operation, label: label), core.hindrance)
            }
            switch state {
            case .open: return .success(())
            case .closing, .closed: return .failure(error)
            case .connecting:
                if Task.isCancelled { return .failure(cancelled(operation)) }
                // What stood in the way may be gone already.
                if let hindrance { return .failure(hindrance) }
            }
        }
    }

    private func cancelled(_ operation: String) -> WebRTCError {
        WebRTCError(.abort, "\(operation): the task was cancelled before channel '\(label)' opened")
    }

    /// Waits until the channel is closed on both sides, or the task is cancelled.
    public func closed() async {
        await core.wait(on: { $1(&$0.closeWaiters) }) { $0.readyState == .closed }
    }
}
