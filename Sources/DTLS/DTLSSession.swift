package import TransportTypes

/// One DTLS 1.2 association: datagrams in, datagrams out, and the time of the next retransmission (RFC 6347).
///
/// The session has no socket, thread or clock. Its owner gives it what arrives and the time, and is called back through
/// the delegate, always from inside one of its own calls. One thread at a time.
///
/// The peer's certificate is compared with the fingerprints of its session description during the handshake, before any
/// key exists. While these are unknown the handshake waits at that point. What anybody could forge before there are keys ends
/// nothing (``HandshakeGate``): a plain alert is believed when nothing better has come for four seconds.
package final class DTLSSession {
    package let role: DTLSRole
    package let certificate: Certificate
    /// Called for everything that happens; not retained.
    package weak var delegate: (any DTLSSessionDelegate)?

    package private(set) var state: DTLSState = .new
    package private(set) var counters = DTLSCounters()
    /// When ``handleTimeout(now:)`` is to be called, in nanoseconds of the clock of `now`; nil when it need not be.
    package private(set) var nextDeadline: UInt64?
    /// The peer's certificate in DER, as soon as it was found to be the announced one.
    package private(set) var remoteCertificateDER: [UInt8]?
    /// What was agreed on, from `connected` on.
    package private(set) var parameters: DTLSParameters?

    /// OpenSSL's session, until ``protection`` takes its place.
    var native: NativeSession?
    /// What protects the records once the peer is known to be done with the handshake.
    private var protection: RecordProtection?
    /// What only OpenSSL's session could tell, kept from its end on.
    var remains = Remains()
    private let configuration: DTLSConfiguration
    var remoteIdentity: RemoteIdentity
    /// Why the certificate was refused; OpenSSL only tells that it was.
    private var refusal: DTLSError?
    var waiting = WaitingRecords()
    var gate: HandshakeGate
    var claim: Claim?
    /// What OpenSSL writes while it looks at a ClientHello, which leaves only if it takes it.
    var heldOutput: [[UInt8]]?
    private var isDelivering = false
    var isProducing = false
    private var closesAfterCall = false

    struct Remains {
        var maximumPayload = 0
        var srtpKeys: SRTPKeys?
        var retransmissions: UInt64 = 0
    }

    /// Makes a session in the state `new`.
    ///
    /// - Parameters:
    ///   - remoteFingerprints: What the peer's session description announced; may be empty until it is known.
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
        gate = HandshakeGate(role: role)
        native = try makeNative()
    }

    func makeNative() throws(DTLSError) -> NativeSession {
        let native = try NativeSession(context: certificate.native.context, role: role, configuration: configuration)
        native.attach(self)
        return native
    }

    // MARK: Inputs

    /// Begins: the client sends its ClientHello; the server looks at what has already come. A second call does nothing.
    package func start(now: UInt64) {
        guard state == .new, !isBusy else { return }
        change(to: .connecting)
        if state == .connecting, role == .client, let native { advance(native.handshake()) }
        goOn(now: now)
        finishCall(now: now)
    }

    /// Takes one datagram of the peer, or several that were merged on the way. What is not for this session is dropped.
    ///
    /// - Returns: how many bytes at the front were records, and how many records these were.
    @discardableResult
    package func receive(_ datagram: Span<UInt8>, now: UInt64) -> (byteCount: Int, records: Int) {
        counters.datagramsReceived &+= 1
        guard !isBusy else {
            counters.recordsDiscarded &+= 1
            return (datagram.count, 0)
        }
        var offset = 0
        var records = 0
        while offset < datagram.count {
            guard let record = Record(in: datagram, at: offset) else {
                counters.recordsDiscarded &+= 1
                break
            }
            offset = record.range.upperBound
            records += 1
            take(record, datagram.extracting(record.range), now: now)
        }
        goOn(now: now)
        finishCall(now: now)
        return (offset, records)
    }

    /// Sends one application record.
    ///
    /// - Parameter bytes: Up to 16,384; up to ``maximumPayload`` if the datagram is not to be larger than the MTU. None
    ///   at all sends nothing.
    /// - Throws: `invalidState` unless connected, or from inside `didProduce`; `messageTooLarge`; `library`.
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
        let step = native?.write(bytes) ?? produce(bytes, as: .applicationData)
        if closesAfterCall { finishCall(now: 0) }
        guard case .done = step else {
            let error = DTLSError(.library, "OpenSSL did not take the record: \(step)")
            fail(error)
            throw error
        }
    }

    /// How long the datagram of a record with so many bytes is, if ``seal(_:appendingTo:)`` can be used for it; nil before that, and
    /// for more bytes than a record takes.
    package func sealedSize(of count: Int) -> Int? {
        guard state == .connected, let protection, !isProducing, (1...NativeSession.maximumWrite).contains(count) else {
            return nil
        }
        return count + protection.suite.overhead
    }

    /// Does what ``send(_:)`` does, but the datagram is written where it is to be sent from instead of being handed to the
    /// delegate. Only after ``sealedSize(of:)`` has told its size. False if OpenSSL fails, which ends the session.
    package func seal(_ bytes: Span<UInt8>, appendingTo datagrams: inout [UInt8]) -> Bool {
        guard let protection, protection.seal(bytes, as: .applicationData, appendingTo: &datagrams) else {
            fail(DTLSError(.library, "OpenSSL did not take a record"))
            return false
        }
        counters.datagramsSent &+= 1
        return true
    }

    /// Sends the last flight again, or does what else had to wait, if ``nextDeadline`` has come.
    package func handleTimeout(now: UInt64) {
        guard let deadline = nextDeadline, now >= deadline, !isBusy else { return }
        gate.lookAgain()
        goOn(now: now)
        settle(now: now)
        repeatFlight(now: now)
        finishCall(now: now, soonest: 1_000_000)
    }

    /// Names the certificates that the peer may have, from its session description. The handshake goes on if it waited.
    ///
    /// When the peer is already known by its certificate, this compares again, and a mismatch fails the session.
    package func setRemoteFingerprints(_ fingerprints: [Fingerprint], now: UInt64) {
        remoteIdentity = RemoteIdentity(announced: fingerprints)
        guard !isBusy, state == .connecting || state == .connected else { return }
        if let der = remoteCertificateDER, let error = remoteIdentity.mismatch(of: der) {
            if state == .connected { sayGoodbye() }
            fail(error)
        } else {
            gate.lookAgain()
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
        if state == .connected { sayGoodbye() }
        end(in: .closed)
    }

    /// Gives back the memory that is only needed while records flow: 18 KB. The next record takes it again. To be called when a
    /// turn of the loop is over, so that its sessions take turns with the same memory; does nothing before `connected`.
    package func releaseBuffers() {
        guard state == .connected, !isBusy else { return }
        native?.releaseBuffers()
        protection?.releaseBuffers()
    }

    // MARK: Outputs

    /// The most bytes of a ``send(_:)`` whose datagram is not larger than the MTU. Zero before `connected`.
    package var maximumPayload: Int { state == .connected ? native?.maximumPayload ?? remains.maximumPayload : 0 }

    /// The SRTP keys of both directions, or nil before `connected` or when no profile was agreed on.
    package func exportSRTPKeys() -> SRTPKeys? {
        guard state == .connected, let profile = parameters?.srtpProfile else { return nil }
        guard let native else { return remains.srtpKeys }
        let count = SRTPKeys.exportedCount(for: profile)
        // The label of RFC 5764 §4.2.
        guard let bytes = native.exportKeyingMaterial(label: "EXTRACTOR-dtls_srtp", count: count) else { return nil }
        return SRTPKeys(exported: bytes, profile: profile, role: role)
    }

    // MARK: Records

    /// Whether a call came from inside of a callback that does not allow it.
    private var isBusy: Bool { native?.isInside == true || isDelivering || isProducing }

    private func take(_ record: Record, _ bytes: Span<UInt8>, now: UInt64) {
        // Dropped here (RFC 6347 §4.1.2.7): to OpenSSL 3.0.19 an encrypted record without room for its tag is fatal, and anybody
        // can forge one.
        guard record.epoch == 0 || bytes.count - Record.headerLength >= native?.leastEncryption ?? 0 else {
            counters.recordsDiscarded &+= 1
            return
        }
        switch state {
        case .connected: takeConnected(record, bytes)
        case .connecting: if !takeConnecting(record, bytes, now: now) { counters.recordsDiscarded &+= 1 }
        case .new:
            // To a client that has said nothing nobody has an answer.
            let isKept = role == .server && takePlain(record, bytes, now: now)
            if !isKept { counters.recordsDiscarded &+= 1 }
        case .closed, .failed: counters.recordsDiscarded &+= 1
        }
    }

    private func takeConnected(_ record: Record, _ bytes: Span<UInt8>) {
        // There is no renegotiation, so that epoch 1 is the only one to come. Of a repeated flight the Finished, which is
        // in it, makes OpenSSL repeat ours; the rest of that flight has no use any more.
        guard record.epoch == 1 else {
            counters.recordsDiscarded &+= 1
            return
        }
        guard let native else { return open(record, bytes) }
        let step = native.read(bytes, deliver: deliver)
        switch step {
        case .done:
            native.noteArrival(bytes)
            if record.type == .applicationData { replaceNative() }
        case .wantsInput: if record.type == .applicationData { counters.recordsDiscarded &+= 1 }
        case .closedByPeer: close()
        case .failed(let error): fail(error)
        }
    }

    private func deliver(_ content: Span<UInt8>) {
        isDelivering = true
        delegate?.dtlsSession(self, didReceive: content)
        isDelivering = false
    }

    /// Takes a record without OpenSSL's session.
    private func open(_ record: Record, _ bytes: Span<UInt8>) {
        switch protection?.open(record, bytes, deliver: deliver) {
        case .data: break
        case .closeNotify: close()
        case .fatalAlert(let number):
            fail(OpenSSLFailure.alertReceived(number))
        case .nothing, nil: counters.recordsDiscarded &+= 1
        }
    }

    /// The peer has sent data, so it has all of our handshake, and we have its: OpenSSL's session has no more to do.
    private func replaceNative() {
        guard state == .connected, let native, let protection = native.makeProtection(role: role) else { return }
        remains = Remains(
            maximumPayload: native.maximumPayload, srtpKeys: exportSRTPKeys(),
            retransmissions: remains.retransmissions &+ native.retransmissions)
        self.protection = protection
        self.native = nil
    }

    /// Hands a record to the delegate.
    private func produce(_ bytes: Span<UInt8>, as type: Record.ContentType) -> NativeSession.Step {
        var datagram: [UInt8] = []
        guard let protection, protection.seal(bytes, as: type, appendingTo: &datagram) else {
            return .failed(DTLSError(.library, "there is no memory for a record, or no number is left for one"))
        }
        isProducing = true
        native(didProduce: datagram.span)
        isProducing = false
        return .done
    }

    private func sayGoodbye() {
        // close_notify, which is a warning (RFC 5246 §7.2.1).
        let alert: [UInt8] = [1, 0]
        if let native { native.shutdown() } else { _ = produce(alert.span, as: .alert) }
    }

    /// Takes what was kept, in the order in which it came.
    private func takeWaiting() {
        for bytes in waiting.removeAll() {
            let span = bytes.span
            guard let record = Record(in: span, at: 0) else { continue }
            take(record, span, now: 0)
        }
    }

    // MARK: States

    func advance(_ step: NativeSession.Step) {
        switch step {
        case .wantsInput: break
        case .done: finishHandshake()
        case .closedByPeer: end(in: .closed)
        case .failed(let error): fail(refusal ?? error)
        }
    }

    private func finishHandshake() {
        guard state == .connecting else { return }
        guard let der = remoteCertificateDER else {
            return fail(DTLSError(.fingerprintMismatch, "the handshake ended without a certificate of the peer"))
        }
        if let error = remoteIdentity.mismatch(of: der) { return fail(error) }
        parameters = native?.parameters
        gate = HandshakeGate(role: role)
        claim = nil
        change(to: .connected)
        takeWaiting()
    }

    func fail(_ error: DTLSError) {
        guard state != .closed, state != .failed else { return }
        end(in: .failed, error: error)
    }

    private func end(in state: DTLSState, error: DTLSError? = nil) {
        nextDeadline = nil
        _ = waiting.removeAll()
        gate = HandshakeGate(role: role)
        change(to: state, error: error)
    }

    private func change(to state: DTLSState, error: DTLSError? = nil) {
        self.state = state
        delegate?.dtlsSession(self, didChange: state, error: error)
    }

    /// The end of every call that may have moved the session: does what had to wait, and sets the next deadline.
    private func finishCall(now: UInt64, soonest: UInt64 = 0) {
        if closesAfterCall {
            closesAfterCall = false
            close()
        }
        counters.retransmissions = remains.retransmissions &+ (native?.retransmissions ?? 0)
        nextDeadline = nil
        guard state == .connecting else { return }
        var deadlines = [claim?.deadline, gate.deadline]
        // While the peer's flight waits here for fingerprints, ours has arrived: there is nothing to repeat.
        if remoteIdentity.isKnown || !gate.isWhole, let wait = native?.timeUntilRetransmission {
            // OpenSSL reads the time of day; should that be set back, the wait must not grow beyond what was asked for.
            let bounded = min(wait, configuration.maximumRetransmission / 1000 &+ 1000)
            deadlines.append(now &+ max(bounded &* 1000, soonest))
        }
        nextDeadline = deadlines.compactMap { $0 }.min()
    }
}

extension DTLSSession: NativeSessionOwner {
    func native(didProduce datagram: Span<UInt8>) {
        if heldOutput != nil {
            heldOutput?.append(datagram.indices.map { datagram[$0] })
            return
        }
        if state == .connecting { gate.noteSent(datagram) }
        counters.datagramsSent &+= 1
        delegate?.dtlsSession(self, didProduce: datagram)
    }

    func native(acceptsPeerCertificate der: [UInt8]) -> Bool {
        refusal = remoteIdentity.mismatch(of: der)
        guard refusal == nil else { return false }
        remoteCertificateDER = der
        return true
    }
}
