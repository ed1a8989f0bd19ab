/// What the application wants of a transceiver. One value, taken over whole.
package struct TransceiverWish: Sendable, Hashable {
    package var direction: TransceiverDirection
    package var isStopping = false
    /// Empty for the codecs of this library, in its order.
    package var codecPreferences: [RTPCodec] = []
    /// The ids of the streams that the sent track belongs to.
    package var streams: [String] = []
    /// The encodings that the peer is asked to send, where there are several, in the order of
    /// preference; names as in ``EncodingWish``. What was agreed on goes before that.
    package var receivedRIDs: [String] = []
}

/// A transceiver as the negotiation sees it (RFC 9429 §3.4.1).
package struct TransceiverState: Sendable, Hashable {
    /// What descriptions have said of a transceiver; a rollback takes it back.
    package struct Negotiated: Sendable, Hashable {
        /// The section's identification tag, once it is part of a description that was set.
        package var mid: String?
        package var currentDirection: TransceiverDirection?
        /// The direction that the application was last told of by events: W3C `[[FiredDirection]]`.
        package var firedDirection: TransceiverDirection?
        /// The streams that the received track belongs to.
        package var remoteStreams: [String] = []
        /// What the sender sends: W3C `[[SendEncodings]]`.
        package var encodings: [SendEncoding] = []
        /// The encodings in which the peer may send its track, if there are several.
        package var receivedRIDs: [String] = []
    }

    /// Unique within the connection.
    package let id: Int
    package let kind: MediaKind

    /// What the application wants; nothing but the application changes it.
    package var wish: TransceiverWish
    /// A description has refused its section: nothing brings it back, not even a rollback (W3C
    /// §4.4.1.5).
    package var isStopped = false
    /// The second part of `a=msid`, the same for the life of the sender.
    package let senderID: String

    /// Whether `addTrack` has made it: only such a one is matched to a section of the peer's (RFC
    /// 9429 §5.10).
    package var isMadeByAddTrack = false
    /// Whether `addTrack` was ever used on it: then it survives a rollback.
    package var hadTrackAdded = false
    /// Whether it has ever sent: `addTrack` then leaves it alone (W3C §5.1).
    package var hasSent = false
    /// Made for an offer of the peer's that is not answered yet.
    package var isOfPendingOffer = false

    package var negotiated = Negotiated()
    /// As it was in the last stable state.
    package var stable = Negotiated()

    package var mid: String? { negotiated.mid }
    /// What the sender sends, from its making on; never none before the transceiver is over.
    package var encodings: [SendEncoding] { negotiated.encodings }
    /// The encodings in which the peer may send its track, as agreed on or else as wished.
    var offeredReceivedRIDs: [String] {
        guard kind == .video, wish.direction.receives else { return [] }
        let wished = wish.receivedRIDs.filter(EncodingWish.isName).uniqued().prefix(kind.maximumEncodings)
        return negotiated.receivedRIDs.isEmpty ? Array(wished) : negotiated.receivedRIDs
    }
    /// Whether it is over, or will be with the next round.
    package var isStopping: Bool { wish.isStopping || isStopped }

    /// What descriptions may say of it: nothing goes either way once it is stopping (W3C §5.4
    /// `stop`).
    package var possibleDirection: TransceiverDirection { isStopping ? .inactive : wish.direction }
}
