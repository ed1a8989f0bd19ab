internal import AsyncQueues
internal import ICE
public import JSEP
internal import Logging
internal import NetworkLoop

// W3C §4.4.2: the offer/answer exchange. Each operation runs to its end without waiting, and the
// loop runs them in the order of their calls: that is the operations chain of W3C §4.4.1.2.
extension PeerConnection {
    /// Makes an offer: what this side wants now. Nothing changes until it is set. W3C
    /// `createOffer`.
    ///
    /// - Throws: `InvalidStateError` if the connection is closed or has an offer of the peer's to
    ///   answer.
    public func createOffer(_ options: OfferOptions = OfferOptions()) throws(WebRTCError) -> SessionDescription {
        try checkOpen("createOffer")
        return try negotiate { negotiation throws(WebRTCError) in try negotiation.createOffer(options) }
    }

    /// Makes an answer to the peer's offer. W3C `createAnswer`.
    ///
    /// - Throws: `InvalidStateError` without an offer of the peer's.
    public func createAnswer() throws(WebRTCError) -> SessionDescription {
        try checkOpen("createAnswer")
        return try negotiate { negotiation throws(WebRTCError) in try negotiation.createAnswer() }
    }

    /// Sets this side's description: gathering begins with it. W3C `setLocalDescription`.
    ///
    /// - Parameter description: nil sets what fits the state, a new offer or an answer; so does an
    ///   empty text for its type.
    /// - Throws: `InvalidStateError` if it does not fit the state, `InvalidModificationError` if
    ///   the text is not the one that was created last.
    public func setLocalDescription(_ description: SessionDescription? = nil) throws(WebRTCError) {
        try checkRollback(description?.type, "setLocalDescription")
        try set("setLocalDescription") { negotiation throws(WebRTCError) in try negotiation.setLocal(description) }
    }

    /// Sets the peer's description. An offer that meets an offer of ours rolls ours back. W3C
    /// `setRemoteDescription`.
    ///
    /// - Throws: `InvalidStateError` if it does not fit the state, the SDP syntax error with line
    ///   and expectation, `InvalidAccessError` for a description that cannot be right.
    public func setRemoteDescription(_ description: SessionDescription) throws(WebRTCError) {
        try checkRollback(description.type, "setRemoteDescription")
        try set("setRemoteDescription") { negotiation throws(WebRTCError) in try negotiation.setRemote(description) }
    }

    /// An offer that has a provisional answer is not taken back by the application (W3C §4.4.1.5).
    private func checkRollback(
        _ type: SessionDescription.Kind?, _ operation: String
    ) throws(WebRTCError) {
        let state = plan.signalingState
        guard type == .rollback, state == .haveLocalPranswer || state == .haveRemotePranswer else { return }
        throw WebRTCError(
            .invalidState,
            "\(operation): there is no rollback in \(state.rawValue); wait for the answer, or restart ICE then")
    }

    /// Takes back the offer that is pending, whoever's it is, also after a provisional answer.
    func rollBack() throws(WebRTCError) {
        try set("rollback") { negotiation in negotiation.rollBack() }
    }

    /// Asks for an ICE restart: the next offer has new ICE credentials, and ``negotiationNeeded``
    /// asks for that offer. W3C `restartIce`.
    ///
    /// Nothing else happens until an offer and an answer have been exchanged, with the candidates
    /// of both sides; ``PerfectNegotiator`` does that. The path from before carries on meanwhile.
    /// Once both sides have agreed, ``connectionState`` passes through `connecting` until the new
    /// path is found; before that ``connected(within:)`` returns at once. So who waits for the
    /// restart waits for its pair: ``ICETransport/selectedCandidatePairChanges``.
    public func restartICE() {
        guard !isClosed, !plan.transports.isEmpty else { return }
        negotiation.requestRestart()
        updateNegotiationNeeded()
    }

    /// W3C §4.7.3: says once, when nothing else is in progress, that a new offer is needed.
    func updateNegotiationNeeded() {
        guard plan.signalingState == .stable else { return }
        guard currentNegotiation.isNegotiationNeeded else {
            isNegotiationNeeded = false
            return
        }
        guard !isNegotiationNeeded else { return }
        isNegotiationNeeded = true
        // Behind the operations that are already queued; by then it may have become unnecessary.
        loop.post { [weak self] in self?.assumeIsolated { $0.fireNegotiationNeeded() } }
    }

    private func fireNegotiationNeeded() {
        guard !isClosed, isNegotiationNeeded, plan.signalingState == .stable else { return }
        snapshot.negotiationNeeded.send(())
    }
}
