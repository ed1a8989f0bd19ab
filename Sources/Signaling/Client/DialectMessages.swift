/// The messages a ``DialectClient`` receives, in order.
///
/// It ends when the client closes, and throws when the connection breaks or the server closes it:
/// the error then holds the server's close code, and its text the last error that the server told.
/// While nobody reads, a bounded number of messages is kept and the connection is not read.
///
/// One task reads at a time: a second one that comes while the first waits gets the error
/// `.invalidState`, and the first goes on. Each ``PeerSignaling`` of the client is a reader of its
/// own, and takes what its peer sends. While there is one, the connection is read whether the
/// application reads or not: what it does not read is kept up to the bound, the newest of it.
public struct DialectMessages<Dialect: ClientDialect>: AsyncSequence, Sendable {
    /// A message of the dialect.
    public typealias Element = Dialect.Message
    /// Why the connection ended.
    public typealias Failure = SignalingError

    let inbox: ClientInbox<Dialect.Message, SignalingError>

    static func inbox(_ configuration: SignalingClientConfiguration) -> ClientInbox<Dialect.Message, SignalingError> {
        ClientInbox(
            configuration, size: Dialect.size, key: Dialect.key, news: { .heard(Dialect.news(in: $0)) },
            secondReader: .failure(
                SignalingError(
                    .invalidState,
                    "another task reads the messages of this client; one does at a time, and a PeerSignaling beside it"
                )))
    }

    /// An iterator; all iterators share the messages.
    public func makeAsyncIterator() -> Iterator { Iterator(inbox: inbox) }

    /// Reads the messages.
    public struct Iterator: AsyncIteratorProtocol {
        let inbox: ClientInbox<Dialect.Message, SignalingError>

        /// The next message; nil when the client was closed or the task cancelled.
        public mutating func next() async throws(SignalingError) -> Dialect.Message? { try await inbox.next() }

        /// The next message; nil when the client was closed or the task cancelled.
        public mutating func next(
            isolation actor: isolated (any Actor)?
        ) async throws(SignalingError) -> Dialect.Message? {
            try await inbox.next()
        }
    }
}
