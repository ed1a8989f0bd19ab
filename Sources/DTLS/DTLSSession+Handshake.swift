internal import TransportTypes

// While there are no keys: what comes goes through the gate, and what anybody may have said ends the session only when nothing
// better has come for a while.
extension DTLSSession {
    /// How long what anybody may have said waits for something better, in nanoseconds.
    static let patience: UInt64 = 4_000_000_000

    /// The end of the session, if nothing better comes.
    struct Claim {
        let deadline: UInt64
        /// nil for what OpenSSL is to have then, though nobody should send it.
        var error: DTLSError?
        /// What is said to the peer then.
        var parting: [[UInt8]] = []
    }

    /// False if the record has no use.
    func takeConnecting(_ record: Record, _ bytes: Span<UInt8>, now: UInt64) -> Bool {
        switch (record.type, record.epoch) {
        case (_, 0): return takePlain(record, bytes, now: now)
        // Data that has overtaken the end of the handshake: OpenSSL would drop it, and SCTP wait a second to repeat it.
        case (.applicationData, 1): return waiting.append(bytes)
        case (.handshake, 1), (.alert, 1):
            guard gate.stage == .encrypted, let native else { return gate.keepEarly(bytes) }
            advance(native.handshake(with: bytes))
            return true
        default: return false
        }
    }

    func takePlain(_ record: Record, _ bytes: Span<UInt8>, now: UInt64) -> Bool {
        let length = bytes.count - Record.headerLength
        switch record.type {
        case .handshake:
            let datagram = Int(truncatingIfNeeded: counters.datagramsReceived)
            return gate.takeHandshake(bytes, datagram: datagram, now: now)
        case .changeCipherSpec:
            return length == 1 && bytes[Record.headerLength] == 1 && gate.takeChangeCipherSpec()
        case .alert:
            // Warnings change nothing. To one who has said nothing nobody has an objection.
            guard length == 2, bytes[Record.headerLength] == 2, counters.datagramsSent > 0 else { return false }
            let number = bytes[Record.headerLength + 1]
            let error = OpenSSLFailure.alertReceived(number)
            claim = Claim(deadline: claim?.deadline ?? now &+ Self.patience, error: claim?.error ?? error)
            return true
        case .applicationData: return false
        }
    }

    /// Gives OpenSSL what it may have by now.
    func goOn(now: UInt64) {
        guard state == .connecting else { return }
        let identity = remoteIdentity
        while state == .connecting {
            let isHello = gate.stage == .clientHello
            let records = gate.release(identity.isKnown ? { identity.mismatch(of: $0) == nil } : nil, now: now)
            guard let first = records.first else { break }
            claim = nil
            isHello ? hand(clientHello: first, now: now) : hand(records)
        }
        if state == .connecting, gate.isDoubtful, claim == nil {
            claim = Claim(deadline: now &+ Self.patience, error: nil)
        }
    }

    private func hand(_ records: [[UInt8]]) {
        for record in records {
            guard state == .connecting, let native else { return }
            advance(native.handshake(with: record.span))
        }
    }

    /// A ClientHello that OpenSSL refuses ends nothing, as another may come.
    private func hand(clientHello record: [UInt8], now: UInt64) {
        guard let native else { return }
        heldOutput = []
        let step = native.handshake(with: record.span)
        let output = heldOutput ?? []
        heldOutput = nil
        if case .failed(let error) = step, beginAgain() {
            claim = Claim(deadline: now &+ Self.patience, error: error, parting: output)
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

    /// Forgets a ClientHello and its answer. False if OpenSSL has no memory.
    private func beginAgain() -> Bool {
        guard let fresh = try? makeNative() else { return false }
        remains.retransmissions &+= native?.retransmissions ?? 0
        native = fresh
        gate.beginAgain()
        return true
    }

    /// Believes what was claimed, if it is time.
    func settle(now: UInt64) {
        guard state == .connecting, let claim, now >= claim.deadline else { return }
        self.claim = nil
        if let error = claim.error, !gate.isDoubtful {
            produce(claim.parting)
            return fail(error)
        }
        hand(gate.releaseDoubtful())
    }

    /// Sends the last flight again if OpenSSL's time for it has come.
    func repeatFlight(now: UInt64) {
        guard state == .connecting, let native else { return }
        // Nobody has answered our flight, and there is another ClientHello: the one that was answered may have been forged.
        if native.timeUntilRetransmission == 0, gate.hasOtherHello, beginAgain() { return goOn(now: now) }
        switch native.handleTimeout() {
        case .success: break  // false: OpenSSL's own clock is a little behind ours; once more, soon
        case .failure(let error): fail(error)
        }
    }
}
