internal import AsyncQueues

/// A subscription to a node's events, from the moment it was made; ends when the node has stopped.
///
/// Nothing is lost: when ``MeshConfiguration/eventLimit`` messages wait in it, the peers are not
/// read until some are taken, so a subscription that is held must be read. Changes of peers, leader
/// or state that nobody took are replaced by later ones. One task reads at a time.
public struct MeshEvents: AsyncSequence, Sendable {
    public typealias Element = MeshEvent
    public typealias Failure = Never

    let subscription: EventSource<MeshEvent>.Subscription

    /// Reads the subscription.
    public struct AsyncIterator: AsyncIteratorProtocol {
        let subscription: EventSource<MeshEvent>.Subscription

        /// The next event; nil when the node has stopped or the task was cancelled.
        public mutating func next() async -> MeshEvent? {
            await subscription.next()
        }

        /// The next event; nil when the node has stopped or the task was cancelled.
        public mutating func next(isolation actor: isolated (any Actor)?) async throws(Never) -> MeshEvent? {
            await subscription.next()
        }
    }

    /// Starts reading.
    public func makeAsyncIterator() -> AsyncIterator {
        AsyncIterator(subscription: subscription)
    }
}
