internal import SDP
internal import TransportTypes

// Setting descriptions.
extension Negotiation {
    /// RFC 9429 §5.9, W3C §4.4.1.5. `nil` sets what fits the state: a new offer, or the answer to
    /// the remote one.
    @discardableResult
    package mutating func setLocal(_ description: SessionDescription?) throws(WebRTCError) -> SessionPlan {
        let kind = description?.type ?? implicitLocalKind
        guard let next = signalingState.after(kind, on: .local) else {
            throw wrongState(
                "setLocalDescription",
                "a local \(kind.rawValue) cannot be set now: \(signalingState.advice(against: kind, on: .local))")
        }
        if kind == .rollback { return rollBack() }
        let created = try localDescription(kind, given: description?.sdp ?? "")
        var applied = AppliedDescription(type: kind, document: created.document)
        keepCandidates(&applied, created.transports)
        if kind == .offer {
            pendingLocal = applied
            offeredTransports = created.transports
            dataMid = created.document.media.first { $0.isDataChannels && !$0.isRejected }?.mid ?? stableDataMid
            move(to: next)
            associate(created)
        } else {
            applyAnswer(applied, created.transports, on: .local, to: next)
        }
        return takePlan()
    }

    /// RFC 9429 §5.10. A remote offer that meets a local one rolls the local one back first.
    @discardableResult
    package mutating func setRemote(_ description: SessionDescription) throws(WebRTCError) -> SessionPlan {
        _ = try remoteState(after: description.type)
        if description.type == .rollback { return rollBack() }
        let document: SDPDocument
        do throws(SDPError) {
            document = try SDPDocument(parsing: description.sdp)
        } catch {
            throw WebRTCError(.sdpSyntax, "setRemoteDescription: \(error)")
        }
        return try setRemote(description.type, document)
    }

    /// The same with an offer or an answer that was read.
    @discardableResult
    mutating func setRemote(
        _ kind: SessionDescription.Kind, _ document: SDPDocument
    ) throws(WebRTCError) -> SessionPlan {
        let next = try remoteState(after: kind)
        var document = document
        Self.fillInMids(&document, from: kind == .offer ? currentRemote?.document : pendingLocal?.document)
        let applied = AppliedDescription(type: kind, document: document)
        if kind == .offer {
            let mid = try acceptableDataMid(in: applied)
            // A step of its own (W3C §4.4.2 `setRemoteDescription`).
            if signalingState == .haveLocalOffer { takeBackPending() }
            pendingRemote = applied
            dataMid = mid ?? stableDataMid
            move(to: next)
            applyMedia(ofOffer: document)
        } else {
            try checkAnswer(applied)
            try applyAnswer(applied, transports(answeredBy: applied), on: .remote, to: next)
        }
        return takePlan()
    }

    /// Takes back what is pending, whoever's it is, also after a provisional answer.
    @discardableResult
    package mutating func rollBack() -> SessionPlan {
        if signalingState != .closed { takeBackPending() }
        return takePlan()
    }

    private func remoteState(after kind: SessionDescription.Kind) throws(WebRTCError) -> SignalingState {
        guard let next = signalingState.after(kind, on: .remote) else {
            throw wrongState(
                "setRemoteDescription",
                "a remote \(kind.rawValue) cannot be set now: \(signalingState.advice(against: kind, on: .remote))")
        }
        return next
    }

    private var implicitLocalKind: SessionDescription.Kind {
        switch signalingState {
        case .stable, .haveLocalOffer, .haveRemotePranswer, .closed: .offer
        case .haveRemoteOffer, .haveLocalPranswer: .answer
        }
    }

    /// What was created for this, which the given text must equal unless it is empty.
    private mutating func localDescription(
        _ kind: SessionDescription.Kind, given: String
    ) throws(WebRTCError) -> Created {
        if given.isEmpty, kind == .offer, !isLastOfferCurrent {
            try makeOffer()
        } else if given.isEmpty, kind != .offer, !isLastAnswerCurrent {
            try makeAnswer()
        }
        guard let created = kind == .offer ? lastOffer : lastAnswer else {
            throw WebRTCError(
                .invalidModification, "setLocalDescription: nothing was created; call createOffer() or createAnswer()")
        }
        guard given.isEmpty || given == created.document.serialized() else {
            throw WebRTCError(
                .invalidModification,
                "setLocalDescription: the text is not the one that this connection created last; set it unchanged")
        }
        return created
    }

    /// What was gathered with the credentials of a description that is set again, or for good, is
    /// part of it.
    private func keepCandidates(_ description: inout AppliedDescription, _ table: TransportTable) {
        for entry in table.entries {
            guard let before = localTransport(entry.id), let index = description.index(ofMid: entry.tag) else {
                continue
            }
            let media = description.document.media[index]
            guard media.iceUfrag == before.credentials.usernameFragment,
                media.candidates.count <= before.candidates.count
            else { continue }
            description.document.media[index].candidates = before.candidates
            description.document.media[index].hasEndOfCandidates = before.hasEndOfCandidates
        }
    }

    private mutating func applyAnswer(
        _ answer: AppliedDescription, _ table: TransportTable, on side: SignalingState.Side, to next: SignalingState
    ) {
        if side == .local { pendingLocal = answer } else { pendingRemote = answer }
        move(to: next)
        applyMedia(ofAnswer: answer, on: side)
        guard answer.type == .answer else {
            answeredTransports = table
            return
        }
        currentLocal = pendingLocal
        currentRemote = pendingRemote
        noteLostTags(since: currentTransports, in: table)
        currentTransports = table
        dropPending()
        lastOffer = nil
        lastAnswer = nil
        if let mid = dataMid, answer.index(ofMid: mid) != nil, !answer.isOpen(mid) {
            // There will be no data before the application asks for it again.
            dataMid = nil
            wantsData = false
        }
        stableDataMid = dataMid
        settleMedia(answer)
        settleRestart()
    }

    /// RFC 9429 §4.1.10.2: what the pending descriptions changed is undone.
    private mutating func takeBackPending() {
        keepUnusedCredentials()
        dropPending()
        lastAnswer = nil
        dataMid = stableDataMid
        move(to: .stable)
        rollBackMedia()
    }

    private mutating func dropPending() {
        pendingLocal = nil
        pendingRemote = nil
        offeredTransports = nil
        answeredTransports = nil
    }

    private mutating func move(to next: SignalingState) {
        if next != signalingState { events.append(.signalingState(next)) }
        signalingState = next
        if next == .haveRemoteOffer { lastAnswer = nil }
    }

    /// Notes which transports the answer has left without the section that spoke for them, though
    /// others go on with them.
    private mutating func noteLostTags(since before: TransportTable, in now: TransportTable) {
        for entry in before.entries {
            if let mids = now[entry.id]?.mids, !mids.contains(entry.tag) {
                events.append(.tagLost(transport: entry.id))
            }
        }
    }
}
