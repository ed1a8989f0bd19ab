internal import JSEP

/// A call that rings or goes on, at one end.
struct CallRecord: Sendable {
    /// What a negotiator says, and what stands beside it.
    struct Said: Sendable, Hashable {
        var payload: SignalingPayload
        var note: NegotiationNote?
    }

    enum Phase: Sendable {
        /// This end calls; whether the offer, with which it rings at the other, has been sent.
        case calling(isOffered: Bool)
        /// It rings here. What the negotiator says waits until the call is accepted.
        case ringing(held: [Said])
        /// Accepted; whether anything of the other end has come since.
        case accepted(hasHeard: Bool)
    }

    let peer: String
    let isOutgoing: Bool
    var phase: Phase
    /// When it has rung long enough.
    let deadline: Duration

    var isCalling: Bool { if case .calling = phase { true } else { false } }
    var isRinging: Bool { if case .ringing = phase { true } else { false } }
    var isAccepted: Bool { if case .accepted = phase { true } else { false } }
}
