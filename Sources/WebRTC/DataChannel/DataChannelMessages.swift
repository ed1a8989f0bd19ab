internal import AsyncQueues
internal import Synchronization

extension DataChannel {
    /// What the peer sends. A slow reader closes the peer's window in the end, so memory stays
    /// bounded; nothing is dropped.
    ///
    /// It ends when the channel is closed and everything that arrived was read; it throws if the
    /// channel failed. Several readers share the messages between them. A channel that nobody reads
    /// is told of by ``PeerConnection/unreadChannels``, and holds up no other until all of a
    /// connection have ``PeerConnection/Configuration/unreadLimit`` bytes waiting: the window is
    /// that of all channels.
    public var messages: DataChannelMessages { DataChannelMessages(channel: self) }

    /// The next message; nil at the end, or when nothing waits and the task is cancelled.
    func nextMessage() async throws(WebRTCError) -> DataChannelMessage? {
        if let message = popMessage() { return message }
        let taken = await core.wait(on: { $1(&$0.readers) }, whenCancelled: .nothing) { $0.take() }
        if taken.hasRoomAgain { port.resumeReading() }
        return try taken.outcome.get()
    }

    /// Takes what is there, and opens the peer's window again once enough was taken.
    private func popMessage() -> DataChannelMessage? {
        let (message, opensWindow) = core.withLock { $0.popMessage() }
        if opensWindow { port.resumeReading() }
        return message
    }
}

/// The messages of one data channel, in the order of their arrival.
public struct DataChannelMessages: AsyncSequence, Sendable {
    public typealias Element = DataChannelMessage
    public typealias Failure = WebRTCError

    let channel: DataChannel

    /// Reads the channel.
    public struct AsyncIterator: AsyncIteratorProtocol {
        let channel: DataChannel

        /// The next message; nil when the channel is closed and all was read, or the task was
        /// cancelled.
        public mutating func next() async throws(WebRTCError) -> DataChannelMessage? {
            try await channel.nextMessage()
        }

        /// The next message; nil when the channel is closed and all was read, or the task was
        /// cancelled.
        public mutating func next(
            isolation actor: isolated (any Actor)?
        ) async throws(WebRTCError) -> DataChannelMessage? {
            try await channel.nextMessage()
        }
    }

    /// Starts reading.
    public func makeAsyncIterator() -> AsyncIterator {
        AsyncIterator(channel: channel)
    }
}
