internal import AsyncQueues
internal import ICE
internal import JSEP
internal import Logging
internal import NetworkLoop
internal import TransportTypes

// Making the connection what a plan says. What can fail comes first, and changes nothing: the
// transports that are to be made. Then all of it is put into force, and only when everybody can see
// it is anything told.
extension PeerConnection {
    /// Changes the negotiation, which knows what the application wants now; with an error nothing
    /// has changed.
    func negotiate<Result>(
        _ change: (inout Negotiation) throws(WebRTCError) -> Result
    ) throws(WebRTCError) -> Result {
        var next = currentNegotiation
        let result = try change(&next)
        negotiation = next
        return result
    }

    /// Sets a description, or takes one back.
    func set(
        _ operation: String, _ change: (inout Negotiation) throws(WebRTCError) -> SessionPlan
    ) throws(WebRTCError) {
        try checkOpen(operation)
        let (plan, made) = try negotiate { negotiation throws(WebRTCError) in
            let plan = try change(&negotiation)
            return (plan, try makeTransports(for: plan))
        }
        apply(plan, made).tell(with: snapshot)
        if plan.signalingState == .stable {
            isNegotiationNeeded = false
            updateNegotiationNeeded()
        }
        // Candidates come after the call has returned (W3C: in a task of their own).
        if transports.contains(where: \.needsGathering) {
            loop.post { [weak self] in self?.assumeIsolated { $0.beginGathering() } }
        } else {
            updateGatheringState()
        }
        // close() may have been called meanwhile; then nothing of this was seen by anybody.
        try checkOpen(operation)
    }

    /// Puts a plan into force, with the transports that were made for it.
    func apply(_ plan: SessionPlan, _ made: [ConnectionTransport]) -> Announcements {
        self.plan = plan
        for case .tagLost(let id) in plan.events { transport(id)?.hasLostTag = true }
        let kept = transports.filter { isKept($0, by: plan) }
        let retired = transports.filter { transport in !kept.contains { $0 === transport } }
        for transport in retired where plan.transport(transport.id) != nil {
            negotiation.forgetLocalCandidates(of: transport.id)
        }
        transports = (kept + made).sorted { $0.id < $1.id }
        for transport in transports {
            if let local = plan.transport(transport.id)?.local { transport.announce(local) }
            transport.mayBeFollowed = mayBeFollowed(transport)
        }
        let before = transceivers
        let now = apply(plan.transceivers, of: plan)
        let announcements = apply(plan.events, to: now + before)
        snapshot.show(
            negotiation.descriptions, signaling: plan.signalingState, transceivers: now,
            transports: transports.map { ($0.dtls, plan.transport($0.id)?.mids ?? []) },
            isGathering: transports.contains(where: \.isGathering))
        applyData()
        applyMedia()
        retired.forEach(retire)
        if !retired.isEmpty { updateBitrate() }
        if !retired.isEmpty { updateStates() }
        applyAgreements()
        updateDeparture()
        return announcements
    }

    /// The channels' place on their transport.
    private func applyData() {
        let carrier = plan.data.transport.flatMap(transport)
        if carrier != nil || plan.data.isOffered { _ = dataSession() }
        guard let data else { return }
        if !data.apply(plan.data, on: carrier, isBare: transports.isEmpty) { self.data = nil }
    }

    /// What each transport carries of media.
    private func applyMedia() {
        let plans = Dictionary(grouping: plan.media.values, by: \.transport)
        let all = transceivers
        for transport in transports {
            let plans = plans[transport.id] ?? []
            let known = transport.media
            guard !plans.isEmpty || known != nil else { continue }
            let session = known ?? MediaSession(on: transport, port: port, marksECN: configuration.ecnCapableMedia)
            transport.mediaSession = session
            session.apply(
                plans.compactMap { plan in
                    all.first { $0.core.id == plan.transceiver }.map { (plan, $0) }
                })
            if plan.signalingState == .stable { session.unmuteAgain() }
        }
    }

    /// Gives the transports what is known of the remote side, once both sides have agreed on it.
    func applyAgreements() {
        for planned in plan.transports {
            if let agreement = planned.agreement { transport(planned.id)?.apply(agreement, of: plan) }
        }
    }

    // MARK: Transports

    /// The transport that the negotiation knows by this number.
    func transport(_ id: Int) -> ConnectionTransport? { transports.first { $0.id == id } }

    /// Whether the plan has this transport, and the peer is on it.
    private func isKept(_ transport: ConnectionTransport, by plan: SessionPlan) -> Bool {
        let hasLostTag = transport.hasLostTag || plan.events.contains(.tagLost(transport: transport.id))
        return plan.transport(transport.id) != nil && !(hasLostTag && transport.isLeft && transport.mayBeFollowed)
    }

    /// Makes those that the plan has and the connection has not.
    func makeTransports(for plan: SessionPlan) throws(WebRTCError) -> [ConnectionTransport] {
        var made: [ConnectionTransport] = []
        for planned in plan.transports where !(transport(planned.id).map { isKept($0, by: plan) } ?? false) {
            do throws(WebRTCError) {
                made.append(try makeTransport(planned, of: plan))
            } catch {
                made.forEach(retire)
                throw error
            }
        }
        return made
    }

    private func makeTransport(
        _ planned: SessionPlan.Transport, of plan: SessionPlan
    ) throws(WebRTCError) -> ConnectionTransport {
        var ice = configuration.iceConfiguration
        ice.role = plan.initialRole
        // SCTP may have been shown before what it stands on was there.
        let announced = planned.id == plan.data.transport && data?.transport == nil ? data?.sctp?.transport : nil
        let (port, id) = (port, planned.id)
        // The transport belongs to this actor and is only called on its loop, which is the actor's
        // executor.
        let transport = try ConnectionTransport(
            id: id, loop: loop, configuration: ice, credentials: planned.local, makePath: surroundings.makePath,
            certificate: certificate,
            dtls: announced?.state == .new ? announced : nil, logger: logger, wake: { port.wake() },
            onEvent: { [weak self] event in self?.assumeIsolated { $0.handle(event, from: id) } })
        snapshot.didOpenTransport()
        return transport
    }

    /// No section is on this transport any more.
    private func retire(_ transport: ConnectionTransport) {
        transport.close { [snapshot] in snapshot.didCloseTransport() }
        // Its states change in a task of their own (W3C §4.4.1.5), after the call that leads to it.
        let dtls = transport.dtls
        loop.post { dtls.close() }
    }

    func beginGathering() {
        let waiting = transports.filter(\.needsGathering)
        guard !waiting.isEmpty, !isClosed else { return }
        for transport in waiting { transport.ice.update { $0.gatheringState = .gathering } }
        updateGatheringState()
        snapshot.forgetServerErrors()
        for error in configuration.unusableServers {
            let reason = error.errorText
            logger?.warning("an ICE server is not used", metadata: ["url": "\(error.url)", "reason": "\(reason)"])
            snapshot.keep(error)
        }
        for transport in waiting { transport.gather(restartRole: plan.restartRole) }
    }
}
