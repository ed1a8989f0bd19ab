/// What setting a description has done; the connection turns it into events of its objects.
package enum NegotiationEvent: Sendable, Hashable {
    /// The exchange has reached this state, maybe on its way to another.
    case signalingState(SignalingState)
    /// The section that spoke for a transport is stopped, and others go on with it (RFC 9143 §7.4).
    case tagLost(transport: Int)
    /// The track that a transceiver receives belongs to these streams now.
    case streams(transceiver: Int, ids: [String])
    /// A track has come, with these streams.
    case track(transceiver: Int, streams: [String])
    /// A track has gone, though it may come again.
    case muted(transceiver: Int)
    /// A transceiver is over, though listed until the exchange is complete.
    case stopped(transceiver: Int)
    /// A transceiver is over and no longer listed.
    case removed(transceiver: Int)
}
