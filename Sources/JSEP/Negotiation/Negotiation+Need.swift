internal import SDP

// W3C §4.7.3: whether the descriptions fall short of what the application wants.
extension Negotiation {
    /// Whether an offer should be made.
    package var isNegotiationNeeded: Bool {
        if isRestartRequested { return true }
        if wantsData, currentLocal.flatMap({ dataMid.flatMap($0.index(ofMid:)) }) == nil { return true }
        return transceivers.contains(where: needsNegotiation)
    }

    private func needsNegotiation(_ transceiver: TransceiverState) -> Bool {
        guard let mid = transceiver.mid, let currentLocal, let index = currentLocal.index(ofMid: mid) else {
            // One that was stopped before it had a section is let go with the next round.
            return true
        }
        let ours = currentLocal.document.media[index]
        let theirs = currentRemote.flatMap { remote in
            remote.index(ofMid: mid).map { remote.document.media[$0] }
        }
        // With the answer that closes its section, on either side, it has none any more.
        if transceiver.isStopping { return true }
        if transceiver.wish.direction.sends, Set(ours.msids) != Set(transceiver.msids) { return true }
        let written = TransceiverDirection(currentLocal.document.direction(of: ours))
        let remote = theirs.flatMap { media in
            currentRemote.map { TransceiverDirection($0.document.direction(of: media)).reversed }
        }
        if currentLocal.type == .offer {
            return written != transceiver.wish.direction && remote != transceiver.wish.direction
        }
        return written != transceiver.wish.direction.intersection(remote ?? .sendrecv)
    }
}
