internal import NIOCore

/// What a ``ServerSocket`` has its connection do, which is on another event loop.
enum SocketOrder: Sendable {
    /// Send a frame; the time is that of a message's arrival, where it is timed.
    case write(ByteBuffer, isMessage: Bool, since: NIODeadline?)
    /// Send a close frame, the last one, and close our half behind it if that is wanted.
    case sayClose(ByteBuffer, closesOutput: Bool)
    /// Keep nothing of what comes.
    case keepNothing
    /// Read on, if that was put off.
    case readOn
}
