internal import Synchronization

extension DataChannel {
    /// Waits until the channel is open.
    ///
    /// - Throws: why it closed, if it closes first; `AbortError` if the task is cancelled.
    public func opened() async throws(WebRTCError) {
        await core.wait(on: \.openWaiters) { $0.readyState != .connecting }
        let (state, error) = core.withLock { ($0.readyState, $0.error) }
        switch state {
        case .open: return
        case .connecting: throw WebRTCError(.abort, "opened: the task was cancelled before channel '\(label)' opened")
        case .closing, .closed:
            throw error ?? WebRTCError(.invalidState, "opened: channel '\(label)' was closed before it opened")
        }
    }

    /// Waits until the channel is closed on both sides, or the task is cancelled.
    public func closed() async {
        await core.wait(on: \.closeWaiters) { $0.readyState == .closed }
    }
}
