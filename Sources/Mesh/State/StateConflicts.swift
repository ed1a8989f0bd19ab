internal import AsyncQueues
public import SharedState

/// A subscription to ``SharedMap/conflicts``.
public struct StateConflicts: AsyncSequence, Sendable {
    public typealias Element = StateConflict
    public typealias Failure = Never

    let subscription: EventSource<StateConflict>.Subscription

    /// Reads the subscription.
    public struct AsyncIterator: AsyncIteratorProtocol {
        let subscription: EventSource<StateConflict>.Subscription

        /// The next conflict; nil when the node has stopped or the task was cancelled.
        public mutating func next() async -> StateConflict? { await subscription.next() }

        /// The next conflict; nil when the node has stopped or the task was cancelled.
        public mutating func next(isolation actor: isolated (any Actor)?) async throws(Never) -> StateConflict? {
            await subscription.next()
        }
    }

    /// Starts reading.
    public func makeAsyncIterator() -> AsyncIterator { AsyncIterator(subscription: subscription) }
}
