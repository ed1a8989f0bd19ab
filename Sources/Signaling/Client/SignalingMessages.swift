internal import AsyncQueues

/// The messages a ``SignalingClient`` receives, in order.
///
/// It ends when the client closes, and throws when the connection breaks or the server closes it:
/// the error then holds the server's close code. While nobody reads, a bounded number of messages
/// is kept and the connection is not read. One task reads at a time.
public struct SignalingMessages: AsyncSequence, Sendable {
    /// A message of the mesh dialect.
    public typealias Element = MeshMessage
    /// Why the connection ended.
    public typealias Failure = SignalingError

    let inbox: AsyncQueue<MeshMessage, SignalingError>

    /// An iterator; all iterators share the messages.
    public func makeAsyncIterator() -> Iterator { Iterator(inbox: inbox) }

    /// Reads the messages.
    public struct Iterator: AsyncIteratorProtocol {
        let inbox: AsyncQueue<MeshMessage, SignalingError>

        /// The next message; nil when the client was closed or the task cancelled.
        public mutating func next() async throws(SignalingError) -> MeshMessage? { try await inbox.next() }

        /// The next message; nil when the client was closed or the task cancelled.
        public mutating func next(
            isolation actor: isolated (any Actor)?
        ) async throws(SignalingError) -> MeshMessage? {
            try await inbox.next()
        }
    }
}
