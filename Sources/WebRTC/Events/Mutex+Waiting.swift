internal import Synchronization

extension Mutex {
    /// Waits in a queue of the guarded value until it is resumed, unless `isDone` already holds or the task is cancelled.
    func wait(
        on queue: any WritableKeyPath<Value, WaiterQueue<Void>> & Sendable,
        unless isDone: @Sendable (borrowing Value) -> Bool
    ) async where Value: Sendable {
        let id = withLock { $0[keyPath: queue].makeID() }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isOver = withLock { value in
                    if Task.isCancelled || isDone(value) { return true }
                    value[keyPath: queue].add(continuation, id: id)
                    return false
                }
                if isOver { continuation.resume() }
            }
        } onCancel: {
            withLock { $0[keyPath: queue].remove(id) }?.resume()
        }
    }
}
