internal import SDP

/// The descriptions of a connection that are set, with the candidates that have come since.
struct Descriptions: Sendable {
    var currentLocal: AppliedDescription?
    var pendingLocal: AppliedDescription?
    var currentRemote: AppliedDescription?
    var pendingRemote: AppliedDescription?

    /// The newest of each side.
    var local: AppliedDescription? { pendingLocal ?? currentLocal }
    var remote: AppliedDescription? { pendingRemote ?? currentRemote }

    /// W3C `canTrickleIceCandidates`.
    var canTrickle: Bool? {
        guard let remote else { return nil }
        return remote.document.iceOptions.contains("trickle")
            || remote.document.media.contains { $0.iceOptions.contains("trickle") }
    }
}
