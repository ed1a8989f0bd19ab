/// The W3C's RTCIceTransportState.
public enum ICETransportState: String, Hashable, Sendable {
    /// Nothing to check yet.
    case new
    /// Checks are running and no pair is usable yet.
    case checking
    /// A pair is usable.
    case connected
    /// A pair is usable, gathering is over and the peer has no more candidates.
    case completed
    /// The peer has fallen silent; it may come back.
    case disconnected
    /// No pair works, or consent has expired; only a restart helps.
    case failed
    /// Closed by this end.
    case closed
}
