internal import DTLS
internal import ICE
internal import Logging
internal import NetworkLoop

// Above ICE: keys with the peer, and what they protect.
extension TransportStack {
    /// Whether the description is of somebody else than DTLS is with: another certificate (RFC 8842 §4).
    func isAnotherPeer(_ description: TransportDescription) -> Bool {
        guard let dtls, Set(fingerprints) != Set(description.fingerprints) else { return false }
        guard let der = dtls.remoteCertificateDER else { return remoteCredentials != description.credentials }
        // The same certificate may be announced with other hash functions.
        return !description.fingerprints.contains { (try? Fingerprint(of: der, $0.algorithm)) == $0 }
    }

    /// Ends the session with the peer so far; the next agreement begins one with another peer, on another pair.
    func leavePeer() {
        let before = dtls
        dtls = nil
        dtlsState = .new
        dtlsTimer?.cancel()
        held = HeldDatagrams()
        before?.close()
        flush()
        fingerprints = []
        waitsForPair = true
    }

    /// Makes the session, or says whom it may be with.
    func expectPeer(_ announced: [Fingerprint], role: DTLSRole) {
        defer { fingerprints = announced }
        if let dtls {
            guard Set(fingerprints) != Set(announced) else { return }
            dtls.setRemoteFingerprints(announced, now: loop.now)
            updateDTLSTimer()
            wake()
            return
        }
        do throws(DTLSError) {
            dtls = try DTLSSession(
                role: role, certificate: certificate, remoteFingerprints: announced,
                configuration: DTLSConfiguration(), delegate: self)
        } catch {
            dtlsState = .failed
            onEvent?(.dtlsState(.failed, error))
            return
        }
        startHandshakeIfReady()
    }

    /// Whether what the session says can go out.
    private var hasPath: Bool { !waitsForPair && (ice?.state == .connected || ice?.state == .completed) }

    func startHandshakeIfReady() {
        guard let dtls, dtlsState == .new, hasPath else { return }
        let now = loop.now
        dtls.start(now: now)
        for datagram in held.take(now: now) { receive(datagram.span) }
        updateDTLSTimer()
        wake()
    }

    private func updateDTLSTimer() {
        let deadline = dtls?.nextDeadline
        if let timer = dtlsTimer, timer.isActive, timer.deadline == deadline { return }
        dtlsTimer?.cancel()
        dtlsTimer = nil
        guard let deadline else { return }
        let now = loop.now
        dtlsTimer = loop.schedule(after: max(.zero, deadline - now)) { [weak self] in
            guard let self, let dtls = self.dtls else { return }
            dtls.handleTimeout(now: loop.now)
            self.updateDTLSTimer()
            self.flush()
        }
    }

    /// Encrypts one SCTP packet into the batch.
    func send(_ packet: Span<UInt8>) {
        guard let dtls, dtlsState == .connected else { return }
        if let size = dtls.sealedSize(of: packet.count) {
            if !batch.accepts(size) { flush() }
            _ = batch.append(size) { dtls.seal(packet, appendingTo: &$0) }
            return
        }
        do throws(DTLSError) {
            try dtls.send(packet)
        } catch {
            logger?.debug("packet not sent", metadata: ["error": "\(error)"])
        }
    }

    /// Encrypts one SCTP packet and sends it alone, at once, and not in fragments, if the path can tell.
    func send(probe packet: Span<UInt8>) {
        flush()
        send(packet)
        flush(unfragmented: true)
    }

    /// Takes a datagram of the peer that is not ICE's own.
    func receive(_ datagram: Span<UInt8>) {
        guard datagram.count > 0 else { return }
        let kind = PacketKind(firstByte: datagram[0])
        // What libnice does not know as STUN may be two messages that were merged.
        if kind == .stun { ice?.mergesArrivals = false }
        guard kind == .dtls else { return }
        // The peer's first flight can come before its description, or before our own checks have said that the pair works.
        guard let dtls, dtlsState != .new || hasPath else { return held.hold(datagram, now: loop.now) }
        if dtlsState == .new { dtls.start(now: loop.now) }
        // A flight of the handshake is several records in one datagram.
        let mayBeMerged = dtlsState == .connected
        let taken = dtls.receive(datagram, now: loop.now)
        if mayBeMerged { account(taken, of: datagram) }
        onArrivalsEnd?()
        if dtlsState != .connected { updateDTLSTimer() }
        if batch.isEmpty { dtls.releaseBuffers() } else { wake() }
    }

    /// Datagrams that the kernel has merged are told apart by the lengths of their records. One of ICE that came right behind them is
    /// lost with that: on such a path they are taken one by one from here on, and the peer sends it again.
    private func account(_ taken: (byteCount: Int, records: Int), of datagram: Span<UInt8>) {
        guard let ice, ice.mergesArrivals else { return }
        ice.countMerged(taken.records - 1)
        if taken.byteCount < datagram.count, PacketKind(firstByte: datagram[taken.byteCount]) == .stun {
            ice.mergesArrivals = false
            logger?.debug("datagrams are not merged any more: one of ICE was among them")
        }
    }
}

extension TransportStack: DTLSSessionDelegate {
    func dtlsSession(_ session: DTLSSession, didProduce datagram: Span<UInt8>) {
        if !batch.accepts(datagram.count) { flush() }
        batch.append(datagram)
    }

    func dtlsSession(_ session: DTLSSession, didReceive applicationData: Span<UInt8>) {
        onApplicationData?(applicationData)
    }

    func dtlsSession(_ session: DTLSSession, didChange state: DTLSState, error: DTLSError?) {
        guard session === dtls else { return }
        dtlsState = state
        // Records carry their lengths; packets of media do not, and could not be told apart.
        ice?.mergesArrivals = state == .connected
        onEvent?(.dtlsState(state, error))
    }
}
