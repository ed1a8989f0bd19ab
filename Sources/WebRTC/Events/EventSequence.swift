/// The events of one kind, in the order in which they happen. Each is a subscription of its own: two readers both see
/// every event. It ends when the object that it belongs to is closed.
public struct EventSequence<Element: Sendable>: AsyncSequence, Sendable {
    public typealias Failure = Never

    let stream: AsyncStream<Element>

    /// Reads one subscription; use one iterator at a time.
    public struct AsyncIterator: AsyncIteratorProtocol {
        var base: AsyncStream<Element>.AsyncIterator

        /// The next event, or nil when there will be no more or the task was cancelled.
        public mutating func next() async -> Element? {
            await base.next(isolation: #isolation)
        }

        /// The next event, or nil when there will be no more or the task was cancelled.
        public mutating func next(isolation actor: isolated (any Actor)?) async throws(Never) -> Element? {
            await base.next(isolation: actor)
        }
    }

    /// Starts reading.
    public func makeAsyncIterator() -> AsyncIterator {
        AsyncIterator(base: stream.makeAsyncIterator())
    }
}
