internal import Synchronization

extension DataChannel {
    /// Waits until the channel is open.
    ///
    /// - Throws: why it closed, if it closes first; `AbortError` if the task is cancelled.
    public func opened() async throws(WebRTCError) {
        await wait(on: \.openWaiters) { $0.readyState != .connecting }
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
        await wait(on: \.closeWaiters) { $0.readyState == .closed }
    }

    /// Waits in a queue of the core until it is resumed, unless `isDone` already holds or the task is cancelled.
    func wait(
        on queue: any WritableKeyPath<ChannelCore, WaiterQueue<Void>> & Sendable,
        unless isDone: @Sendable (borrowing ChannelCore) -> Bool
    ) async {
        let id = core.withLock { $0[keyPath: queue].makeID() }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isOver = core.withLock { core in
                    if Task.isCancelled || isDone(core) { return true }
                    core[keyPath: queue].add(continuation, id: id)
                    return false
                }
                if isOver { continuation.resume() }
            }
        } onCancel: {
            core.withLock { $0[keyPath: queue].remove(id) }?.resume()
        }
    }
}
