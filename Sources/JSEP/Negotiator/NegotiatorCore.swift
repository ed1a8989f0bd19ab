/// What one end of a perfect negotiation does, as a value that is told events and the time and
/// returns actions.
///
/// Its rules:
/// - An offer is made whenever the connection is stable and needs one. Of two that meet the
///   impolite end's stands.
/// - The peer's offer that was answered already, sent again because the answer was lost, gets the
///   same answer again.
/// - An answer to another offer than the one that waits is dropped. It shows that the peer has
///   agreed to an offer that was rolled back here, so the ends differ: a new exchange, with new ICE
///   credentials, brings them together.
/// - An offer that was sent cannot be taken back by the application, for the peer may have agreed
///   to it: it is set again.
/// - An offer that cannot be taken is refused with a rollback that names it, and our own view of
///   things is offered; the end that was refused waits for that. A browser ignores such a message.
/// - An offer that waits too long is sent again, less and less often, until it gives up. It is
///   never taken back because of that: an answer may be under way, and two ends that have agreed to
///   different offers may not come together again.
/// - What this end has sent itself is dropped when it comes back.
/// - A description that is older than another of the same session is a late copy, and dropped.
/// - After a reconnection what may have been lost is sent again: the last answer, the pending
///   offer, the candidates.
///
/// What was asked of the connection must be done before it is told anything else: ``run(_:at:on:)``
/// does that.
package struct NegotiatorCore: Sendable {
    package typealias Settings = NegotiatorSettings

    /// What it reads of the connection.
    package struct View: Sendable {
        package var signalingState: SignalingState
        package var isNegotiationNeeded: Bool
        /// The offer of ours that is pending.
        package var offer: DescriptionID?
        /// The session id of all descriptions of ours.
        package var session: String

        package init(
            signalingState: SignalingState, isNegotiationNeeded: Bool, offer: DescriptionID?, session: String
        ) {
            self.signalingState = signalingState
            self.isNegotiationNeeded = isNegotiationNeeded
            self.offer = offer
            self.session = session
        }

        /// An offer of ours waits for its answer.
        var isWaiting: Bool { signalingState == .haveLocalOffer || signalingState == .haveRemotePranswer }
    }

    package enum Event: Sendable {
        /// Something of the connection has changed.
        case wake
        case received(SignalingPayload)
        case reconnected
        /// ``nextDeadline`` may have come.
        case time
        /// What became of an action.
        case done(Action)
        case failed(Action, WebRTCError)
    }

    package enum Action: Sendable, Hashable {
        /// Sets a local offer; a renewed one is not the one before, and has new ICE credentials.
        case makeOffer(renewed: Bool)
        /// Sets the local offer again that the application has rolled back.
        case restoreOffer(DescriptionID)
        /// Tells the peer that its offer is not taken.
        case refuse(DescriptionID?)
        /// Sends the pending local offer with the candidates so far.
        case sendOffer
        /// Sets the peer's offer, and an answer.
        case answer(SessionDescription)
        /// Sends the current local description, which answers this.
        case sendAnswer(to: DescriptionID?)
        /// Sets the peer's answer.
        case take(SessionDescription)
        case add(ICECandidateInit?)
        /// Sends all candidates of the local descriptions.
        case sendCandidates
        /// Takes the pending offer back, whoever's it is.
        case rollBack
        case report(NegotiationProblem)
    }

    let isPolite: Bool
    let settings: Settings
    /// The offer that was sent, until it is agreed on or taken back by us.
    var sentOffer: DescriptionID?
    /// The peer's offer that the current descriptions come from.
    var answered: DescriptionID?
    /// The peer's answer that the current descriptions come from.
    var takenAnswer: DescriptionID?
    /// Candidates that have come before the first description of the peer's.
    var earlyCandidates: [ICECandidateInit?] = []
    /// The newest description of the peer's.
    var newestHeard: DescriptionID?
    /// The peer's last description was an offer that lost, or was refused.
    var isIgnoring = false
    /// The peer has agreed to something that this end has not.
    var needsRepair = false
    /// The peer has refused our offer, and is about to make one itself.
    var isYielding = false
    /// Messages of this end's have come back to it.
    var hearsItself = false
    /// The peer has made offers of its own while ours was sent again.
    var isColliding = false
    /// Offers sent since the last agreement.
    var tries = 0
    /// Offers of the peer's refused since one was taken.
    var refusals = 0
    var hasGivenUp = false
    /// When the offer has waited long enough.
    var offerDeadline: Duration?
    /// When to send again what the transport did not take, and how often in a row that has
    /// happened.
    var resendDeadline: Duration?
    var failures = 0

    package init(isPolite: Bool, settings: Settings = Settings()) {
        self.isPolite = isPolite
        self.settings = settings
    }

    /// When it wants to be told ``Event/time``.
    package var nextDeadline: Duration? {
        guard let offerDeadline, let resendDeadline else { return offerDeadline ?? resendDeadline }
        return min(offerDeadline, resendDeadline)
    }

    /// Handles an event, and what the actions that follow from it lead to.
    package mutating func run(_ event: Event, at now: Duration, on end: inout some NegotiatorEnd) {
        restoreOffer(on: &end)
        var actions = handle(event, end.view, at: now)[...]
        while let action = actions.popFirst() {
            var outcome = Event.done(action)
            do throws(WebRTCError) {
                try end.perform(action)
            } catch {
                outcome = .failed(action, error)
            }
            actions = handle(outcome, end.view, at: now) + actions
        }
    }

    private mutating func restoreOffer(on end: inout some NegotiatorEnd) {
        guard let offer = sentOffer, end.view.signalingState == .stable else { return }
        do throws(WebRTCError) {
            try end.perform(.restoreOffer(offer))
        } catch {
            // The application has made another one since, which will do.
            (sentOffer, needsRepair) = (nil, true)
        }
    }

    /// Decides what an event asks for.
    mutating func handle(_ event: Event, _ view: View, at now: Duration) -> [Action] {
        guard view.signalingState != .closed else {
            (offerDeadline, resendDeadline) = (nil, nil)
            return []
        }
        switch event {
        case .wake: return settle(view)
        case .received(let payload): return receive(payload, view)
        case .reconnected:
            (tries, failures, hasGivenUp, isYielding) = (0, 0, false, false)
            return resend(view)
        case .time: return handleTime(view, at: now)
        case .done(let action): return didPerform(action, view, at: now)
        case .failed(let action, let error): return didFail(action, error, view)
        }
    }

    /// A message was not taken by the transport: something is sent again later.
    package mutating func messageWasLost(at now: Duration) {
        guard resendDeadline == nil, failures < settings.maximumTries else { return }
        failures += 1
        resendDeadline = now + wait(failures)
    }

    /// Makes an offer if there should be one, and sends one that the application has made.
    mutating func settle(_ view: View) -> [Action] {
        switch view.signalingState {
        case .stable:
            if isYielding { return [] }
            offerDeadline = nil
            guard view.isNegotiationNeeded || needsRepair, !hasGivenUp else { return [] }
            guard tries < settings.maximumTries else { return giveUp() }
            return [.makeOffer(renewed: needsRepair)]
        case .haveLocalOffer: return view.offer == sentOffer ? [] : [.sendOffer]
        default: return []
        }
    }

    private mutating func handleTime(_ view: View, at now: Duration) -> [Action] {
        if let deadline = resendDeadline, deadline <= now {
            resendDeadline = nil
            return resend(view)
        }
        if let deadline = offerDeadline, deadline <= now {
            (offerDeadline, isYielding) = (nil, false)
            guard view.signalingState == .haveLocalOffer else { return settle(view) }
            return tries < settings.maximumTries ? [.sendOffer] : giveUp()
        }
        return []
    }

    /// In the order in which they were agreed on, so that the peer can follow.
    private mutating func resend(_ view: View) -> [Action] {
        var actions: [Action] = answered.map { [.sendAnswer(to: $0)] } ?? []
        if view.isWaiting { actions.append(.sendOffer) }
        // The offer has its candidates, but is not read again by a peer that has answered it.
        actions.append(.sendCandidates)
        return actions + (view.isWaiting ? [] : settle(view))
    }

    private mutating func giveUp() -> [Action] {
        hasGivenUp = true
        return [.report(.unanswered)]
    }

    private func wait(_ count: Int) -> Duration {
        settings.answerTimeout * (1 << min(max(count - 1, 0), 3))
    }

    private mutating func didPerform(_ action: Action, _ view: View, at now: Duration) -> [Action] {
        switch action {
        case .makeOffer: return [.sendOffer]
        case .sendOffer:
            sentOffer = view.offer
            tries += 1
            // A provisional answer shows that the peer is there; the final one may take its time.
            if view.signalingState == .haveLocalOffer { offerDeadline = now + wait(tries) }
            return []
        case .answer(let offer):
            agree()
            refusals = 0
            answered = DescriptionID(ofText: offer.sdp)
            return [.sendAnswer(to: answered)] + takeEarlyCandidates() + settle(view)
        case .take(let answer):
            offerDeadline = nil
            guard answer.type == .answer else { return takeEarlyCandidates() }
            agree()
            takenAnswer = DescriptionID(ofText: answer.sdp)
            return takeEarlyCandidates() + settle(view)
        case .rollBack:
            (sentOffer, offerDeadline) = (nil, isYielding ? now + wait(tries) : nil)
            return settle(view)
        case .restoreOffer, .refuse, .sendAnswer, .add, .sendCandidates, .report: return []
        }
    }

    private mutating func didFail(_ action: Action, _ error: WebRTCError, _ view: View) -> [Action] {
        switch action {
        case .makeOffer: return [.report(.offerFailed(error))]
        case .answer(let offer):
            isIgnoring = true
            refusals += 1
            // The ends differ. Once or twice that can be mended; a peer whose offers are always bad
            // must not keep us busy.
            if refusals <= settings.maximumTries { needsRepair = true }
            let refusal: [Action] = [.report(.offerRefused(error)), .refuse(DescriptionID(ofText: offer.sdp))]
            switch view.signalingState {
            case .haveRemoteOffer: return refusal + [.rollBack]
            case .haveLocalOffer: return refusal + [.sendOffer]
            default: return refusal + settle(view)
            }
        case .take:
            needsRepair = true
            return [.report(.answerRefused(error))] + (view.isWaiting ? [.rollBack] : [])
        case .add(let candidate):
            // Before any description of the peer's there is nothing that it could be added to (W3C
            // §4.4.2). One that names its credentials finds its description later, or none.
            if error.code == .invalidState, candidate?.usernameFragment?.isEmpty == false,
                earlyCandidates.count < AppliedDescription.maximumCandidates
            {
                earlyCandidates.append(candidate)
                return []
            }
            return isIgnoring || hearsItself ? [] : [.report(.candidateRefused(error))]
        case .restoreOffer, .refuse, .sendOffer, .sendAnswer, .sendCandidates, .rollBack, .report: return []
        }
    }

    private mutating func takeEarlyCandidates() -> [Action] {
        defer { earlyCandidates = [] }
        return earlyCandidates.map { .add($0) }
    }

    /// Both ends have, or will have, the same descriptions.
    private mutating func agree() {
        (answered, takenAnswer, sentOffer, offerDeadline) = (nil, nil, nil, nil)
        (needsRepair, hasGivenUp, isYielding, isColliding, tries) = (false, false, false, false, 0)
    }
}

/// The connection, as a ``NegotiatorCore`` uses it.
package protocol NegotiatorEnd {
    /// Its present state.
    var view: NegotiatorCore.View { get }
    /// Does what is asked for, at once.
    mutating func perform(_ action: NegotiatorCore.Action) throws(WebRTCError)
}
