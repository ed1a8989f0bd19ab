internal import AsyncQueues

/// The events of one kind, in the order in which they happen. Each is a subscription of its own:
/// two of them both see every event. It ends when the object that it belongs to is closed, once
/// what has happened until then is read.
///
/// Events wait for their reader, a bounded number of them: of states, and of what only informs, the
/// oldest are lost then (``lost``), and of tracks beyond 1,024. Candidates and channels never are.
public struct EventSequence<Element: Sendable>: AsyncSequence, Sendable {
    public typealias Failure = Never

    private let subscription: EventSource<Element>.Subscription

    init(_ subscription: EventSource<Element>.Subscription) {
        self.subscription = subscription
    }

    /// How many events were lost because nobody read them. From any thread.
    public var lost: Int { subscription.lost }

    /// Reads one subscription; several iterators share its events between them.
    public struct AsyncIterator: AsyncIteratorProtocol {
        fileprivate let subscription: EventSource<Element>.Subscription

        /// The next event, or nil when there will be no more or the task was cancelled.
        public mutating func next() async -> Element? {
            await subscription.next()
        }

        /// The next event, or nil when there will be no more or the task was cancelled.
        public mutating func next(isolation actor: isolated (any Actor)?) async throws(Never) -> Element? {
            await subscription.next()
        }
    }

    /// Starts reading.
    public func makeAsyncIterator() -> AsyncIterator {
        AsyncIterator(subscription: subscription)
    }
}

extension EventSource {
    /// A new subscription, for the application.
    func events() -> EventSequence<Element> { EventSequence(subscribe()) }
}
