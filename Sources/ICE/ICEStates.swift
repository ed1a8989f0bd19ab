/// Who decides which pair is used: RFC 8445 §6.1.1.
public enum ICERole: String, Hashable, Sendable {
    /// Nominates; usually the offerer.
    case controlling
    /// Follows.
    case controlled
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
