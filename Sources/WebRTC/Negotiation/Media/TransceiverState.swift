/// What the application wants of a transceiver. One value, taken over whole.
struct TransceiverWish: Sendable, Hashable {
    var direction: TransceiverDirection
    var isStopping = false
    /// Empty for the codecs of this library, in its order.
    var codecPreferences: [RTPCodec] = []
    /// The ids of the streams that the sent track belongs to.
    var streams: [String] = []
}

/// A transceiver as the negotiation sees it (RFC 9429 §3.4.1).
struct TransceiverState: Sendable, Hashable {
    /// What descriptions have said of a transceiver; a rollback takes it back.
    struct Negotiated: Sendable, Hashable {
        /// The section's identification tag, once it is part of a description that was set.
        var mid: String?
        var currentDirection: TransceiverDirection?
        /// The direction that the application was last told of by events: W3C `[[FiredDirection]]`.
        var firedDirection: TransceiverDirection?
        /// The streams that the received track belongs to.
        var remoteStreams: [String] = []
    }

    /// Unique within the connection.
    let id: Int
    let kind: MediaKind

    /// What the application wants; nothing but the application changes it.
    var wish: TransceiverWish
    /// A description has refused its section: nothing brings it back, not even a rollback (W3C §4.4.1.5).
    var isStopped = false
    /// The second part of `a=msid`, the same for the life of the sender.
    let senderID: String

    /// Whether `addTrack` has made it: only such a one is matched to a section of the peer's (RFC 9429 §5.10).
    var isMadeByAddTrack = false
    /// Whether `addTrack` was ever used on it: then it survives a rollback.
    var hadTrackAdded = false
    /// Whether it has ever sent: `addTrack` then leaves it alone (W3C §5.1).
    var hasSent = false
    /// Made for an offer of the peer's that is not answered yet.
    var isOfPendingOffer = false

    var negotiated = Negotiated()
    /// As it was in the last stable state.
    var stable = Negotiated()

    var mid: String? { negotiated.mid }
    /// Whether it is over, or will be with the next round.
    var isStopping: Bool { wish.isStopping || isStopped }

    /// What descriptions may say of it: nothing goes either way once it is stopping (W3C §5.4 `stop`).
    var possibleDirection: TransceiverDirection { isStopping ? .inactive : wish.direction }
}
