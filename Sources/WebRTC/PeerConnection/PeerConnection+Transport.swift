internal import AsyncQueues
internal import DTLS
internal import ICE
internal import Logging
internal import NetworkLoop

// Between the negotiation, which says what should be, and the transports, which are.
extension PeerConnection {
    /// The transport that the negotiation knows by this number.
    func transport(_ id: Int) -> ConnectionTransport? { transports.first { $0.id == id } }

    /// Makes, restarts, starts or drops transports, so that they are what the descriptions in force say.
    func reconcileTransports() throws(WebRTCError) {
        let ids = negotiation.transportIDs
        let kept = transports.filter { ids.contains($0.id) && !$0.mustFollow }
        var made: [ConnectionTransport] = []
        for id in ids {
            guard let credentials = negotiation.localCredentials(of: id) else { continue }
            if let known = kept.first(where: { $0.id == id })?.stack {
                if known.localCredentials != credentials { known.announce(credentials) }
                continue
            }
            do throws(WebRTCError) {
                made.append(try makeTransport(id, credentials))
            } catch {
                made.forEach(retire)
                throw error
            }
        }
        let retired = transports.filter { transport in !kept.contains { $0 === transport } }
        for id in retired.map(\.id) where ids.contains(id) { negotiation.forgetLocalCandidates(of: id) }
        transports = (kept + made).sorted { $0.id < $1.id }
        snapshot.update(transports: transports.map { ($0.dtls, negotiation.mids(on: $0.id)) })
        reconcileData()
        retired.forEach(retire)
        if !retired.isEmpty { updateStates() }
        applyRemoteTransports()
        updateDeparture()
    }

    /// Gives the transports what is known of the remote side, once both sides have agreed on it.
    func applyRemoteTransports() {
        for transport in transports {
            guard let agreement = negotiation.agreement(on: transport.id) else { continue }
            do throws(WebRTCError) {
                try apply(agreement, to: transport)
            } catch {
                logger?.error("the transport cannot start", metadata: ["error": "\(error)"])
                fail(error)
            }
        }
    }

    private func apply(
        _ agreement: Negotiation.TransportAgreement, to transport: ConnectionTransport
    ) throws(WebRTCError) {
        let stack = transport.stack
        let isAnotherPeer = stack.isAnotherPeer(agreement.remote)
        if isAnotherPeer { handOver(transport) }
        let session = transport === dataTransport ? try startData(stack) : nil
        if transport === dataTransport, agreement.local.credentials != stack.activeCredentials { endSupervision() }
        try start(
            stack,
            TransportStack.Agreement(
                local: agreement.local.credentials, remote: agreement.remote, role: agreement.role,
                restartRole: isAnotherPeer ? negotiation.initialRole : negotiation.restartRole,
                keepsFirstPair: negotiation.isPeerOfFirefox))
        session?.settle(isDTLSClient: agreement.role == .client)
        transport.ice.update { values in
            values.role = stack.ice?.role
            values.remoteCandidates = agreement.remote.candidates.compactMap { try? ICECandidate(parsing: $0) }
            values.hasRemoteEnded = stack.hasEndOfCandidates
        }
    }

    private func start(_ stack: TransportStack, _ agreement: TransportStack.Agreement) throws(WebRTCError) {
        do throws(ICEError) {
            try stack.apply(agreement)
        } catch {
            throw WebRTCError(.operation, "ICE cannot start: \(error)")
        }
    }

    /// Another peer goes on with this transport: DTLS, and SCTP if it is here, begin anew, on the path that ICE finds to it.
    private func handOver(_ transport: ConnectionTransport) {
        if transport === dataTransport {
            data?.restart(WebRTCError(.network, "the connection went on with another peer"))
        }
        transport.stack.leavePeer()
        transport.dtls.restart()
        transport.isPeerGone = false
        transport.showICEState()
        if transport === dataTransport {
            if sctpTransport != nil { sctpTransport = SCTPTransport(transport: transport.dtls) }
            snapshot.update(from: negotiation, sctp: sctpTransport)
        }
        updateStates()
    }

    func beginGathering() {
        let waiting = transports.filter(\.stack.needsGathering)
        guard !waiting.isEmpty, !snapshot.read(\.isClosed) else { return }
        for transport in waiting { transport.ice.update { $0.gatheringState = .gathering } }
        updateGatheringState()
        snapshot.forgetServerErrors()
        for error in configuration.unusableServers {
            logger?.warning("an ICE server is not used", metadata: ["url": "\(error.url)", "reason": "\(error.text)"])
            snapshot.keep(error)
        }
        for transport in waiting { transport.stack.gather(restartRole: negotiation.restartRole) }
    }

    private func makeTransport(_ id: Int, _ credentials: ICECredentials) throws(WebRTCError) -> ConnectionTransport {
        var ice = configuration.iceConfiguration
        ice.role = negotiation.initialRole
        let port = port
        // The stack belongs to this actor and is only called on its loop, which is the actor's executor.
        let stack = try TransportStack(
            loop: loop, configuration: ice, credentials: credentials, certificate: certificate, logger: logger,
            wake: { port.wake() },
            onEvent: { [weak self] event in self?.assumeIsolated { $0.handle(event, from: id) } })
        snapshot.didOpenTransport()
        let announced = id == negotiation.dataTransportID && dataTransport == nil ? sctpTransport?.transport : nil
        let transport = ConnectionTransport(id: id, stack: stack, dtls: announced?.state == .new ? announced : nil)
        transport.ice.update { $0.role = ice.role }
        return transport
    }

