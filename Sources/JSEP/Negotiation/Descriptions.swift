internal import SDP

/// The descriptions of a connection that are set, with the candidates that have come since.
package struct Descriptions: Sendable {
    package let currentLocal: AppliedDescription?
    package let pendingLocal: AppliedDescription?
    package let currentRemote: AppliedDescription?
    package let pendingRemote: AppliedDescription?

    package init(
        currentLocal: AppliedDescription? = nil, pendingLocal: AppliedDescription? = nil,
        currentRemote: AppliedDescription? = nil, pendingRemote: AppliedDescription? = nil
    ) {
        (self.currentLocal, self.pendingLocal) = (currentLocal, pendingLocal)
        (self.currentRemote, self.pendingRemote) = (currentRemote, pendingRemote)
    }

    /// The newest of each side.
    package var local: AppliedDescription? { pendingLocal ?? currentLocal }
    package var remote: AppliedDescription? { pendingRemote ?? currentRemote }

    /// W3C `canTrickleIceCandidates`.
    package var canTrickle: Bool? {
        guard let remote else { return nil }
        return remote.document.iceOptions.contains("trickle")
            || remote.document.media.contains { $0.iceOptions.contains("trickle") }
    }
}
