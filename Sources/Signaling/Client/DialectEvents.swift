internal import Logging

/// The events of a ``ReconnectingDialectClient``, in order; ends after
/// ``ReconnectingDialectClient/close()``.
///
/// One task reads at a time: for a second one that comes while the first waits they end at
/// once, and the log has a warning. What a peer sends that has a ``PeerSignaling`` goes to
/// that instead; while there is one, events that nobody reads are kept up to the bound, the
/// newest of them, and otherwise the connection waits for their reader.
public struct DialectEvents<Dialect: ClientDialect>: AsyncSequence, Sendable {
    /// An event.
    public typealias Element = ReconnectingDialectClient<Dialect>.Event
    /// The sequence never fails.
    public typealias Failure = Never

    let inbox: ClientInbox<Element, Never>
    let logger: Logger

    static func inbox(
        _ configuration: SignalingClientConfiguration, losesOldest: Bool = false
    ) -> ClientInbox<Element, Never> {
        ClientInbox(
            configuration, losesOldest: losesOldest, size: \.size, key: Dialect.key, news: \.news,
            secondReader: .success(nil))
    }

    /// An iterator; all iterators share the events.
    public func makeAsyncIterator() -> Iterator { Iterator(inbox: inbox, logger: logger) }

    /// Reads the events.
    public struct Iterator: AsyncIteratorProtocol {
        let inbox: ClientInbox<Element, Never>
        let logger: Logger

        /// The next event; nil at the end or when the task is cancelled.
        public mutating func next() async -> Element? { await next(isolation: nil) }

        /// The next event; nil at the end or when the task is cancelled.
        public mutating func next(isolation actor: isolated (any Actor)?) async -> Element? {
            if inbox.isBeingRead {
                logger.warning("another task reads the events of this client; this one gets none")
            }
            return await inbox.next()
        }
    }
}
