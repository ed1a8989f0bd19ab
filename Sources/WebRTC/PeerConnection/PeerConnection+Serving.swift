public import JSEP
internal import SCTP

// What every server does with a connection, in one call each: describe it, wait until it is up,
// wait until it is over.
extension PeerConnection {
    /// Sets the peer's offer and answers it: the answer to send back, with the candidates that were
    /// gathered in time.
    ///
    /// ```swift
    /// let answer = try await connection.answer(to: offer)  // one request, one response
    /// ```
    ///
    /// - Parameters:
    ///   - offer: the peer's. An offer of ours that is pending gives way to it.
    ///   - limit: how long gathering may hold the answer back. Without servers it takes a few
    ///     milliseconds, with a STUN server that does not answer several seconds. Candidates that
    ///     come later are in ``iceCandidates`` only; zero is for those who trickle, and does not
    ///     wait at all.
    /// - Throws: `TypeError` if it is no offer; what ``setRemoteDescription(_:)`` and
    ///   ``setLocalDescription(_:)`` throw, and then everything is as it was; `InvalidStateError`
    ///   if the connection is closed or another description is set meanwhile, `AbortError` if the
    ///   task is cancelled, after which the answer is in force and found in ``localDescription``.
    public func answer(
        to offer: SessionDescription, gatheringWithin limit: Duration = .seconds(3)
    ) async throws(WebRTCError) -> SessionDescription {
        guard offer.type == .offer else {
            throw WebRTCError(
                .type, "answer(to:): this is a description of type \(offer.type.rawValue); hand an offer over")
        }
        try setRemoteDescription(offer)
        do throws(WebRTCError) {
            try setLocalDescription()
        } catch {
            try? rollBack()
            throw error
        }
        return try await gathered("answer(to:)", within: limit, \.currentLocal)
    }

    /// Makes an offer and sets it: the offer to send to the peer, with the candidates that were
    /// gathered in time. Its answer goes to ``setRemoteDescription(_:)``.
    ///
    /// - Parameter limit: how long gathering may hold the offer back; zero does not wait at all,
    ///   see ``answer(to:gatheringWithin:)``.
    /// - Throws: what ``createOffer(_:)`` and ``setLocalDescription(_:)`` throw;
    ///   `InvalidStateError` if the connection is closed or another description is set meanwhile,
    ///   `AbortError` if the task is cancelled, after which the offer is pending.
    public func offer(gatheringWithin limit: Duration = .seconds(3)) async throws(WebRTCError) -> SessionDescription {
        try setLocalDescription(try createOffer())
        return try await gathered("offer", within: limit, \.pendingLocal)
    }

    private func gathered(
        _ operation: String, within limit: Duration,
        _ description: any KeyPath<Descriptions, AppliedDescription?> & Sendable
    ) async throws(WebRTCError) -> SessionDescription {
        let set = negotiation.descriptions[keyPath: description]
        if limit > .zero { await withTimeLimit(limit, on: loop) { await self.gatheringComplete() } }
        try checkOpen(operation)
        if Task.isCancelled { throw WebRTCError(.abort, "\(operation): the task was cancelled") }
        // Candidates are added to it; another one has another version (RFC 9429 §5.2.2).
        let now = snapshot.read(\.descriptions)[keyPath: description]
        guard let applied = now, applied.id == set?.id else {
            throw WebRTCError(.invalidState, "\(operation): another description was set while candidates were gathered")
        }
        return applied.description
    }

    /// Waits until the connection is up: ICE and DTLS, so that data can flow.
    ///
    /// - Parameter limit: how long, from the call on; nil waits for as long as it takes.
    /// - Throws: `TimeoutError` after that time; `NetworkError`, or RTCError's `dtls-failure` or
    ///   `fingerprint-failure`, if it fails: both say what ``diagnosis`` says. `InvalidStateError`
    ///   if it is closed, `AbortError` if the task is cancelled. None of them closes the
    ///   connection.
    public nonisolated func connected(within limit: Duration? = .seconds(30)) async throws(WebRTCError) {
        let states = connectionStates
        let outcome = await withTimeLimit(limit, on: loop) {
            for await state in states where state == .connected || state == .failed { return state }
            return PeerConnectionState.closed
        }
        switch outcome {
        case .connected?: return
        case .failed?: throw diagnosis.failure("connected(within:)")
        case nil where !Task.isCancelled:
            let seen = diagnosis
            throw WebRTCError(.timeout, seen.sentence("connected(within:): not connected in time"))
        default:
            try checkOpen("connected(within:)")
            throw WebRTCError(.abort, "connected(within:): the task was cancelled")
        }
    }

    /// Waits until the connection is over, so that its owner can let go of it: whatever the reason,
    /// ``close()`` follows.
    ///
    /// ```swift
    /// Task {
    ///     let ending = await connection.ended()
    ///     connection.close()
    ///     logger.info("a visitor has left", metadata: ["reason": "\(ending)"])
    /// }
    /// ```
    ///
    /// A connection that has failed counts as over; whoever wants to restart ICE then follows
    /// ``connectionStates`` instead. From any thread, by any number of tasks, and after the end,
    /// too. It closes nothing itself.
    ///
    /// - Parameter limit: how long it may take, from the call on, until the connection is up for
    ///   the first time; nil waits for ever. An offer without sections, and a peer that never sends
    ///   a candidate, would keep it waiting otherwise.
    /// - Returns: why it is over; ``ConnectionEnding/cancelled`` if the task is cancelled first.
    public nonisolated func ended(ifNotConnectedWithin limit: Duration? = .seconds(60)) async -> ConnectionEnding {
        if isClosed { return .closed }
        let (states, departures) = (connectionStates, snapshot.departures.events())
        return await withTaskGroup(of: ConnectionEnding?.self) { group in
            group.addTask {
                let first = await withTimeLimit(limit, on: self.loop) {
                    for await state in states where state == .connected || state == .failed { return state }
                    return PeerConnectionState.closed
                }
                switch first {
                case nil: return Task.isCancelled ? nil : .timedOut(self.diagnosis)
                case .connected?: break
                case .failed?: return .failed(self.diagnosis)
                default: return nil
                }
                for await state in self.connectionStates where state == .failed { return .failed(self.diagnosis) }
                return nil
            }
            group.addTask {
                for await hasLeft in departures where hasLeft { return self.departure }
                return nil
            }
            defer { group.cancelAll() }
            // nil says that the states have ended: the connection is closed, or the task cancelled.
            for await ending in group { return ending ?? (self.isClosed ? .closed : .cancelled) }
            return .cancelled
        }
    }
}

extension PeerConnection {
    /// How it is told that the peer has left: its end of SCTP may have failed, which is no
    /// leave-taking.
    private nonisolated var departure: ConnectionEnding {
        switch snapshot.read(\.sctp)?.error?.code {
        case nil, .abortedByPeer?: .closedByPeer
        default: .failed(diagnosis)
        }
    }
}

extension ConnectionDiagnosis {
    /// What is seen and what to do, behind what it is about.
    func sentence(_ about: String) -> String {
        "\(about): \(text)" + (advice.map { "; \($0)" } ?? "")
    }

    /// The error for those who wait on what has failed.
    func failure(_ operation: String) -> WebRTCError {
        let code: WebRTCError.Code =
            switch step {
            case .fingerprint: .fingerprintFailure
            case .dtls: .dtlsFailure
            case .sctp: .sctpFailure
            default: .network
            }
        return WebRTCError(code, sentence(operation))
    }
}
