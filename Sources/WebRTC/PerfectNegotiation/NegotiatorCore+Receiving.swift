// What the peer sends.
extension NegotiatorCore {
    mutating func receive(_ payload: SignalingPayload, _ view: View) -> [Action] {
        failures = 0
        switch payload {
        case .description(let description, let answers):
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
            // One that names its credentials is refused by the connection if it belongs to an offer that was ignored.
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
        isIgnoring = !isPolite && view.isWaiting
        if isIgnoring {
            guard hasGivenUp else { return [] }
            // The peer is there after all, and waits for our offer.
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
        isIgnoring = false
        if let id = DescriptionID(ofText: answer.sdp), id == takenAnswer { return [] }
        if view.isWaiting, offer == nil || offer == view.offer { return [.take(answer)] }
        guard answer.type == .answer else { return [] }
        needsRepair = true
        return settle(view)
    }
}
