/// The W3C's RTCIceGathererState.
public enum ICEGatheringState: String, Hashable, Sendable {
    /// Not started.
    case new
    /// Candidates are being collected.
    case gathering
    /// No further candidate will come.
    case complete
}
