internal import DTLS
internal import ICE
internal import Logging
internal import NetworkLoop

// Between the negotiation, which says what should be, and the transport, which is.
extension PeerConnection {
    /// Makes, restarts, starts or drops the transport, so that it is what the descriptions in force say.
    func reconcileTransport() throws(WebRTCError) {
        guard let local = negotiation.localTransport else {
            if negotiation.remoteTransport == nil { dropTransport() }
            return
        }
        if let stack {
            if stack.localCredentials != local.credentials { stack.announce(local.credentials) }
        } else {
            try makeTransport(local)
        }
        reconcileData()
        applyRemoteTransport()
    }

    /// Gives the transport what is known of the remote side, once both sides have agreed on it.
    func applyRemoteTransport() {
        guard let stack, let remote = negotiation.remoteTransport, let local = negotiation.agreedLocalTransport,
            let role = negotiation.dtlsRole
        else { return }
        do throws(WebRTCError) {
            if stack.isAnotherPeer(remote) { handOver(stack) }
            let session = try startData(stack)
            if local.credentials != stack.activeCredentials { endSupervision() }
            let agreement = TransportStack.Agreement(
                local: local.credentials, remote: remote, role: role, isControlling: negotiation.isOfferer)
            try start(stack, agreement)
            session?.settle(isDTLSClient: role == .client)
            iceTransport?.update { transport in
                transport.role = stack.ice?.role
                transport.remoteCandidates = remote.candidates.compactMap { try? ICECandidate(parsing: $0) }
            }
        } catch {
            logger?.error("the transport cannot start", metadata: ["error": "\(error)"])
            fail(error)
        }
    }

    private func start(_ stack: TransportStack, _ agreement: TransportStack.Agreement) throws(WebRTCError) {
        do throws(ICEError) {
            try stack.apply(agreement)
        } catch {
            throw WebRTCError(.operation, "ICE cannot start: \(error)")
        }
    }

    /// Another peer goes on with this connection: DTLS and SCTP begin anew with it, on the path that ICE finds to it.
    private func handOver(_ stack: TransportStack) {
        data?.restart(WebRTCError(.network, "the connection went on with another peer"))
        stack.leavePeer()
        dtlsTransport?.restart()
        if sctpTransport != nil { sctpTransport = dtlsTransport.map { SCTPTransport(transport: $0) } }
        snapshot.update(from: negotiation, sctp: sctpTransport)
        updateConnectionState()
    }

    func beginGathering() {
        guard let stack, !snapshot.read(\.isClosed), stack.needsGathering else { return }
        iceTransport?.update { $0.gatheringState = .gathering }
        snapshot.setGathering(.gathering)
        serverErrors = []
        for error in configuration.unusableServers {
            logger?.warning("an ICE server is not used", metadata: ["url": "\(error.url)", "reason": "\(error.text)"])
            keep(error)
        }
        stack.gather()
    }

    private func makeTransport(_ local: TransportDescription) throws(WebRTCError) {
        var ice = configuration.iceConfiguration
        ice.role = negotiation.isOfferer ? .controlling : .controlled
        let port = port
        // The stack belongs to this actor and is only called on its loop, which is the actor's executor.
        let stack = try TransportStack(
            loop: loop, configuration: ice, credentials: local.credentials, certificate: certificate, logger: logger,
            wake: { port.wake() },
            onEvent: { [weak self] event in self?.assumeIsolated { $0.handle(event) } })
        self.stack = stack
        let iceTransport = ICETransport()
        iceTransport.update { $0.role = ice.role }
        let dtlsTransport = DTLSTransport(iceTransport: iceTransport)
        self.iceTransport = iceTransport
        self.dtlsTransport = dtlsTransport
    }

    /// A first offer that was rolled back leaves nothing behind but the channels; data channels that one side refused
    /// leave nothing at all.
    private func dropTransport() {
        if negotiation.wantsData {
            data?.restart(WebRTCError(.operation, "the offer was rolled back"))
        } else {
            data?.fail(WebRTCError(.operation, "data channels were refused in the answer, or stopped by the peer"))
            data = nil
        }
        guard stack != nil else { return }
        data?.onPacket = nil
        stack?.close()
        stack = nil
        sctpTransport?.update(state: .closed)
        dtlsTransport?.close()
        sctpTransport = nil
        dtlsTransport = nil
        iceTransport = nil
        snapshot.setGathering(.new)
        snapshot.set(\.ice, to: .new, event: snapshot.iceStates)
        updateConnectionState()
    }

