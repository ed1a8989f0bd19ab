internal import AsyncQueues
public import SharedState

/// The changes of the map, from the moment on at which somebody begins to read them; each iteration
/// has all, those made here included. They end when the node has stopped.
///
/// Who reads slower than keys change misses older changes of a key, never the last.
extension SharedMap: AsyncSequence {
    public typealias Element = StateChange
    public typealias Failure = Never

    /// Reads changes.
    public struct AsyncIterator: AsyncIteratorProtocol {
        let subscription: EventSource<StateChange>.Subscription

        /// The next change; nil when the node has stopped or the task was cancelled.
        public mutating func next() async -> StateChange? { await subscription.next() }

        /// The next change; nil when the node has stopped or the task was cancelled.
        public mutating func next(isolation actor: isolated (any Actor)?) async throws(Never) -> StateChange? {
            await subscription.next()
        }
    }

    /// Starts reading.
    public func makeAsyncIterator() -> AsyncIterator { AsyncIterator(subscription: changes.subscribe()) }

    /// Pairs of writes of which neither writer had seen the other's, from now on: what was kept,
    /// and what has lost. The 256 latest wait for a reader.
    public var conflicts: StateConflicts { StateConflicts(subscription: conflictSource.subscribe()) }
}
