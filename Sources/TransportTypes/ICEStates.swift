/// Who decides which pair is used: RFC 8445 §6.1.1.
public enum ICERole: String, Hashable, Sendable {
    /// Nominates; usually the offerer.
    case controlling
    /// Follows.
    case controlled
}

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

/// The W3C's RTCIceGathererState.
public enum ICEGatheringState: String, Hashable, Sendable {
    /// Not started.
    case new
    /// Candidates are being collected.
    case gathering
    /// No further candidate will come.
    case complete
}