    /// No section is on this transport any more.
    private func retire(_ transport: ConnectionTransport) {
        transport.stack.close { [snapshot] in snapshot.didCloseTransport() }
        // Its states change in a task of their own (W3C §4.4.1.5), after the call that leads to it.
        let dtls = transport.dtls
        loop.post { dtls.close() }
    }

    // MARK: What the transport tells

    private func handle(_ event: TransportStack.Event, from id: Int) {
        guard let transport = transport(id) else { return }
        switch event {
        case .candidate(let candidate, let ufrag): didGather(candidate, ufrag: ufrag, on: transport)
        case .gatheringFinished(let ufrag): didFinishGathering(ufrag: ufrag, on: transport)
        case .candidateFailed(let error): snapshot.keep(error)
        case .needsAddress(let candidate, let credentials): resolve(candidate, for: credentials, on: id)
        case .iceState(let state): didChange(state, of: transport)
        case .selectedPair: didSelectPair(on: transport)
        case .dtlsState(let state, let error): didChange(state, error: error, of: transport)
        }
    }

    private func didChange(_ state: ICETransportState, of transport: ConnectionTransport) {
        logger?.debug("ICE state", metadata: ["state": "\(state)", "transport": "\(transport.id)"])
        transport.showICEState()
        updateStates()
        if transport === dataTransport { supervise(state) }
    }

    /// A restart can mend a path that has failed; without one nobody would tell those who wait on its channels: SCTP
    /// notices only where it has something to send. That checks begin anew, with a restart or with candidates that come late, is
    /// no end of it.
    private func supervise(_ state: ICETransportState) {
        switch state {
        case .failed: if failureTimer != nil { return }
        case .new, .checking, .disconnected: return
        case .connected, .completed, .closed:
            endSupervision()
            return
        }
        let timeout = configuration.ice.restartTimeout
        failureTimer = loop.schedule(after: timeout) { [weak self] in
            self?.assumeIsolated { connection in
                let text = "the path to the peer has failed, and was not restarted within \(timeout)"
                connection.data?.fail(WebRTCError(.network, text))
            }
        }
    }

    func endSupervision() {
        failureTimer?.cancel()
        failureTimer = nil
    }

    private func didSelectPair(on transport: ConnectionTransport) {
        guard let pair = transport.stack.ice?.selectedPair else { return }
        transport.selectedPairChanges += 1
        transport.ice.update { values in
            values.selectedPair = ICECandidatePair(local: pair.local, remote: pair.remote)
            values.hadPair = true
        }
        if transport === dataTransport { data?.pathDidChange() }
    }

    private func didChange(_ state: DTLSState, error: DTLSError?, of transport: ConnectionTransport) {
        logger?.debug("DTLS state", metadata: ["state": "\(state)", "transport": "\(transport.id)"])
        transport.dtls.update(state: state, certificate: transport.stack.dtls?.remoteCertificateDER, error: error)
        if state == .closed { peerDidClose(transport) }
        if transport === dataTransport { dataTransportDidChange(state, error) }
        updateConnectionState()
        if state == .closed {
            transport.isLeft = true
            followIfLeft(transport)
        }
        updateDeparture()
    }

    /// Whether the peer has gone, and with all that this connection carries.
    func updateDeparture() {
        let isExplained = closeTimer?.isActive == true
        let hasLeft =
            !transports.isEmpty && !isExplained
            && transports.allSatisfy { transport in
                transport.dtls.state == .closed
                    || transport.dtls.state == .connected && hasOnlyData && sctpTransport?.state == .closed
            }
        snapshot.set(\.hasPeerLeft, to: hasLeft, event: snapshot.departures)
    }

    private var hasOnlyData: Bool {
        guard let dataTransport, transports.count == 1 else { return false }
        return negotiation.mids(on: dataTransport.id) == negotiation.dataMid.map { [$0] }
    }

    func fail(_ error: WebRTCError) {
        data?.fail(error)
        snapshot.set(\.connection, to: .failed, event: snapshot.connectionStates)
    }

    // MARK: States

    /// The states that are those of all transports taken together.
    func updateStates() {
        snapshot.set(\.ice, to: ICEConnectionState(transports.map(\.ice.state)), event: snapshot.iceStates)
        updateConnectionState()
    }

    func updateConnectionState() {
        let state = PeerConnectionState(ice: transports.map(\.ice.state), dtls: transports.map(\.dtls.state))
        snapshot.set(\.connection, to: state, event: snapshot.connectionStates)
        let hasFailed = dataTransport?.ice.state == .failed
        data?.setHindrance(
            hasFailed
                ? WebRTCError(
                    .network, "ICE has found no way to the peer, or lost it; restart ICE, or make a new connection")
                : nil)
    }

    func updateGatheringState() {
        let before = snapshot.read(\.gathering)
        let state = ICEGatheringState(transports.map(\.ice.gatheringState))
        snapshot.setGathering(state)
        if state == .complete, before != .complete { snapshot.candidates.send(nil) }
    }

    /// The loop's turn is over: send what channels and transports have collected.
    nonisolated func flushOnLoop() {
        assumeIsolated { connection in
            connection.data?.flush()
            for transport in connection.transports { transport.stack.endTurn() }
        }
    }
}
