internal import AsyncQueues
public import JSEP
internal import Synchronization

extension DataChannel {
    /// Waits until the channel is open.
    ///
    /// - Throws: why it closed, if it closes first; `NetworkError` if the connection has failed, of
    ///   which an ICE restart may cure it; `AbortError` if the task is cancelled.
    public func opened() async throws(WebRTCError) {
        while true {
            await core.wait(on: \.openWaiters) { $0.readyState != .connecting || $0.hindrance != nil }
            let (state, error, hindrance) = core.withLock { ($0.readyState, $0.error, $0.hindrance) }
            switch state {
            case .open: return
            case .closing, .closed:
                throw error ?? WebRTCError(.invalidState, "opened: channel '\(label)' was closed before it opened")
            case .connecting:
                if Task.isCancelled {
                    throw WebRTCError(.abort, "opened: the task was cancelled before channel '\(label)' opened")
                }
                // What stood in the way may be gone already.
                if let hindrance { throw hindrance }
            }
        }
    }

    /// Waits until the channel is closed on both sides, or the task is cancelled.
    public func closed() async {
        await core.wait(on: \.closeWaiters) { $0.readyState == .closed }
    }
}