    // MARK: What the transport tells

    private func handle(_ event: TransportStack.Event) {
        switch event {
        case .candidate(let candidate, let ufrag): didGather(candidate, ufrag: ufrag)
        case .gatheringFinished(let ufrag): didFinishGathering(ufrag: ufrag)
        case .candidateFailed(let error): keep(error)
        case .needsAddress(let candidate, let credentials): resolve(candidate, for: credentials)
        case .iceState(let state): didChange(state)
        case .selectedPair: didSelectPair()
        case .dtlsState(let state, let error): didChange(state, error: error)
        }
    }

    private func didChange(_ state: ICETransportState) {
        logger?.debug("ICE state", metadata: ["state": "\(state)"])
        iceTransport?.update { $0.state = state }
        let shown = ICEConnectionState(state)
        snapshot.set(\.ice, to: shown, event: snapshot.iceStates)
        updateConnectionState()
        supervise(state)
    }

    /// A restart can mend a path that has failed; without one nobody would tell those who wait on its channels: SCTP
    /// notices only where it has something to send. That checks begin anew is no end of it: a late packet of the peer's is
    /// enough for that.
    private func supervise(_ state: ICETransportState) {
        switch state {
        case .failed: if failureTimer != nil { return }
        case .new, .checking, .disconnected: return
        case .connected, .completed, .closed:
            endSupervision()
            return
        }
        let timeout = configuration.ice.restartTimeout
        failureTimer = loop.schedule(after: UInt64(timeout / .nanoseconds(1))) { [weak self] in
            self?.assumeIsolated { connection in
                let text = "the path to the peer has failed, and was not restarted within \(timeout)"
                connection.data?.fail(WebRTCError(.network, text))
            }
        }
    }

    private func endSupervision() {
        failureTimer?.cancel()
        failureTimer = nil
    }

    private func didSelectPair() {
        guard let pair = stack?.ice?.selectedPair else { return }
        selectedPairChanges += 1
        iceTransport?.update { $0.selectedPair = ICECandidatePair(local: pair.local, remote: pair.remote) }
    }

    private func didChange(_ state: DTLSState, error: DTLSError?) {
        logger?.debug("DTLS state", metadata: ["state": "\(state)"])
        dtlsError = error
        dtlsTransport?.update(state: state, certificate: stack?.dtls?.remoteCertificateDER)
        switch state {
        case .new, .connecting: break
        case .connected:
            data?.connect()
        case .closed:
            data?.fail(nil)
        case .failed:
            let code: WebRTCError.Code = error?.code == .fingerprintMismatch ? .fingerprintFailure : .dtlsFailure
            let reason = error.map { "\($0)" } ?? "unknown reason"
            data?.fail(WebRTCError(code, "the DTLS handshake failed: \(reason)"))
        }
        updateConnectionState()
    }

    private func fail(_ error: WebRTCError) {
        data?.fail(error)
        snapshot.set(\.connection, to: .failed, event: snapshot.connectionStates)
    }

    /// W3C §4.3.3: the state of the connection is that of ICE and DTLS taken together.
    func updateConnectionState() {
        let state = PeerConnectionState(ice: iceTransport?.state ?? .new, dtls: dtlsTransport?.state ?? .new)
        snapshot.set(\.connection, to: state, event: snapshot.connectionStates)
        let hasFailed = iceTransport?.state == .failed
        data?.setHindrance(
            hasFailed
                ? WebRTCError(
                    .network, "ICE has found no way to the peer, or lost it; restart ICE, or make a new connection")
                : nil)
    }

    /// The loop's turn is over: send what channels and transports have collected.
    nonisolated func flushOnLoop() {
        assumeIsolated { connection in
            connection.data?.flush()
            connection.stack?.flush()
        }
    }
}

extension PeerConnectionState {
    /// The one state for a pair of transports, as the table of W3C §4.3.3 has it.
    init(ice: ICETransportState, dtls: DTLSState) {
        self =
            switch (ice, dtls) {
            case (.failed, _), (_, .failed): .failed
            case (.disconnected, _): .disconnected
            case (.new, .new), (.closed, .new), (.new, .closed), (.closed, .closed): .new
            case (.connected, .connected), (.completed, .connected), (.closed, .connected): .connected
            case (.connected, .closed), (.completed, .closed): .connected
            default: .connecting
            }
    }
}

extension ICEConnectionState {
    init(_ state: ICETransportState) {
        self = ICEConnectionState(rawValue: state.rawValue) ?? .new
    }
}
