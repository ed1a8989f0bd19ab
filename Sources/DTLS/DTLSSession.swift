package import TransportTypes

/// One DTLS 1.2 association: datagrams in, datagrams out, and the time of the next retransmission
/// (RFC 6347).
///
/// The session has no socket, thread or clock. Its owner gives it what arrives and the time, and is
/// called back through the delegate, always from inside one of its own calls. One thread at a time.
///
/// The peer's certificate is compared with the fingerprints of its session description during the
/// handshake, before any key exists. While these are unknown the handshake waits at that point.
/// What anybody could forge before there are keys ends nothing (``HandshakeGate``): a plain alert
/// is believed when nothing better has come for four seconds.
package final class DTLSSession {
    package let role: DTLSRole
    package let certificate: Certificate
    /// Called for everything that happens; not retained.
    package weak var delegate: (any DTLSSessionDelegate)?

    package private(set) var counters = DTLSCounters()
    /// The peer's certificate in DER, as soon as it was found to be the announced one; kept after
    /// the end.
    package private(set) var remoteCertificateDER: [UInt8]?
    /// What was agreed on, from `connected` on; kept after the end.
    package private(set) var parameters: DTLSParameters?

    private(set) var phase: Phase
    private let configuration: DTLSConfiguration
    var remoteIdentity: RemoteIdentity
    /// How often the sessions of OpenSSL that are no more have sent a flight again.
    private var pastRetransmissions: UInt64 = 0

    // What a call of ours is doing at the moment, in any phase: calls nest, and each ends before
    // the one around it.
    private var isDelivering = false
    var isProducing = false
    private var closesAfterCall = false

    /// Where the session stands, with what exists only then.
    enum Phase {
        /// ``start(now:)`` has not been called; what comes for a server is kept.
        case new(Handshake)
        /// There are no keys that the peer is known to have.
        case handshaking(Handshake)
        /// The handshake is over for us, but the peer may ask for our last flight again: OpenSSL's
        /// session goes on.
        case finished(NativeSession)
        /// The peer is known to be done with the handshake, too.
        case protected(RecordProtection)
        /// Ended on purpose.
        case closed
        /// Ended by an error.
        case failed
    }

    /// Makes a session in the state `new`.
    ///
    /// - Parameters:
    ///   - remoteFingerprints: What the peer's session description announced; may be empty until it
    ///     is known.
    /// - Throws: `library` when OpenSSL cannot allocate a session.
    package init(
        role: DTLSRole, certificate: Certificate, remoteFingerprints: [Fingerprint] = [],
        configuration: DTLSConfiguration = DTLSConfiguration(), delegate: (any DTLSSessionDelegate)?
    ) throws(DTLSError) {
        self.role = role
        self.certificate = certificate
        remoteIdentity = RemoteIdentity(announced: remoteFingerprints)
        self.configuration = configuration
        self.delegate = delegate
        let native = try NativeSession(context: certificate.native.context, role: role, configuration: configuration)
        phase = .new(Handshake(native: native, role: role))
        native.attach(self)
    }

    /// Forgets a ClientHello and its answer. False if OpenSSL has no memory.
    func beginAgain(_ handshake: Handshake) -> Bool {
        guard
            let fresh = try? NativeSession(
                context: certificate.native.context, role: role, configuration: configuration)
        else { return false }
        fresh.attach(self)
        pastRetransmissions &+= handshake.native.retransmissions
        handshake.native = fresh
        handshake.gate.beginAgain()
        return true
    }

    // MARK: Inputs

    /// Begins: the client sends its ClientHello; the server looks at what has already come. A
    /// second call does nothing.
    package func start(now: Duration) {
        guard case .new(let handshake) = phase, !isBusy else { return }
        change(to: .handshaking(handshake))
        if state == .connecting, role == .client { advance(handshake.native.handshake()) }
        goOn(now: now)
        finishCall(now: now)
    }

    /// Takes one datagram of the peer. What is not for this session is dropped.
    package func receive(_ datagram: Span<UInt8>, now: Duration) {
        receive(datagram, segmentSize: max(1, datagram.count), now: now)
    }

    /// Takes datagrams of the peer that lie back to back. What is not for this session is dropped.
    ///
    /// - Parameter segmentSize: how long each is, but the last may be shorter; 1 or more.
    package func receive(_ datagrams: Span<UInt8>, segmentSize: Int, now: Duration) {
        precondition(segmentSize > 0, "a datagram has a size")
        guard !isBusy else {
            counters.datagramsReceived &+= UInt64((datagrams.count + segmentSize - 1) / segmentSize)
            counters.recordsDiscarded &+= 1
            return
        }
        var offset = 0
        while offset < datagrams.count {
            let datagram = datagrams.extracting(offset..<min(datagrams.count, offset + segmentSize))
            take(recordsOf: datagram, now: now)
            offset += segmentSize
        }
        goOn(now: now)
        finishCall(now: now)
    }

    /// What follows something that is no record is not looked at: where it would begin is not
    /// known.
    private func take(recordsOf datagram: Span<UInt8>, now: Duration) {
        counters.datagramsReceived &+= 1
        var offset = 0
        while offset < datagram.count {
            guard let record = Record(in: datagram, at: offset) else {
                counters.recordsDiscarded &+= 1
                return
            }
            offset = record.range.upperBound
            take(record, datagram.extracting(record.range), now: now)
        }
    }

    /// Sends one application record.
    ///
    /// - Parameter bytes: Up to 16,384; up to ``maximumPayload`` if the datagram is not to be
    ///   larger than the MTU. None at all sends nothing.
    /// - Throws: `invalidState` unless connected, or from inside `didProduce`; `messageTooLarge`;
    ///   `library`.
    package func send(_ bytes: Span<UInt8>) throws(DTLSError) {
        guard state == .connected else {
            throw DTLSError(.invalidState, "cannot send while \(state.rawValue); wait until connected")
        }
        guard native?.isInside != true, !isProducing else {
            throw DTLSError(.invalidState, "cannot send from inside of didProduce; send after it has returned")
        }
        guard bytes.count <= NativeSession.maximumWrite else {
            throw DTLSError(
                .messageTooLarge,
                "\(bytes.count) bytes are more than the \(NativeSession.maximumWrite) that fit a record here"
            )
        }
        guard !bytes.isEmpty else { return }
        let step: NativeSession.Step
        switch phase {
        case .finished(let native): step = native.write(bytes)
        case .protected(let protection): step = produce(bytes, as: .applicationData, with: protection)
        case .new, .handshaking, .closed, .failed: return
        }
        if closesAfterCall { finishCall(now: .zero) }
        guard case .done = step else {
            let error = DTLSError(.library, "OpenSSL did not take the record: \(step)")
            fail(error)
            throw error
        }
    }

    /// How long the datagram of a record with so many bytes is, if ``seal(_:appendingTo:)`` can be
    /// used for it; nil before that, and for more bytes than a record takes.
    package func sealedSize(of count: Int) -> Int? {
        guard case .protected(let protection) = phase, !isProducing,
            (1...NativeSession.maximumWrite).contains(count)
        else { return nil }
        return count + protection.suite.overhead
    }

    /// Does what ``send(_:)`` does, but the datagram is written where it is to be sent from instead
    /// of being handed to the delegate. Only after ``sealedSize(of:)`` has told its size. False if
    /// OpenSSL fails, which ends the session.
    package func seal(_ bytes: Span<UInt8>, appendingTo datagrams: inout [UInt8]) -> Bool {
        guard case .protected(let protection) = phase,
            protection.seal(bytes, as: .applicationData, appendingTo: &datagrams)
        else {
            fail(DTLSError(.library, "OpenSSL did not take a record"))
            return false
        }
        counters.datagramsSent &+= 1
        return true
    }

    /// Sends the last flight again, or does what else had to wait, if ``nextDeadline`` has come.
    package func handleTimeout(now: Duration) {
        guard let handshake, let deadline = handshake.nextDeadline, now >= deadline, !isBusy else { return }
        handshake.gate.lookAgain()
        goOn(now: now)
        settle(now: now)
        repeatFlight(now: now)
        finishCall(now: now, soonest: .milliseconds(1))
    }

    /// Names the certificates that the peer may have, from its session description. The handshake
    /// goes on if it waited.
    ///
    /// When the peer is already known by its certificate, this compares again, and a mismatch fails
    /// the session.
    package func setRemoteFingerprints(_ fingerprints: [Fingerprint], now: Duration) {
        remoteIdentity = RemoteIdentity(announced: fingerprints)
        guard !isBusy, state == .connecting || state == .connected else { return }
        if let der = remoteCertificateDER, let error = remoteIdentity.mismatch(of: der) {
            if state == .connected { sendCloseNotify() }
            fail(error)
        } else {
            handshake?.gate.lookAgain()
            goOn(now: now)
        }
        finishCall(now: now)
    }

    /// Ends the session, with a close_notify if it was connected. Further calls do nothing.
    package func close() {
        guard state != .closed else { return }
        guard native?.isInside != true, !isProducing else {
            closesAfterCall = true
            return
        }
        if state == .connected { sendCloseNotify() }
        end(.closed)
    }

    /// Gives back the memory that is only needed while records flow: 18 KB. The next record takes
    /// it again. To be called when a turn of the loop is over, so that its sessions take turns with
    /// the same memory; does nothing before `connected`.
    package func releaseBuffers() {
        guard !isBusy else { return }
        switch phase {
        case .finished(let native): native.releaseBuffers()
        case .protected(let protection): protection.releaseBuffers()
        case .new, .handshaking, .closed, .failed: break
        }
    }

    // MARK: Outputs

    /// Where the session stands, as W3C names it.
    package var state: DTLSState {
        switch phase {
        case .new: .new
        case .handshaking: .connecting
        case .finished, .protected: .connected
        case .closed: .closed
        case .failed: .failed
        }
    }

    /// When ``handleTimeout(now:)`` is to be called, by the clock of `now`; nil when it need not
    /// be.
    package var nextDeadline: Duration? { handshake?.nextDeadline }

    /// The most bytes of a ``send(_:)`` whose datagram is not larger than the MTU. Zero before
    /// `connected`.
    package var maximumPayload: Int {
        switch phase {
        case .finished(let native): native.maximumPayload
        case .protected(let protection): protection.maximumPayload
        case .new, .handshaking, .closed, .failed: 0
        }
    }

    /// The SRTP keys of both directions, or nil before `connected` or when no profile was agreed
    /// on.
    package func exportSRTPKeys() -> SRTPKeys? {
        switch phase {
        case .finished(let native): native.exportSRTPKeys(role: role)
        case .protected(let protection): protection.srtpKeys
        case .new, .handshaking, .closed, .failed: nil
        }
    }

    // MARK: Records

    /// What exists until the handshake is over.
    var handshake: Handshake? {
        switch phase {
        case .new(let handshake), .handshaking(let handshake): handshake
        case .finished, .protected, .closed, .failed: nil
        }
    }

    /// OpenSSL's session, while there is one.
    private var native: NativeSession? {
        switch phase {
        case .new(let handshake), .handshaking(let handshake): handshake.native
        case .finished(let native): native
        case .protected, .closed, .failed: nil
        }
    }

    /// Whether a call came from inside of a callback that does not allow it.
    private var isBusy: Bool { native?.isInside == true || isDelivering || isProducing }

    private func take(_ record: Record, _ bytes: Span<UInt8>, now: Duration) {
        // Dropped here (RFC 6347 §4.1.2.7): to OpenSSL 3.0.19 an encrypted record without room for
        // its tag is fatal, and anybody can forge one.
        guard record.epoch == 0 || bytes.count - Record.headerLength >= native?.leastEncryption ?? 0 else {
            counters.recordsDiscarded &+= 1
            return
        }
        let isTaken =
            switch phase {
            case .protected(let protection): open(record, bytes, with: protection)
            case .finished(let native): read(record, bytes, with: native)
            case .handshaking(let handshake): takeConnecting(record, bytes, handshake, now: now)
            // To a client that has said nothing nobody has an answer.
            case .new(let handshake): role == .server && takePlain(record, bytes, handshake, now: now)
            case .closed, .failed: false
            }
        if !isTaken { counters.recordsDiscarded &+= 1 }
    }

    /// Takes a record with OpenSSL's session, after the handshake; false if it has no use.
    private func read(_ record: Record, _ bytes: Span<UInt8>, with native: NativeSession) -> Bool {
        // There is no renegotiation, so that epoch 1 is the only one to come. Of a repeated flight
        // the Finished, which is in it, makes OpenSSL repeat ours; the rest of that flight has no
        // use any more.
        guard record.epoch == 1 else { return false }
        let step = native.read(bytes, deliver: deliver)
        switch step {
        case .done:
            native.noteArrival(bytes)
            if record.type == .applicationData { replace(native) }
        case .wantsInput: return record.type != .applicationData
        case .closedByPeer: close()
        case .failed(let error): fail(error)
        }
        return true
    }

    private func deliver(_ content: Span<UInt8>) {
        isDelivering = true
        delegate?.dtlsSession(self, didReceive: content)
        isDelivering = false
    }

    /// Takes a record without OpenSSL's session; false if it has no use.
    private func open(_ record: Record, _ bytes: Span<UInt8>, with protection: RecordProtection) -> Bool {
        guard record.epoch == 1 else { return false }
        switch protection.open(record, bytes, deliver: deliver) {
        case .data: break
        case .closeNotify: close()
        case .fatalAlert(let number): fail(OpenSSLFailure.alertReceived(number))
        case .nothing: return false
        }
        return true
    }

    /// The peer has sent data, so it has all of our handshake, and we have its: OpenSSL's session
    /// has no more to do.
    private func replace(_ native: NativeSession) {
        guard state == .connected, let protection = native.makeProtection(role: role) else { return }
        pastRetransmissions &+= native.retransmissions
        phase = .protected(protection)
    }

    /// Hands a record to the delegate.
    private func produce(
        _ bytes: Span<UInt8>, as type: Record.ContentType, with protection: RecordProtection
    ) -> NativeSession.Step {
        var datagram: [UInt8] = []
        guard protection.seal(bytes, as: type, appendingTo: &datagram) else {
            return .failed(DTLSError(.library, "there is no memory for a record, or no number is left for one"))
        }
        isProducing = true
        native(didProduce: datagram.span)
        isProducing = false
        return .done
    }

    private func sendCloseNotify() {
        // It is a warning (RFC 5246 §7.2.1).
        let alert: [UInt8] = [1, 0]
        switch phase {
        case .finished(let native): native.shutdown()
        case .protected(let protection): _ = produce(alert.span, as: .alert, with: protection)
        case .new, .handshaking, .closed, .failed: break
        }
    }

    // MARK: States

    func advance(_ step: NativeSession.Step) {
        switch step {
        case .wantsInput: break
        case .done: finishHandshake()
        case .closedByPeer: end(.closed)
        case .failed(let error): fail(handshake?.refusal ?? error)
        }
    }

    private func finishHandshake() {
        guard case .handshaking(let handshake) = phase else { return }
        guard let der = remoteCertificateDER else {
            return fail(DTLSError(.fingerprintMismatch, "the handshake ended without a certificate of the peer"))
        }
        if let error = remoteIdentity.mismatch(of: der) { return fail(error) }
        parameters = handshake.native.parameters
        change(to: .finished(handshake.native))
        guard state == .connected else { return }
        // What was kept, in the order in which it came.
        for bytes in handshake.waiting.removeAll() {
            let span = bytes.span
            guard let record = Record(in: span, at: 0) else { continue }
            take(record, span, now: .zero)
        }
    }

    func fail(_ error: DTLSError) {
        guard state != .closed, state != .failed else { return }
        end(.failed, error: error)
    }

    private func end(_ phase: Phase, error: DTLSError? = nil) {
        pastRetransmissions &+= native?.retransmissions ?? 0
        change(to: phase, error: error)
    }

    private func change(to phase: Phase, error: DTLSError? = nil) {
        self.phase = phase
        delegate?.dtlsSession(self, didChange: state, error: error)
    }

    /// The end of every call that may have moved the session: does what had to wait, and sets the
    /// next deadline.
    private func finishCall(now: Duration, soonest: Duration = .zero) {
        if closesAfterCall {
            closesAfterCall = false
            close()
        }
        counters.retransmissions = pastRetransmissions &+ (native?.retransmissions ?? 0)
        guard case .handshaking(let handshake) = phase else { return }
        var deadlines = [handshake.claim?.deadline, handshake.gate.deadline]
        // While the peer's flight waits here for fingerprints, ours has arrived: there is nothing
        // to repeat.
        if remoteIdentity.isKnown || !handshake.gate.isWhole, let wait = handshake.native.timeUntilRetransmission {
            // OpenSSL reads the time of day; should that be set back, the wait must not grow beyond
            // what was asked for.
            let bounded = min(wait, configuration.maximumRetransmission + .milliseconds(1))
            deadlines.append(now + max(bounded, soonest))
        }
        handshake.nextDeadline = deadlines.compactMap { $0 }.min()
    }
}

extension DTLSSession: NativeSessionOwner {
    func native(didProduce datagram: Span<UInt8>) {
        if case .handshaking(let handshake) = phase {
            if handshake.heldOutput != nil {
                handshake.heldOutput?.append(datagram.indices.map { datagram[$0] })
                return
            }
            handshake.gate.noteSent(datagram)
        }
        counters.datagramsSent &+= 1
        delegate?.dtlsSession(self, didProduce: datagram)
    }

    func native(acceptsPeerCertificate der: [UInt8]) -> Bool {
        let refusal = remoteIdentity.mismatch(of: der)
        handshake?.refusal = refusal
        guard refusal == nil else { return false }
        remoteCertificateDER = der
        return true
    }
}
