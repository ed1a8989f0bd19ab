internal import TransportTypes

/// How the transport's state follows from what is known: the W3C's RTCIceTransportState. Pure.
///
/// libnice's GATHERING changes nothing, so a transport stays `new` until there is something to check, and keeps its old
/// pair during a restart. CONNECTED there means a valid pair; it counts once a pair is selected, because only then can
/// anything be sent.
struct TransportStatus {
    private(set) var state = ICETransportState.new
    private var isChecking = false
    private var hasPair = false
    /// A restart looks for a pair while the one from before is still there.
    private var isReplacing = false
    private var hasFailed = false
    /// Consent has expired: only a restart helps, whatever libnice says of the pair (RFC 7675 §5.1).
    private var hasExpired = false
    /// A restart, until a pair is selected or its checks have failed.
    private enum Restart { case none, begun, checking }
    private var phase = Restart.none
    var isRestarting: Bool { phase != .none }
    var isSilent = false
    var isGathered = false
    /// This end has something to offer, or may yet have.
    var hasCandidates = true
    var hasRemoteEnded = false

    /// A pair may be used: the selected one, or during a restart the one from before (RFC 8445 §9).
    var isUsable: Bool {
        (hasPair || isReplacing) && !hasFailed && !isHopeless && state != .closed
    }

    /// A pair of the present generation is selected.
    var isSelected: Bool { hasPair && isUsable }

    /// Both ends have said all they have, and this one has nothing: no check can be made (W3C `RTCIceTransportState.failed`).
    private var isHopeless: Bool { isGathered && !hasCandidates && hasRemoteEnded }

    /// Both ends have said all they have, and nothing of it works: that is the end until ICE is restarted, although libnice
    /// goes on when a late check of the peer comes (W3C `RTCIceTransportState.failed`).
    private var isFinal: Bool { state == .failed && hasRemoteEnded && isGathered && !isRestarting }

    mutating func apply(_ native: NativeAgent.State) {
        guard !isFinal, !hasExpired || isRestarting else { return }
        switch native {
        case .gathering: return
        case .connecting:
            if isRestarting { phase = .checking }
            isChecking = true
            isReplacing = hasPair || isReplacing
            hasPair = false
            hasFailed = false
            hasExpired = false
        case .connected, .ready:
            isChecking = true
            hasFailed = false
            hasExpired = false
        case .failed:
            hasFailed = true
            // Before it checks, a restart can only have been told of the pair before it.
            if phase == .checking { phase = .none }
        }
        isSilent = false
    }

    /// Consent has expired on the pair in use, during a restart the one from before.
    mutating func expire() {
        hasFailed = true
        hasExpired = true
        isSilent = false
    }

    mutating func select() {
        hasPair = true
        isReplacing = false
        phase = .none
    }

    mutating func restart() {
        phase = .begun
        isGathered = false
        hasRemoteEnded = false
    }

    mutating func close() { state = .closed }

    /// Recomputes the state; the new one if it has changed. To be called until it is nil: nobody becomes `completed`
    /// without having been `connected`.
    mutating func update() -> ICETransportState? {
        guard state != .closed else { return nil }
        let isOver = isGathered && hasRemoteEnded && (state == .connected || state == .completed)
        let next: ICETransportState
        if hasFailed || isHopeless {
            next = .failed
        } else if hasPair {
            next = isSilent ? .disconnected : isOver ? .completed : .connected
        } else {
            next = isChecking ? .checking : .new
        }
        guard next != state else { return nil }
        state = next
        return next
    }
}
