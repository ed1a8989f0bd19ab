internal import AsyncQueues
public import JSEP
internal import Logging
internal import NetworkLoop
internal import Synchronization

// W3C §5.1: tracks and transceivers.
extension PeerConnection: TransceiverOwner {
    /// The transceivers that are not over, in the order of their making. W3C `getTransceivers`.
    public nonisolated var transceivers: [RTPTransceiver] { snapshot.read(\.transceivers) }
    /// Their senders. W3C `getSenders`.
    public nonisolated var senders: [RTPSender] { transceivers.map(\.sender) }
    /// Their receivers. W3C `getReceivers`.
    public nonisolated var receivers: [RTPReceiver] { transceivers.map(\.receiver) }
    /// The tracks that the peer begins to send. The first subscription gets all from the start;
    /// 1,024 wait for a reader, and then the oldest are lost (``EventSequence/lost``). W3C `track`.
    public nonisolated var tracks: EventSequence<TrackEvent> { snapshot.tracks.events() }

    /// Makes a transceiver that nothing is sent with yet; the next offer has a section for it. W3C
    /// `addTransceiver`.
    ///
    /// - Throws: `InvalidStateError` if the connection is closed, `TypeError` for the direction
    ///   `stopped` and for rids that are not names, `RangeError` for an encoding's value out of its
    ///   range.
    @discardableResult
    public func addTransceiver(
        _ kind: MediaKind, options: TransceiverOptions = TransceiverOptions()
    ) throws(WebRTCError) -> RTPTransceiver {
        try addTransceiver(kind, track: nil, options)
    }

    /// Makes a transceiver that sends this track, whether it is sent already or not. W3C
    /// `addTransceiver`.
    ///
    /// - Throws: `InvalidStateError` if the connection is closed, `TypeError` for the direction
    ///   `stopped` and for rids that are not names, `RangeError` for an encoding's value out of its
    ///   range.
    @discardableResult
    public func addTransceiver(
        sending track: MediaStreamTrack, options: TransceiverOptions = TransceiverOptions()
    ) throws(WebRTCError) -> RTPTransceiver {
        try addTransceiver(track.kind, track: track, options)
    }

    private func addTransceiver(
        _ kind: MediaKind, track: MediaStreamTrack?, _ options: TransceiverOptions
    ) throws(WebRTCError) -> RTPTransceiver {
        try checkOpen("addTransceiver")
        guard options.direction != .stopped else {
            throw WebRTCError(.type, "addTransceiver: a transceiver cannot begin as stopped; choose another direction")
        }
        try RTPEncodingParameters.check(options.sendEncodings, kind, "addTransceiver")
        let id = try negotiation.addTransceiver(
            kind, direction: options.direction, streams: options.streams.map(\.id), senderID: track?.id,
            encodings: options.sendEncodings.map { EncodingWish(rid: $0.rid) })
        negotiation[transceiver: id]?.wish.receivedRIDs = options.receiveEncodings
        return try show(id, sending: track, wishes: options.sendEncodings, "addTransceiver")
    }

    /// Sends a track, with a free sender of its kind or a new one. W3C `addTrack`.
    ///
    /// - Throws: `InvalidStateError` if the connection is closed, `InvalidAccessError` if the track
    ///   is sent already.
    @discardableResult
    public func addTrack(_ track: MediaStreamTrack, streams: [MediaStream] = []) throws(WebRTCError) -> RTPSender {
        try checkOpen("addTrack")
        let all = transceivers
        guard !all.contains(where: { $0.sender.track === track }) else {
            throw WebRTCError(
                .invalidAccess, "addTrack: this track is sent already; addTransceiver sends it a second time")
        }
        let streams = streams.map(\.id).uniqued()
        guard let free = all.first(where: { isFree($0, for: track) }) else {
            let id = negotiation.addTrackTransceiver(track.kind, streams: streams, senderID: track.id)
            return try show(id, sending: track, "addTrack").sender
        }
        free.core.change { values in
            values.track = track
            values.wish.streams = streams
            values.wish.direction = TransceiverDirection(sends: true, receives: values.wish.direction.receives)
        }
        negotiation[transceiver: free.core.id]?.hadTrackAdded = true
        return free.sender
    }

    /// Ends sending with this sender, which stays for another track. W3C `removeTrack`.
    ///
    /// - Throws: `InvalidStateError` if the connection is closed, `InvalidAccessError` for another
    ///   connection's sender.
    public func removeTrack(_ sender: RTPSender) throws(WebRTCError) {
        try checkOpen("removeTrack")
        guard sender.core.connection === self else {
            throw WebRTCError(.invalidAccess, "removeTrack: the sender belongs to another connection")
        }
        guard sender.track != nil, !sender.core.read(\.wish.isStopping) else { return }
        sender.core.change { values in
            values.track = nil
            values.wish.direction = TransceiverDirection(sends: false, receives: values.wish.direction.receives)
        }
    }

    /// A sender that has no track and has never been used to send (W3C §5.1 `addTrack`).
    private func isFree(_ transceiver: RTPTransceiver, for track: MediaStreamTrack) -> Bool {
        transceiver.kind == track.kind && transceiver.sender.track == nil && transceiver.direction != .stopped
            && negotiation[transceiver: transceiver.core.id]?.hasSent == false
    }

    private func show(
        _ id: Int, sending track: MediaStreamTrack?, wishes: [RTPEncodingParameters] = [], _ operation: String
    ) throws(WebRTCError) -> RTPTransceiver {
        guard let state = negotiation[transceiver: id] else { throw .closed(operation) }
        let transceiver = RTPTransceiver(TransceiverCore(state, track: track, wishes: wishes, of: self))
        snapshot.values.withLock { values in
            if !values.isClosed { values.transceivers.append(transceiver) }
        }
        try checkOpen(operation)
        updateNegotiationNeeded()
        return transceiver
    }

    // MARK: Between the objects and the negotiation

    /// Whether ``close()`` was called.
    nonisolated var isClosed: Bool { snapshot.read(\.isClosed) }

    /// What the application wants has changed, on whatever thread.
    nonisolated func mediaDidChange() {
        loop.post { [weak self] in
            self?.assumeIsolated { connection in
                guard !connection.isClosed else { return }
                connection.updateNegotiationNeeded()
            }
        }
    }

    nonisolated func mediaHasWork() { port.wake() }

    nonisolated var mediaTime: Duration { loop.now }

    func sources(of core: TransceiverCore, isMixed: Bool) -> [RTPContributingSource] {
        guard let mid = core.read(\.mid) else { return [] }
        return transports.flatMap { $0.media?.sources(of: mid, isMixed: isMixed) ?? [] }
    }

    /// The negotiation with what the application wants now.
    var currentNegotiation: Negotiation {
        var negotiation = negotiation
        for transceiver in transceivers {
            let wish = transceiver.core.read(\.wish)
            negotiation[transceiver: transceiver.core.id]?.wish = wish
        }
        return negotiation
    }
}
