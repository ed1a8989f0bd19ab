internal import ICE
internal import JSEP
internal import Logging
internal import NetworkLoop
internal import SCTP
internal import TransportTypes

// Below: which transport carries the data channels, if one does, and what becomes of it. It may be
// there for media, before them or after them.
extension DataSession {
    /// Makes SCTP's place on its transport, moves it to another one, or clears it.
    ///
    /// - Parameters:
    ///   - next: what the plan has for the data channels.
    ///   - isBare: whether the connection has no transport at all.
    /// - Returns: false if there are no data channels any more, and nobody wants any.
    func apply(_ plan: SessionPlan.Data, on next: ConnectionTransport?, isBare: Bool) -> Bool {
        agreement = plan.agreement
        let dropped = next == nil && transport != nil
        move(to: next)
        if let next {
            if sctp == nil { sctp = SCTPTransport(transport: next.dtls) }
            sctp?.update(transport: next.dtls)
            return true
        }
        if plan.isOffered {
            // SCTP is there with the peer's offer (W3C §4.4.1.5), what it stands on with our
            // answer.
            if sctp == nil || dropped {
                sctp = SCTPTransport(transport: DTLSTransport(iceTransport: ICETransport()))
            }
            return true
        }
        guard sctp != nil || isBare else { return true }
        sctp?.update(state: .closed)
        sctp = nil
        if plan.isWanted {
            restart(WebRTCError(.operation, "the offer was rolled back"))
        } else {
            fail(WebRTCError(.operation, "data channels were refused in the answer, or stopped by the peer"))
        }
        return plan.isWanted
    }

    private func move(to next: ConnectionTransport?) {
        guard next !== transport else { return }
        transport?.dataSession = nil
        // An association belongs to its transport; the channels have another one on the next.
        if next != nil { suspend() }
        cancelTimers()
        transport = next
        next?.dataSession = self
        setHindrance(whileICEIs: next?.ice.state)
    }

    func cancelTimers() {
        endSupervision()
        patienceTimer?.cancel()
        patienceTimer = nil
        closeTimer?.cancel()
        closeTimer = nil
    }

    /// Shows a state of the association.
    func show(_ state: SCTPTransportState, _ error: WebRTCError? = nil) {
        let streams = state == .connected ? association?.negotiatedStreams : nil
        sctp?.update(state: state, maxChannels: streams, error: sctpError)
        if let error { logger?.info("SCTP ended", metadata: ["error": "\(error)"]) }
        onEvent(.stateChanged)
    }

    /// Whether the peer has left, and may explain it yet.
    var isPeerExplaining: Bool { closeTimer?.isActive == true }

    private func setHindrance(whileICEIs state: ICETransportState?) {
        let text = "ICE has found no way to the peer, or lost it; restart ICE, or make a new connection"
        setHindrance(state == .failed ? WebRTCError(.network, text) : nil)
    }

    /// A restart can mend a path that has failed; without one nobody would tell those who wait on
    /// its channels: SCTP notices only where it has something to send. Checks that merely begin
    /// again do not end it; a restart that both sides have agreed on does (``iceDidRestart()``).
    private func supervise(_ state: ICETransportState) {
        switch state {
        case .failed: if failureTimer != nil { return }
        case .new, .checking, .disconnected: return
        case .connected, .completed, .closed: return endSupervision()
        }
        let timeout = restartTimeout
        failureTimer = loop.schedule(after: timeout) { [weak self] in
            let text = "the path to the peer has failed, and was not restarted within \(timeout)"
            self?.fail(WebRTCError(.network, text))
        }
    }

    private func endSupervision() {
        failureTimer?.cancel()
        failureTimer = nil
    }

    /// While the path is lost it is for ICE, and whoever restarts it, to say how long that may
    /// last: that nothing is acknowledged then says nothing of the peer. Once it is back, what was
    /// sent meanwhile has some time to be acknowledged before it counts.
    private func setPatience(whileICEIs state: ICETransportState) {
        guard state == .connected || state == .completed else {
            patienceTimer?.cancel()
            association?.isPatient = true
            return
        }
        // Once only, however often descriptions and candidates say that the path is there.
        guard association?.isPatient == true, patienceTimer?.isActive != true else { return }
        patienceTimer = loop.schedule(after: SCTPAssociation.recoveryTime) { [weak self] in
            self?.association?.isPatient = false
        }
    }

    /// How long the channels wait for the description that explains why the peer has left their
    /// transport.
    private static let followingTime = Duration.seconds(5)
}

extension DataSession: TransportSession {
    /// Begins the association once both sides have agreed on data channels, before DTLS can finish,
    /// and lets it go on where it is there already.
    func willConnect(isDTLSClient: Bool) {
        guard let agreement, let transport else { return }
        let isNew = association == nil
        let port = port
        do throws(WebRTCError) {
            try start(localPort: agreement.local.sctpPort, remote: agreement.remote, wake: { port.wake() })
        } catch {
            return fail(error)
        }
        ticker?.start()
        sctp?.update(maxMessageSize: min(sendLimit, Int.max))
        settle(isDTLSClient: isDTLSClient)
        // Media may have brought up the transport before.
        if isNew, transport.dtlsState == .connected { connect() }
        setPatience(whileICEIs: transport.ice.state)
    }

    func didConnect() { connect() }

    func receive(_ packet: Span<UInt8>, in turn: borrowing ArrivalTurn) {
        if let association { return association.receive(packet, isLast: false) }
        // The peer may not know that the association is over, if the path was lost when it ended.
        guard isEnded, let answer = SCTPPacket.answer(outOfTheBlue: packet) else { return }
        transport?.send(answer.span)
    }

    func arrivalsEnded(_ turn: consuming ArrivalTurn) {
        association?.processArrivals()
        countHeld()
        updateWindow()
        resumeReaders()
    }

    func pathDidChange() { association?.pathDidChange() }

    func iceDidChange(_ state: ICETransportState) {
        setHindrance(whileICEIs: state)
        supervise(state)
        setPatience(whileICEIs: state)
    }

    func iceDidRestart() { endSupervision() }

    func peerDidLeave() {
        guard let transport, transport.mayBeFollowed else { return fail(nil) }
        transport.isLeft = true
        suspend()
        guard !isPeerExplaining else { return }
        closeTimer = loop.schedule(after: Self.followingTime) { [weak self] in
            guard let self else { return }
            let transport = self.transport
            fail(nil)
            if transport?.dtlsState == .closed { transport?.noteGone() }
            onEvent(.stateChanged)
        }
    }

    func peerDidChange() {
        restart(WebRTCError(.network, "the connection went on with another peer"))
        if let transport, sctp != nil { sctp = SCTPTransport(transport: transport.dtls) }
    }

    func didFail(_ error: WebRTCError) { fail(error) }
}
