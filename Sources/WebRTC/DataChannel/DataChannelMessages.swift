internal import Synchronization

extension DataChannel {
    /// What the peer sends. A slow reader closes the peer's window, so memory stays bounded; nothing is dropped.
    ///
    /// It ends when the channel is closed and everything that arrived was read; it throws if the channel failed.
    /// Several readers share the messages between them. Not reading at all stops the peer once
    /// ``PeerConnection/Configuration/receiveBufferLimit`` bytes wait here; all channels of a connection share the peer's window.
    public var messages: DataChannelMessages { DataChannelMessages(channel: self) }

    /// The next message; nil at the end, or when the task is cancelled.
    func nextMessage() async throws(WebRTCError) -> DataChannelMessage? {
        if let message = popMessage() { return message }
        let id = core.withLock { $0.readers.makeID() }
        let message = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let (immediate, opensWindow) = core.withLock { core -> (DataChannelMessage??, Bool) in
                    let (message, opensWindow) = core.popMessage()
                    if let message { return (.some(message), opensWindow) }
                    if Task.isCancelled || core.readyState == .closed { return (.some(nil), opensWindow) }
                    core.readers.add(continuation, id: id)
                    return (.none, opensWindow)
                }
                if opensWindow { port.resumeReading() }
                if let immediate { continuation.resume(returning: immediate) }
            }
        } onCancel: {
            core.withLock { $0.readers.remove(id) }?.resume(returning: nil)
        }
        if message == nil, let error { throw error }
        return message
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

        /// The next message; nil when the channel is closed and all was read, or the task was cancelled.
        public mutating func next() async throws(WebRTCError) -> DataChannelMessage? {
            try await channel.nextMessage()
        }

        /// The next message; nil when the channel is closed and all was read, or the task was cancelled.
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
