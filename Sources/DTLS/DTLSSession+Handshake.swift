internal import TransportTypes

// While there are no keys: what comes goes through the gate, and what anybody may have said ends
// the session only when nothing better has come for a while.
extension DTLSSession {
    /// What exists until the handshake is over.
    final class Handshake {
        /// OpenSSL's session; another one once a ClientHello is given up.
        var native: NativeSession
        var gate: HandshakeGate
        /// Data that has overtaken the end of the handshake.
        var waiting = WaitingRecords()
        var claim: Claim?
        /// Why the certificate was refused; OpenSSL only tells that it was.
        var refusal: DTLSError?
        /// What OpenSSL writes while it looks at a ClientHello, which leaves only if it takes it.
        var heldOutput: [[UInt8]]?
        /// When something is to be done.
        var nextDeadline: Duration?

        init(native: NativeSession, role: DTLSRole) {
            self.native = native
            gate = HandshakeGate(role: role)
        }
    }

    /// How long what anybody may have said waits for something better.
    static let patience = Duration.seconds(4)
    /// The same for a server's flight that asks for no certificate: the signed rest of it is there,
    /// and what is missing would have come beside it. ffmpeg asks for none.
    static let shortPatience = Duration.milliseconds(300)

    /// The end of the session, if nothing better comes.
    struct Claim {
        let deadline: Duration
        /// nil for what OpenSSL is to have then, though nobody should send it.
        var error: DTLSError?
        /// What is said to the peer then.
        var alerts: [[UInt8]] = []
    }

    /// False if the record has no use.
    func takeConnecting(
        _ record: Record, _ bytes: Span<UInt8>, _ handshake: Handshake, now: Duration
    ) -> Bool {
        switch (record.type, record.epoch) {
        case (_, 0): return takePlain(record, bytes, handshake, now: now)
        // Data that has overtaken the end of the handshake: OpenSSL would drop it, and SCTP wait a
        // second to repeat it.
        case (.applicationData, 1): return handshake.waiting.append(bytes)
        case (.handshake, 1), (.alert, 1):
            guard handshake.gate.stage == .encrypted else { return handshake.gate.keepEarly(bytes) }
            advance(handshake.native.handshake(with: bytes))
            return true
        default: return false
        }
    }

    func takePlain(_ record: Record, _ bytes: Span<UInt8>, _ handshake: Handshake, now: Duration) -> Bool {
        let length = bytes.count - Record.headerLength
        switch record.type {
        case .handshake:
            let datagram = Int(truncatingIfNeeded: counters.datagramsReceived)
            return handshake.gate.takeHandshake(bytes, datagram: datagram, now: now)
        case .changeCipherSpec:
            return length == 1 && bytes[Record.headerLength] == 1 && handshake.gate.takeChangeCipherSpec()
        case .alert:
            // Warnings change nothing. To one who has said nothing nobody has an objection.
            guard length == 2, bytes[Record.headerLength] == 2, counters.datagramsSent > 0 else { return false }
            let number = bytes[Record.headerLength + 1]
            let error = OpenSSLFailure.alertReceived(number)
            handshake.claim = Claim(
                deadline: handshake.claim?.deadline ?? now + Self.patience, error: handshake.claim?.error ?? error)
            return true
        case .applicationData: return false
        }
    }

    /// Gives OpenSSL what it may have by now.
    func goOn(now: Duration) {
        let identity = remoteIdentity
        while case .handshaking(let handshake) = phase {
            let isHello = handshake.gate.stage == .clientHello
            let records = handshake.gate.release(
                identity.isKnown ? { identity.mismatch(of: $0) == nil } : nil, now: now)
            guard let first = records.first else { break }
            handshake.claim = nil
            isHello ? hand(clientHello: first, handshake, now: now) : hand(records)
        }
        guard case .handshaking(let handshake) = phase else { return }
        if handshake.gate.isDoubtful, handshake.claim == nil {
            let wait = handshake.gate.stage == .clientHello ? Self.patience : Self.shortPatience
            handshake.claim = Claim(deadline: now + wait, error: nil)
        }
    }

    private func hand(_ records: [[UInt8]]) {
        for record in records {
            guard case .handshaking(let handshake) = phase else { return }
            advance(handshake.native.handshake(with: record.span))
        }
    }

    /// A ClientHello that OpenSSL refuses ends nothing, as another may come.
    private func hand(clientHello record: [UInt8], _ handshake: Handshake, now: Duration) {
        handshake.heldOutput = []
        let step = handshake.native.handshake(with: record.span)
        let output = handshake.heldOutput ?? []
        handshake.heldOutput = nil
        if case .failed(let error) = step, beginAgain(handshake) {
            handshake.claim = Claim(deadline: now + Self.patience, error: error, alerts: output)
            return
        }
        produce(output)
        advance(step)
    }

    private func produce(_ datagrams: [[UInt8]]) {
        isProducing = true
        for datagram in datagrams { native(didProduce: datagram.span) }
        isProducing = false
    }

    /// Believes what was claimed, if it is time.
    func settle(now: Duration) {
        guard case .handshaking(let handshake) = phase, let claim = handshake.claim, now >= claim.deadline else {
            return
        }
        handshake.claim = nil
        if let error = claim.error, !handshake.gate.isDoubtful {
            produce(claim.alerts)
            return fail(error)
        }
        hand(handshake.gate.releaseDoubtful())
    }

    /// Sends the last flight again if OpenSSL's time for it has come.
    func repeatFlight(now: Duration) {
        guard case .handshaking(let handshake) = phase else { return }
        // Nobody has answered our flight, and there is another ClientHello: the one that was
        // answered may have been forged.
        if handshake.native.timeUntilRetransmission == .zero, handshake.gate.hasOtherHello, beginAgain(handshake) {
            return goOn(now: now)
        }
        switch handshake.native.handleTimeout() {
        case .success: break  // false: OpenSSL's own clock is a little behind ours; once more, soon
        case .failure(let error): fail(error)
        }
    }
}
