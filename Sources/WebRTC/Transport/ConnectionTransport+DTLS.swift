internal import DTLS
internal import ICE
internal import JSEP
internal import Logging
internal import NetworkLoop
internal import TransportTypes

// Above ICE: keys with the peer, and what they protect.
extension ConnectionTransport {
    /// Whether the description is of somebody else than DTLS is with: another certificate (RFC 8842
    /// §4).
    func isAnotherPeer(_ description: TransportDescription) -> Bool {
        guard let session, Set(fingerprints) != Set(description.fingerprints) else { return false }
        guard let der = session.remoteCertificateDER else { return remoteCredentials != description.credentials }
        // The same certificate may be announced with other hash functions.
        return !description.fingerprints.contains { (try? Fingerprint(of: der, $0.algorithm)) == $0 }
    }

    /// Ends the session with the peer so far: the next agreement begins one with another peer, on
    /// another pair, and what is attached begins anew, too.
    func leavePeer() {
        dataSession?.peerDidChange()
        mediaSession?.peerDidChange()
        let before = session
        session = nil
        dtlsState = .new
        dtlsTimer?.cancel()
        held = HeldDatagrams()
        before?.close()
        flush()
        fingerprints = []
        waitsForPair = true
        // What the former peer has left behind says nothing of this one.
        (isLeft, hasLostTag, mayBeFollowed) = (false, false, false)
        dtls.restart()
        noteGone(false)
    }

    /// Makes the session, or says whom it may be with.
    func expectPeer(_ announced: [Fingerprint], role: DTLSRole) {
        defer { fingerprints = announced }
        if let session {
            guard Set(fingerprints) != Set(announced) else { return }
            session.setRemoteFingerprints(announced, now: loop.now)
            updateDTLSTimer()
            wake()
            return
        }
        do throws(DTLSError) {
            session = try DTLSSession(
                role: role, certificate: certificate, remoteFingerprints: announced,
                configuration: DTLSConfiguration(), delegate: self)
        } catch {
            didChange(.failed, error)
            return
        }
        startHandshakeIfReady()
    }

    /// Whether what the session says can go out.
    private var hasPath: Bool { !waitsForPair && (path?.state == .connected || path?.state == .completed) }

    func startHandshakeIfReady() {
        guard let session, dtlsState == .new, hasPath else { return }
        let now = loop.now
        session.start(now: now)
        for datagram in held.take(now: now) { receive(datagram.span, segmentSize: datagram.count) }
        updateDTLSTimer()
        wake()
    }

    private func updateDTLSTimer() {
        let deadline = session?.nextDeadline
        if let timer = dtlsTimer, timer.isActive, timer.deadline == deadline { return }
        dtlsTimer?.cancel()
        dtlsTimer = nil
        guard let deadline else { return }
        let now = loop.now
        dtlsTimer = loop.schedule(after: max(.zero, deadline - now)) { [weak self] in
            guard let self, let session = self.session else { return }
            session.handleTimeout(now: loop.now)
            self.updateDTLSTimer()
            self.flush()
        }
    }

    // MARK: Packets

    /// Adds a datagram of `size` bytes to the batch, which `body` appends. False if it has not.
    func send(_ size: Int, isMarked: Bool = false, _ body: (inout [UInt8]) -> Bool) -> Bool {
        if !batch.accepts(size, isMarked: isMarked) { flush() }
        return batch.append(size, isMarked: isMarked, body)
    }

    /// Encrypts one packet of what DTLS carries into the batch.
    func send(_ packet: Span<UInt8>) {
        guard let session, dtlsState == .connected else { return }
        if let size = session.sealedSize(of: packet.count) {
            if !batch.accepts(size) { flush() }
            _ = batch.append(size) { session.seal(packet, appendingTo: &$0) }
            return
        }
        do throws(DTLSError) {
            try session.send(packet)
        } catch {
            logger?.debug("packet not sent", metadata: ["error": "\(error)"])
        }
    }

    /// Encrypts one packet and sends it alone, at once, and not in fragments, if the path can tell.
    func send(probe packet: Span<UInt8>) {
        flush()
        send(packet)
        flush(unfragmented: true)
    }

    /// Takes datagrams of the peer's that lie back to back, of `segmentSize` bytes each but the
    /// last, and hands each run of one kind to whom its first bytes say that it belongs (RFC 7983
    /// §7).
    func receive(_ datagrams: Span<UInt8>, segmentSize: Int) {
        var start = 0
        while start < datagrams.count {
            let kind = PacketKind(of: datagrams.extracting(start...))
            var end = min(datagrams.count, start + segmentSize)
            while end < datagrams.count, PacketKind(of: datagrams.extracting(end...)) == kind {
                end = min(datagrams.count, end + segmentSize)
            }
            let run = datagrams.extracting(start..<end)
            switch kind {
            case .dtls: receive(records: run, segmentSize: segmentSize)
            // Media enters here.
            case .srtp, .srtcp: mediaSession?.receive(run, segmentSize: segmentSize, isControl: kind == .srtcp)
            // ICE's own was lost to it when the kernel merged it with others.
            case .stun, .zrtp, .turnChannel, .unknown: break
            }
            start = end
        }
    }

    private func receive(records datagrams: Span<UInt8>, segmentSize: Int) {
        // The peer's first flight can come before its description, or before our own checks have
        // said that the pair works.
        guard let session, dtlsState != .new || hasPath else {
            return held.hold(datagrams, segmentSize: segmentSize, now: loop.now)
        }
        if dtlsState == .new { session.start(now: loop.now) }
        withArrivals { session.receive(datagrams, segmentSize: segmentSize, now: loop.now) }
        if dtlsState != .connected { updateDTLSTimer() }
        if batch.isEmpty { session.releaseBuffers() } else { wake() }
    }
}

extension ConnectionTransport: DTLSSessionDelegate {
    func dtlsSession(_ session: DTLSSession, didProduce datagram: Span<UInt8>) {
        if !batch.accepts(datagram.count) { flush() }
        batch.append(datagram)
    }

    func dtlsSession(_ session: DTLSSession, didReceive applicationData: Span<UInt8>) {
        deliver(applicationData)
    }

    func dtlsSession(_ session: DTLSSession, didChange state: DTLSState, error: DTLSError?) {
        guard session === self.session else { return }
        didChange(state, error)
    }

    /// The states say it before what is attached tells anybody.
    private func didChange(_ state: DTLSState, _ error: DTLSError?) {
        logger?.debug("DTLS state", metadata: ["state": "\(state)", "transport": "\(id)"])
        dtlsState = state
        // Who is told that it is connected can send at once.
        if state == .connected { mediaSession?.didConnect() }
        dtls.update(state: state, certificate: session?.remoteCertificateDER, error: error)
        if state == .closed { isLeft = true }
        if state == .closed, !mayBeFollowed { noteGone() } else { tell(.stateChanged) }
        switch state {
        case .new, .connecting: break
        case .connected: dataSession?.didConnect()
        case .closed:
            mediaSession?.peerDidLeave()
            dataSession?.peerDidLeave()
            tell(.peerLeft)
        case .failed:
            let code: WebRTCError.Code = error?.code == .fingerprintMismatch ? .fingerprintFailure : .dtlsFailure
            let reason = error.map { "\($0)" } ?? "unknown reason"
            dataSession?.didFail(WebRTCError(code, "the DTLS handshake failed: \(reason)"))
        }
    }
}
