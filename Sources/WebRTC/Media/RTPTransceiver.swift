public import JSEP
internal import Synchronization

/// A sender and a receiver that share a media section. W3C `RTCRtpTransceiver` §5.4. Usable from
/// any thread.
public final class RTPTransceiver: Sendable {
    /// Sends to the peer.
    public let sender: RTPSender
    /// Receives from the peer.
    public let receiver: RTPReceiver
    let core: TransceiverCore

    init(_ core: TransceiverCore) {
        self.core = core
        sender = RTPSender(core)
        receiver = RTPReceiver(core)
    }

    /// Sound or pictures.
    public var kind: MediaKind { core.kind }
    /// The identification tag of the section; nil before a description that has it was set.
    public var mid: String? { core.read(\.mid) }
    /// Which way media may go, as the application wants it.
    public var direction: TransceiverDirection {
        core.values.withLock { $0.wish.isStopping ? .stopped : $0.wish.direction }
    }
    /// Which way media goes, as both sides have agreed; nil before that.
    public var currentDirection: TransceiverDirection? { core.read(\.currentDirection) }

    /// Changes which way media may go. ``direction`` shows it at once; media goes as before until
    /// the next offer and answer have said so (``currentDirection``). W3C `direction`.
    ///
    /// - Throws: `InvalidStateError` if the connection is closed or the transceiver stopped,
    ///   `TypeError` for `stopped`.
    public func setDirection(_ direction: TransceiverDirection) throws(WebRTCError) {
        try core.checkActive("setDirection")
        guard direction != .stopped else {
            throw WebRTCError(.type, "setDirection: a transceiver is stopped with stop()")
        }
        guard direction != core.read(\.wish.direction) else { return }
        core.change { $0.wish.direction = direction }
    }

    /// Ends sending and receiving for good: the next round of offer and answer frees the section.
    /// W3C `stop`.
    ///
    /// - Throws: `InvalidStateError` if the connection is closed.
    public func stop() throws(WebRTCError) {
        try core.checkOpen("stop")
        guard !core.read(\.wish.isStopping) else { return }
        core.change { $0.wish.isStopping = true }
        // Nothing more is sent, and the peer is told so (BYE), before anything is negotiated.
        core.outbox.setActive(false)
        core.connection?.mediaHasWork()
        receiver.track.end()
    }

    /// Chooses codecs and their order, for the descriptions to come. W3C `setCodecPreferences`.
    ///
    /// - Parameter codecs: some of ``RTPSender/capabilities(_:)``; none for all of them again.
    /// - Throws: `InvalidModificationError` for a codec that is not among them, or without one that
    ///   carries media; `InvalidStateError` if the connection is closed or the transceiver stopped.
    public func setCodecPreferences(_ codecs: [RTPCodec]) throws(WebRTCError) {
        try core.checkActive("setCodecPreferences")
        let preferences = try RTPCapabilities(kind).preferences(codecs)
        core.change { $0.wish.codecPreferences = preferences }
    }
}
