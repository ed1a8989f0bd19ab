internal import TransportTypes

/// How the transport's state follows from what is known: the W3C's RTCIceTransportState. Pure.
///
/// libnice's GATHERING changes nothing, so a transport stays `new` until there is something to
/// check, and keeps its old pair during a restart. CONNECTED there means a valid pair; it counts
/// once a pair is selected, because only then can anything be sent.
struct TransportStatus {
    /// As it was reported last.
    private(set) var state = ICETransportState.new

    /// What there is to send on.
    private enum Pair {
        case none
        /// Checks are made, and none is selected.
        case checking
        /// The same, while the one from before is still there.
        case replacing
        case selected
    }
    private var pair = Pair.none

    /// What is known of that. Apart from ``Pair``, for a pair that has failed may yet work again.
    private enum Health {
        case sound(isSilent: Bool)
        case failed
        /// Consent has expired: only a restart helps, whatever libnice says of the pair (RFC 7675
        /// §5.1).
        case expired
    }
    private var health = Health.sound(isSilent: false)

    /// A restart, until a pair is selected or its checks have failed. It may begin whatever the
    /// pair is.
    private enum Restart { case none, begun, checking }
    private var restarting = Restart.none
    var isRestarting: Bool { restarting != .none }

    // What the two ends have told each other, which is independent of what has come of it.
    var isGathered = false
    /// This end has something to offer, or may yet have.
    var hasCandidates = true
    var hasRemoteEnded = false

    /// Consent is overdue, but has not expired. Means nothing for a pair that has failed.
    var isSilent: Bool {
        get { if case .sound(isSilent: true) = health { true } else { false } }
        set { if isSound { health = .sound(isSilent: newValue) } }
    }

    private var isSound: Bool { if case .sound = health { true } else { false } }

    private var hasExpired: Bool { if case .expired = health { true } else { false } }

    /// A pair may be used: the selected one, or during a restart the one from before (RFC 8445 §9).
    var isUsable: Bool {
        (pair == .selected || pair == .replacing) && isSound && !isHopeless && state != .closed
    }

    /// A pair of the present generation is selected.
    var isSelected: Bool { pair == .selected && isUsable }

    /// Both ends have said all they have, and this one has nothing: no check can be made (W3C
    /// `RTCIceTransportState.failed`).
    private var isHopeless: Bool { isGathered && !hasCandidates && hasRemoteEnded }

    /// Both ends have said all they have, and nothing of it works: that is the end until ICE is
    /// restarted, although libnice goes on when a late check of the peer comes (W3C
    /// `RTCIceTransportState.failed`).
    private var isFinal: Bool { state == .failed && hasRemoteEnded && isGathered && !isRestarting }

    mutating func apply(_ native: NativeAgent.State) {
        guard !isFinal, !hasExpired || isRestarting else { return }
        switch native {
        case .gathering: return
        case .connecting:
            if isRestarting { restarting = .checking }
            pair = pair == .selected || pair == .replacing ? .replacing : .checking
            health = .sound(isSilent: false)
        case .connected, .ready:
            if pair == .none { pair = .checking }
            health = .sound(isSilent: false)
        case .failed:
            if !hasExpired { health = .failed }
            // Before it checks, a restart can only have been told of the pair before it.
            if restarting == .checking { restarting = .none }
        }
    }

    /// Consent has expired on the pair in use, during a restart the one from before.
    mutating func expire() { health = .expired }

    mutating func select() {
        pair = .selected
        restarting = .none
    }

    mutating func restart() {
        restarting = .begun
        isGathered = false
        hasRemoteEnded = false
    }

    mutating func close() { state = .closed }

    /// Recomputes the state; the new one if it has changed. To be called until it is nil: nobody
    /// becomes `completed` without having been `connected`.
    mutating func update() -> ICETransportState? {
        guard state != .closed else { return nil }
        let isOver = isGathered && hasRemoteEnded && (state == .connected || state == .completed)
        let next: ICETransportState
        if !isSound || isHopeless {
            next = .failed
        } else {
            next =
                switch pair {
                case .none: .new
                case .checking, .replacing: .checking
                case .selected: isSilent ? .disconnected : isOver ? .completed : .connected
                }
        }
        guard next != state else { return nil }
        state = next
        return next
    }
}
