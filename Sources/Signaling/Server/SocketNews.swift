internal import NIOCore

/// What a connection tells its ``ServerSocket``, which is on another event loop.
enum SocketNews: Sendable {
    /// What one read of a connection has brought.
    struct Read: Sendable {
        /// When it came.
        let time: NIODeadline
        /// The bytes on the WebSocket, frames and all.
        let bytes: Int
        let events: [SocketEvent]
        /// What is kept of an unfinished message now, in bytes.
        let held: Int
        /// The sum of its events'.
        let weight: Int
    }

    /// It has its end, and does what it is told from here on.
    case attached(NIOLoopBound<ServerSocketHandler>)
    case read(Read)
    /// What was waited for has been written.
    case written
    /// A message that came at the one time was handed over at the other.
    case delivered(since: NIODeadline, at: NIODeadline)
    /// It is gone, or of no use any more.
    case ended
}
