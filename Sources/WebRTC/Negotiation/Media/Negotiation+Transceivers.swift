internal import SDP

// Transceivers: made by the application, matched to sections, taken back and ended.
extension Negotiation {
    /// W3C `addTransceiver`: always a new one.
    @discardableResult
    mutating func addTransceiver(
        _ kind: MediaKind, direction: TransceiverDirection = .sendrecv, streams: [String] = [], senderID: String? = nil
    ) -> Int {
        var transceiver = makeTransceiver(kind, direction: direction, senderID: senderID)
        transceiver.streams = streams.uniqued()
        transceivers.append(transceiver)
        return transceiver.id
    }

    /// W3C `addTrack` where no sender of the kind is free: one that may be matched to a section of the peer's.
    @discardableResult
    mutating func addTrackTransceiver(_ kind: MediaKind, streams: [String] = [], senderID: String? = nil) -> Int {
        var transceiver = makeTransceiver(kind, direction: .sendrecv, senderID: senderID)
        transceiver.streams = streams.uniqued()
        transceiver.isMadeByAddTrack = true
        transceiver.hadTrackAdded = true
        transceivers.append(transceiver)
        return transceiver.id
    }

    /// The transceiver with this id, if it is not over.
    subscript(transceiver id: Int) -> TransceiverState? {
        get { transceivers.first { $0.id == id } }
        set {
            guard let newValue, let index = transceivers.firstIndex(where: { $0.id == id }) else { return }
            transceivers[index] = newValue
        }
    }

    private mutating func makeTransceiver(
        _ kind: MediaKind, direction: TransceiverDirection, senderID: String?
    ) -> TransceiverState {
        nextTransceiverID += 1
        return TransceiverState(
            id: nextTransceiverID, kind: kind, direction: direction, senderID: senderID ?? RandomID.make())
    }

    // MARK: Local descriptions

    /// A local offer was set: its sections belong to the transceivers that it was made for.
    mutating func associate(_ offer: Created) {
        disassociate(besides: [])
        for (mid, id) in offer.transceivers { self[transceiver: id]?.negotiated.mid = mid }
    }

    /// Tags that came with descriptions that are replaced now are void, but for these.
    mutating func disassociate(besides mids: Set<String>) {
        for index in transceivers.indices {
            guard let mid = transceivers[index].mid, mid != transceivers[index].stable.mid, !mids.contains(mid) else {
                continue
            }
            restore(index)
        }
        removeUnwanted()
    }

    // MARK: Remote offers

    /// RFC 9429 §5.10: finds or makes a transceiver for each section of the peer's offer.
    mutating func applyMedia(ofOffer offer: SDPDocument) {
        disassociate(besides: Set(offer.media.compactMap(\.mid)))
        for media in offer.media {
            guard let kind = MediaKind(media), let mid = media.mid else { continue }
            let direction = media.isRejected ? .inactive : TransceiverDirection(offer.direction(of: media)).reversed
            var known = transceivers.firstIndex { $0.mid == mid }
            if known == nil, media.isRejected { continue }
            if known == nil, direction.sends {
                known = transceivers.firstIndex { transceiver in
                    transceiver.kind == kind && transceiver.mid == nil && transceiver.isMadeByAddTrack
                        && !transceiver.isStopping
                }
            }
            if known == nil {
                var transceiver = makeTransceiver(kind, direction: .recvonly, senderID: nil)
                transceiver.isOfPendingOffer = true
                transceivers.append(transceiver)
            }
            let index = known ?? transceivers.count - 1
            transceivers[index].negotiated.mid = mid
            follow(direction, of: media, at: index)
        }
    }

    // MARK: Answers

    /// An answer, also a provisional one, says which way media goes.
    mutating func applyMedia(ofAnswer answer: AppliedDescription, on side: SignalingState.Side) {
        for media in answer.document.media {
            guard let mid = media.mid, answer.accepts(mid),
                let index = transceivers.firstIndex(where: { $0.mid == mid })
            else { continue }
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
        }
    }

