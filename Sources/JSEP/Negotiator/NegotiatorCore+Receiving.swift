// What the peer sends.
extension NegotiatorCore {
    mutating func receive(_ payload: SignalingPayload, _ view: View) -> [Action] {
        failures = 0
        switch payload {
        case .description(let description, let answers):
            if DescriptionID(ofText: description.sdp)?.session == view.session {
                defer { hearsItself = true }
                return hearsItself ? [] : [.report(.echoed)]
            }
            switch description.type {
            case .offer: return receive(offer: description, view)
            case .answer, .pranswer: return receive(answer: description, to: answers.map(DescriptionID.init), view)
            case .rollback:
                isIgnoring = false
                guard view.signalingState == .haveLocalOffer, let answers else {
                    return view.signalingState == .haveRemoteOffer ? [.rollBack] : []
                }
                guard DescriptionID(answers) == view.offer else { return [] }
                (isYielding, needsRepair) = (true, true)
                return [.rollBack]
            }
        case .candidate(let candidate):
            // One that names its credentials is refused by the connection if it belongs to an offer
            // that was ignored.
            if isIgnoring, candidate?.usernameFragment?.isEmpty != false { return [] }
            return [.add(candidate)]
        }
    }

    private mutating func receive(offer: SessionDescription, _ view: View) -> [Action] {
        let id = DescriptionID(ofText: offer.sdp)
        if let id, id == answered {
            isIgnoring = false
            return [.sendAnswer(to: id)]
        }
        let isAnotherPeer = newestHeard.map { $0.session != id?.session } ?? false
        guard hears(id) else { return [] }
        isIgnoring = !isPolite && view.isWaiting
        if isIgnoring {
            guard hasGivenUp || isAnotherPeer else {
                guard tries > 1, !isColliding else { return [] }
                isColliding = true
                return [.report(.offersCollide)]
            }
            // The peer is there after all, or another in its place, and waits for our offer.
            (tries, hasGivenUp) = (0, false)
            return [.sendOffer]
        }
        switch view.signalingState {
        // A provisional answer, whoever's it is, does not roll back by itself.
        case .haveLocalPranswer, .haveRemotePranswer: return [.rollBack, .answer(offer)]
        default: return [.answer(offer)]
        }
    }

    private mutating func receive(
        answer: SessionDescription, to offer: DescriptionID?, _ view: View
    ) -> [Action] {
        let id = DescriptionID(ofText: answer.sdp)
        // The one that is waited for may have been sent again behind an offer of the peer's, which
        // is newer.
        let (isNew, isNamed) = (hears(id), offer != nil && offer == view.offer)
        guard isNew || isNamed && view.isWaiting, id == nil || id != takenAnswer else { return [] }
        isIgnoring = false
        if view.isWaiting, offer == nil || isNamed { return [.take(answer)] }
        guard answer.type == .answer else { return [] }
        needsRepair = true
        return settle(view)
    }

    /// Notes a description that has come; false if it is a late copy of an older one.
    private mutating func hears(_ id: DescriptionID?) -> Bool {
        guard let id else { return true }
        if let newestHeard, id.isOlder(than: newestHeard) { return false }
        newestHeard = id
        return true
    }
}
