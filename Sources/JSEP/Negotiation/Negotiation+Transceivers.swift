internal import SDP

// Transceivers: made by the application, matched to sections, taken back and ended.
extension Negotiation {
    /// W3C `addTransceiver`: always a new one.
    @discardableResult
    package mutating func addTransceiver(
        _ kind: MediaKind, direction: TransceiverDirection = .sendrecv, streams: [String] = [], senderID: String? = nil
    ) -> Int {
        var used = usedSources
        var transceiver = makeTransceiver(kind, direction: direction, senderID: senderID, besides: &used)
        transceiver.wish.streams = streams.uniqued()
        transceivers.append(transceiver)
        return transceiver.id
    }

    /// W3C `addTransceiver` with `sendEncodings`: a sender of several encodings at once (RFC 8853).
    ///
    /// - Parameter encodings: one for each encoding, in the order of preference; those beyond
    ///   ``MediaKind/maximumEncodings`` are left out.
    /// - Throws: `TypeError` for names that cannot be, see ``EncodingWish/names(_:of:)``.
    @discardableResult
    package mutating func addTransceiver(
        _ kind: MediaKind, direction: TransceiverDirection = .sendrecv, streams: [String] = [], senderID: String? = nil,
        encodings: [EncodingWish]
    ) throws(WebRTCError) -> Int {
        let names = try EncodingWish.names(encodings, of: kind)
        let id = addTransceiver(kind, direction: direction, streams: streams, senderID: senderID)
        if let index = transceivers.firstIndex(where: { $0.id == id }) {
            var used = usedSources
            transceivers[index].negotiated.encodings = Self.makeEncodings(
                names, after: transceivers[index].encodings, besides: &used)
            transceivers[index].stable = transceivers[index].negotiated
        }
        return id
    }

    /// W3C `addTrack` where no sender of the kind is free: one that may be matched to a section of
    /// the peer's.
    @discardableResult
    package mutating func addTrackTransceiver(_ kind: MediaKind, streams: [String] = [], senderID: String? = nil) -> Int
    {
        var used = usedSources
        var transceiver = makeTransceiver(kind, direction: .sendrecv, senderID: senderID, besides: &used)
        transceiver.wish.streams = streams.uniqued()
        transceiver.isMadeByAddTrack = true
        transceiver.hadTrackAdded = true
        transceivers.append(transceiver)
        return transceiver.id
    }

    /// The transceiver with this id, if it is not over.
    package subscript(transceiver id: Int) -> TransceiverState? {
        get { transceivers.first { $0.id == id } }
        set {
            guard let newValue, let index = transceivers.firstIndex(where: { $0.id == id }) else { return }
            transceivers[index] = newValue
        }
    }

    private mutating func makeTransceiver(
        _ kind: MediaKind, direction: TransceiverDirection, senderID: String?, besides used: inout Set<UInt32>
    ) -> TransceiverState {
        nextTransceiverID += 1
        let negotiated = TransceiverState.Negotiated(encodings: Self.makeEncodings([nil], besides: &used))
        return TransceiverState(
            id: nextTransceiverID, kind: kind, wish: TransceiverWish(direction: direction),
            senderID: senderID ?? RandomID.make(), negotiated: negotiated, stable: negotiated)
    }

    // MARK: Local descriptions

    /// A local offer was set: its sections belong to the transceivers that it was made for.
    mutating func associate(_ offer: Created) {
        // What is closed in the offer still belongs to the transceiver that is stopping.
        disassociate(besides: Set(offer.document.media.compactMap(\.mid)))
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
        var used = usedSources
        for media in offer.media {
            guard let kind = MediaKind(media), let mid = media.mid else { continue }
            let direction = TransceiverDirection(offer.direction(of: media)).reversed
            var known = transceivers.firstIndex { $0.mid == mid }
            if known == nil, media.isRejected { continue }
            if known == nil, direction.sends {
                known = transceivers.firstIndex { transceiver in
                    // One that is stopping is not stopped: it matters to offers alone (W3C §5.4
                    // `stop`).
                    transceiver.kind == kind && transceiver.mid == nil && transceiver.isMadeByAddTrack
                }
            }
            if known == nil {
                var transceiver = makeTransceiver(kind, direction: .recvonly, senderID: nil, besides: &used)
                transceiver.isOfPendingOffer = true
                transceivers.append(transceiver)
            }
            let index = known ?? transceivers.count - 1
            transceivers[index].negotiated.mid = mid
            if !media.isRejected { propose(media.simulcastRIDs(.recv, in: offer), at: index, besides: &used) }
            if media.isRejected { stop(at: index) }
            guard !transceivers[index].isStopped else { continue }
            follow(direction, of: media, at: index)
        }
    }

    // MARK: Rollback

    /// W3C §4.4.1.6: what descriptions have said since the last stable state is void; what the
    /// application did stays.
    mutating func rollBackMedia() {
        for index in transceivers.indices { restore(index) }
        removeUnwanted()
    }

    private mutating func restore(_ index: Int) {
        let (before, now) = (transceivers[index].stable, transceivers[index].negotiated)
        transceivers[index].negotiated = before
        // Encodings that have names come from the application, or were agreed on: these were only
        // made fewer (W3C §4.4.1.6).
        if before.encodings.first?.rid != nil { transceivers[index].negotiated.encodings = now.encodings }
        let id = transceivers[index].id
        if before.remoteStreams != now.remoteStreams {
            events.append(.streams(transceiver: id, ids: before.remoteStreams))
        }
        if now.firedDirection?.receives == true, before.firedDirection?.receives != true {
            events.append(.muted(transceiver: id))
        }
    }

    /// A transceiver that an offer of the peer's has brought goes with it, unless the application
    /// has given it a track.
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
}

extension Array where Element: Hashable {
    /// Each element once, where it comes first.
    package func uniqued() -> [Element] {
        var seen: Set<Element> = []
        return filter { seen.insert($0).inserted }
    }
}

/// Names that nobody else has, in the letters that descriptions allow.
package enum RandomID {
    package static func make() -> String {
        let number = UInt128.random(in: (UInt128.max >> 1)...UInt128.max)
        return String(number, radix: 16)
    }

    /// A name for RTP sources that lasts as long as the session: 96 random bits in the letters of
    /// base64 (RFC 7022 §4.2, short-term persistent).
    package static func makeCNAME() -> String {
        let letters = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")
        return String((0..<16).map { _ in letters[Int.random(in: letters.indices)] })
    }
}
