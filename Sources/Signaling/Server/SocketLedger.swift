/// What the two ends of one socket know of each other, where they are on different event loops. May
/// be used from any thread; each count is added to on one side only.
final class SocketLedger: Sendable {
    /// The ``SocketNews/Read/weight`` of what the hub has taken.
    let taken = CrossingCount()
    /// The bytes of frames that the connection has written.
    let writtenBytes = CrossingCount()
    /// How many of these frames were messages.
    let writtenMessages = CrossingCount()
}
