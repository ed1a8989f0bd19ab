internal import SDP

// Which way media goes, and what comes of it.
extension Negotiation {
    // MARK: Answers

    /// An answer, also a provisional one, says which way media goes.
    mutating func applyMedia(ofAnswer answer: AppliedDescription, on side: SignalingState.Side) {
        for (place, media) in answer.document.media.enumerated() {
            guard let mid = media.mid, let index = transceivers.firstIndex(where: { $0.mid == mid }) else { continue }
            guard !media.isRejected else {
                stop(at: index)
                continue
            }
            let written = TransceiverDirection(answer.document.direction(of: media))
            let direction = side == .local ? written : written.reversed
            if side == .remote {
                follow(direction, of: media, at: index)
            } else {
                if !direction.receives { loseTrack(at: index) }
                transceivers[index].negotiated.firedDirection = direction
            }
            transceivers[index].negotiated.currentDirection = direction
            if direction.sends { transceivers[index].hasSent = true }
            settleEncodings(of: index, by: answer, section: place, on: side)
        }
    }

    /// The exchange is complete: what was refused or stopped is over, and the rest holds.
    mutating func settleMedia(_ answer: AppliedDescription) {
        for index in transceivers.indices {
            transceivers[index].isOfPendingOffer = false
            let isOver =
                transceivers[index].mid.map { !answer.isOpen($0) } ?? transceivers[index].isStopping
            if isOver { end(at: index) }
            transceivers[index].stable = transceivers[index].negotiated
        }
        transceivers.removeAll { $0.isStopping && $0.mid == nil }
    }

    // MARK: What the peer sends

    /// W3C §5.1.1 "process remote tracks": tells of a track that comes or goes, and of its streams.
    mutating func follow(_ direction: TransceiverDirection, of media: MediaDescription, at index: Int) {
        let id = transceivers[index].id
        let wasReceiving = transceivers[index].negotiated.firedDirection?.receives == true
        if direction.receives {
            let streams = remoteStreams(of: media)
            if streams != transceivers[index].negotiated.remoteStreams {
                transceivers[index].negotiated.remoteStreams = streams
                events.append(.streams(transceiver: id, ids: streams))
            }
            if !wasReceiving { events.append(.track(transceiver: id, streams: streams)) }
        } else {
            loseTrack(at: index)
        }
        transceivers[index].negotiated.firedDirection = direction
    }

    mutating func loseTrack(at index: Int) {
        let id = transceivers[index].id
        guard transceivers[index].negotiated.firedDirection?.receives == true else { return }
        if !transceivers[index].negotiated.remoteStreams.isEmpty {
            transceivers[index].negotiated.remoteStreams = []
            events.append(.streams(transceiver: id, ids: []))
        }
        events.append(.muted(transceiver: id))
    }

    /// W3C §5.4 "stop the RTCRtpTransceiver".
    mutating func stop(at index: Int) {
        guard !transceivers[index].isStopped else { return }
        loseTrack(at: index)
        transceivers[index].negotiated.firedDirection = .inactive
        transceivers[index].isStopped = true
        events.append(.stopped(transceiver: transceivers[index].id))
    }

    mutating func end(at index: Int) {
        stop(at: index)
        transceivers[index].negotiated = TransceiverState.Negotiated()
        events.append(.removed(transceiver: transceivers[index].id))
    }

    /// How many streams a track may be of; more are not sent by anybody with good intentions.
    private static let maximumStreams = 16

    /// The streams that a section names; the tracks of a peer that knows no streams are all of one,
    /// so that what belongs together can be played together.
    private func remoteStreams(of media: MediaDescription) -> [String] {
        let named = media.msids.map(\.streamID)
        let knowsStreams = remote?.namesStreams ?? false
        guard !named.isEmpty || knowsStreams else { return [unnamedStream] }
        return Array(named.filter { $0 != "-" }.uniqued().prefix(Self.maximumStreams))
    }
}
