public import Synchronization

/// A lock with the value that it guards, in whose queues tasks may wait.
public protocol Guarding<Value>: ~Copyable, Sendable {
    /// What is guarded.
    associatedtype Value

    /// Runs what may read and change the value.
    func guarded<Result: Sendable>(_ body: (inout Value) -> Result) -> Result
}

extension Mutex: Guarding {
    @inlinable
    public func guarded<Result: Sendable>(_ body: (inout Value) -> Result) -> Result {
        withLock { body(&$0) }
    }
}

extension Guarding where Self: ~Copyable, Value: Sendable {
    /// Takes what is there or waits, in a queue of the guarded value, until a task is given
    /// something.
    ///
    /// The one place where tasks are suspended in a ``WaiterQueue``. A task that is cancelled,
    /// before it comes here or while it waits, takes what is there but waits for nothing, and what
    /// it was given is never lost. Continuations are resumed outside of the lock.
    ///
    /// - Parameters:
    ///   - queue: where to wait: hands that queue of the value on, as `{ $1(&$0.readers) }` does. A
    ///     key path would be shorter; but one of a generic type is made anew each time, and its
    ///     types are looked up by name, which took a sixth of what it costs to deliver a packet.
    ///   - cancelled: what is returned when the task is cancelled and nothing is there.
    ///   - take: takes what is there, under the lock; nil to wait. Called again if it changed
    ///     meanwhile.
    @inlinable
    public func wait<Given: Sendable>(
        on queue: WaiterPlace<Given>,
        whenCancelled cancelled: Given,
        orTake take: @Sendable (inout Value) -> Given?
    ) async -> Given {
        let (id, given) = guarded { value -> (UInt64, Given?) in
            if let given = take(&value) { return (0, given) }
            var id: UInt64 = 0
            queue(&value) { id = $0.makeID() }
            return (id, nil)
        }
        if let given { return given }
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let given = guarded { value -> Given? in
                    if let given = take(&value) { return given }
                    if Task.isCancelled { return cancelled }
                    queue(&value) { $0.add(continuation, id: id) }
                    return nil
                }
                if let given { continuation.resume(returning: given) }
            }
        } onCancel: {
            let continuation = guarded { value in
                var continuation: WaiterQueue<Given>.Continuation?
                queue(&value) { continuation = $0.remove(id) }
                return continuation
            }
            continuation?.resume(returning: cancelled)
        }
    }

    /// Hands one of the value's queues on to be changed.
    public typealias WaiterPlace<Given: Sendable> =
        @Sendable (inout Value, (inout WaiterQueue<Given>) -> Void) -> Void

    /// Waits in a queue of the guarded value until it is resumed, unless `isDone` already holds or
    /// the task is cancelled.
    @inlinable
    public func wait(
        on queue: WaiterPlace<Void>,
        unless isDone: @Sendable (borrowing Value) -> Bool
    ) async {
        await wait(on: queue, whenCancelled: ()) { value in isDone(value) ? () : nil }
    }
}
