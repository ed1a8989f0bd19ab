/// One DTLS 1.2 association: datagrams in, datagrams out, and the time of the next retransmission (RFC 6347).
///
/// The session has no socket, thread or clock. Its owner gives it what arrives and the time, and is called back through
/// the delegate, always from inside one of its own calls. One thread at a time.
///
/// The peer's certificate is compared with the fingerprints of its session description during the handshake, before any
/// key exists. While these are unknown the handshake waits at that point.
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
    private var native: NativeSession?
    /// What protects the records once the peer is known to be done with the handshake.
    private var protection: RecordProtection?
    /// What only OpenSSL's session could tell, kept from its end on.
    private var remains = Remains()
    private let configuration: DTLSConfiguration
    private var remoteIdentity: RemoteIdentity
    /// Why the certificate was refused; OpenSSL only tells that it was.
    private var refusal: DTLSError?
    private var waiting = WaitingRecords()
    private var encryptedHandshakeRecords = 0
    private var isDelivering = false
    private var isProducing = false
    private var closesAfterCall = false

    private struct Remains {
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
        let native = try NativeSession(context: certificate.native.context, role: role, configuration: configuration)
        native.attach(self)
        self.native = native
    }

    // MARK: Inputs

    /// Begins: the client sends its ClientHello; the server looks at what has already come. A second call does nothing.
    package func start(now: UInt64) {
        guard state == .new, !isBusy else { return }
        change(to: .connecting)
        if state == .connecting, role == .client, let native { advance(native.handshake()) }
        takeWaiting()
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
            take(record, datagram.extracting(record.range))
        }
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

    /// Sends the last flight again if ``nextDeadline`` has come.
    package func handleTimeout(now: UInt64) {
        guard let deadline = nextDeadline, now >= deadline, !isBusy, let native else { return }
        switch native.handleTimeout() {
        case .success: break  // false: OpenSSL's own clock is a little behind ours; once more, soon
        case .failure(let error): fail(error)
        }
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
        } else if !fingerprints.isEmpty {
            takeWaiting()
        }
        finishCall(now: now)
    }

    /// Ends the session, with a close_notify if it was connected. Further calls do nothing.
    package func close() {
        guard state != .closed else { return }
        guard native?.isInside != true else {
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

    private func take(_ record: Record, _ bytes: Span<UInt8>) {
        // Dropped here (RFC 6347 §4.1.2.7): to OpenSSL 3.0.19 an encrypted record without room for its tag is fatal, and anybody
        // can forge one.
        guard record.epoch == 0 || bytes.count - Record.headerLength >= native?.leastEncryption ?? 0 else {
            counters.recordsDiscarded &+= 1
            return
        }
        switch state {
        case .connected: takeConnected(record, bytes)
        case .connecting: takeConnecting(record, bytes)
        case .new: keep(bytes)
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
            fail(DTLSError(.alertReceived, "the peer ended the session with alert \(number)", alert: number))
        case .nothing, nil: counters.recordsDiscarded &+= 1
        }
    }

    /// The peer has sent data, so it has all of our handshake, and we have its: OpenSSL's session has no more to do.
    private func replaceNative() {
        guard state == .connected, let native, let protection = native.makeProtection(role: role) else { return }
        remains = Remains(
            maximumPayload: native.maximumPayload, srtpKeys: exportSRTPKeys(), retransmissions: native.retransmissions)
        self.protection = protection
        self.native = nil
    }

    /// Hands a record to the delegate.
    private func produce(_ bytes: Span<UInt8>, as type: Record.ContentType) -> NativeSession.Step {
        var datagram: [UInt8] = []
        guard let protection, protection.seal(bytes, as: type, appendingTo: &datagram) else {
            return .failed(DTLSError(.library, "there is no memory for a record"))
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

    private func takeConnecting(_ record: Record, _ bytes: Span<UInt8>) {
        let peer: DTLSRole = role == .client ? .server : .client
        guard record.isPlausible(bytes, from: peer) else {
            counters.recordsDiscarded &+= 1
            return
        }
        // Data that has overtaken the end of the handshake: OpenSSL would drop it, and SCTP wait a second to repeat it.
        guard record.type != .applicationData else { return keep(bytes) }
        guard !waitsForFingerprints else { return keep(bytes) }
        if record.epoch == 1 {
            // OpenSSL keeps these, each in 17 KB, until the ChangeCipherSpec comes. A peer sends one with each of at most
            // a dozen retransmissions; anything beyond is forged.
            guard encryptedHandshakeRecords < 24 else {
                counters.recordsDiscarded &+= 1
                return
            }
            encryptedHandshakeRecords += 1
        }
        if let native { advance(native.handshake(with: bytes)) }
    }

    /// The server can answer the ClientHello before it knows the fingerprints; after that the certificate may come.
    private var waitsForFingerprints: Bool {
        !remoteIdentity.isKnown && (role == .client || counters.datagramsSent > 0)
    }

    private func keep(_ bytes: Span<UInt8>) {
        if !waiting.append(bytes) { counters.recordsDiscarded &+= 1 }
    }

    /// Takes what was kept, in the order in which it came; what still cannot be used is kept again.
    private func takeWaiting() {
        for bytes in waiting.removeAll() {
            let span = bytes.span
            guard let record = Record(in: span, at: 0) else { continue }
            take(record, span)
        }
    }

    // MARK: States

    private func advance(_ step: NativeSession.Step) {
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
        change(to: .connected)
        takeWaiting()
    }

    private func fail(_ error: DTLSError) {
        guard state != .closed, state != .failed else { return }
        end(in: .failed, error: error)
    }

    private func end(in state: DTLSState, error: DTLSError? = nil) {
        nextDeadline = nil
        _ = waiting.removeAll()
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
        counters.retransmissions = native?.retransmissions ?? remains.retransmissions
        // While the peer's flight waits here for fingerprints, ours has arrived: there is nothing to repeat.
        guard state == .connecting, !(waitsForFingerprints && !waiting.isEmpty),
            let wait = native?.timeUntilRetransmission
        else {
            nextDeadline = nil
            return
        }
        // OpenSSL reads the time of day; should that be set back, the wait must not grow beyond what was asked for.
        let bounded = min(wait, configuration.maximumRetransmission / 1000 &+ 1000)
        nextDeadline = now &+ max(bounded &* 1000, soonest)
    }
}

extension DTLSSession: NativeSessionOwner {
    func native(didProduce datagram: Span<UInt8>) {
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
