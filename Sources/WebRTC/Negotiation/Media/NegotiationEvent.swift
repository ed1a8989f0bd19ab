/// What setting a description has done to the media; the connection turns it into events of its objects.
enum NegotiationEvent: Sendable, Hashable {
    /// The track that a transceiver receives belongs to these streams now.
    case streams(transceiver: Int, ids: [String])
    /// A track has come.
    case track(transceiver: Int)
    /// A track has gone, though it may come again.
    case muted(transceiver: Int)
    /// A transceiver is over, though listed until the exchange is complete.
    case stopped(transceiver: Int)
    /// A transceiver is over and no longer listed.
    case removed(transceiver: Int)
}