    /// The exchange is complete: what was refused or stopped is over, and the rest holds.
    mutating func settleMedia(_ answer: AppliedDescription) {
        for index in transceivers.indices {
            transceivers[index].isOfPendingOffer = false
            let isOver = transceivers[index].mid.map { !answer.accepts($0) } ?? transceivers[index].isStopping
            if isOver { end(at: index) }
            transceivers[index].stable = transceivers[index].negotiated
        }
        transceivers.removeAll { $0.isStopping && $0.mid == nil }
        for media in answer.document.media where !media.isRejected {
            if let mid = media.mid, !answer.accepts(mid) { events.append(.unbundled(mid: mid)) }
        }
    }

    // MARK: Rollback

    /// W3C §4.4.1.6: what descriptions have said since the last stable state is void; what the application did stays.
    mutating func rollBackMedia() {
        for index in transceivers.indices { restore(index) }
        removeUnwanted()
    }

    private mutating func restore(_ index: Int) {
        let (before, now) = (transceivers[index].stable, transceivers[index].negotiated)
        transceivers[index].negotiated = before
        let id = transceivers[index].id
        if before.remoteStreams != now.remoteStreams {
            events.append(.streams(transceiver: id, ids: before.remoteStreams))
        }
        if now.firedDirection?.receives == true, before.firedDirection?.receives != true {
            events.append(.muted(transceiver: id))
        }
    }

    /// A transceiver that an offer of the peer's has brought goes with it, unless the application has given it a track.
    private mutating func removeUnwanted() {
        for index in transceivers.indices where transceivers[index].isOfPendingOffer && transceivers[index].mid == nil {
            if transceivers[index].hadTrackAdded {
                transceivers[index].isOfPendingOffer = false
                transceivers[index].isMadeByAddTrack = true
            } else {
                end(at: index)
            }
        }
        transceivers.removeAll { $0.isOfPendingOffer && $0.mid == nil }
    }

    // MARK: What the peer sends

    /// W3C §5.1.1 "process remote tracks": tells of a track that comes or goes, and of its streams.
    private mutating func follow(_ direction: TransceiverDirection, of media: MediaDescription, at index: Int) {
        let id = transceivers[index].id
        let wasReceiving = transceivers[index].negotiated.firedDirection?.receives == true
        if direction.receives {
            let streams = remoteStreams(of: media, at: index)
            if streams != transceivers[index].negotiated.remoteStreams {
                transceivers[index].negotiated.remoteStreams = streams
                events.append(.streams(transceiver: id, ids: streams))
            }
            if !wasReceiving { events.append(.track(transceiver: id)) }
        } else {
            loseTrack(at: index)
        }
        transceivers[index].negotiated.firedDirection = direction
    }

    private mutating func loseTrack(at index: Int) {
        let id = transceivers[index].id
        guard transceivers[index].negotiated.firedDirection?.receives == true else { return }
        if !transceivers[index].negotiated.remoteStreams.isEmpty {
            transceivers[index].negotiated.remoteStreams = []
            events.append(.streams(transceiver: id, ids: []))
        }
        events.append(.muted(transceiver: id))
    }

    private mutating func end(at index: Int) {
        loseTrack(at: index)
        transceivers[index].isStopping = true
        transceivers[index].negotiated = TransceiverState.Negotiated()
        events.append(.stopped(transceiver: transceivers[index].id))
    }

    /// The streams that a section names; a peer that knows no streams has one for each track (RFC 9429 §5.10).
    private func remoteStreams(of media: MediaDescription, at index: Int) -> [String] {
        let named = media.msids.map(\.streamID)
        guard named.isEmpty else { return named.filter { $0 != "-" }.uniqued() }
        let before = transceivers[index].negotiated.remoteStreams
        return before.isEmpty ? [RandomID.make()] : before
    }
}

extension Array where Element: Hashable {
    /// Each element once, where it comes first.
    func uniqued() -> [Element] {
        var seen: Set<Element> = []
        return filter { seen.insert($0).inserted }
    }
}

/// Names that nobody else has, in the letters that descriptions allow.
enum RandomID {
    static func make() -> String {
        let number = UInt128.random(in: (UInt128.max >> 1)...UInt128.max)
        return String(number, radix: 16)
    }
}
