internal import TransportTypes

/// The records of a session whose handshake is over (RFC 6347 §4.1), with the keys that OpenSSL has
/// agreed on.
///
/// It takes the place of OpenSSL's session, which keeps 40 KB for a handshake that does not come
/// again, and copies each record twice: here one is encrypted where it is to be sent from. The
/// numbers of records go on where OpenSSL's ended, and what has come before is known. Nonces are
/// the numbers of the records (RFC 5288 §3, RFC 9325 §7.2.1), so that none is used twice.
final class RecordProtection {
    /// What OpenSSL has done with the keys.
    struct Progress {
        /// The number of the last record that was sent.
        var sent: UInt64 = 0
        /// Which records have come.
        var arrivals = ReplayWindow()
        /// The nonces that OpenSSL has used: it counts from a random one. With ChaCha20 these are
        /// not used as nonces.
        var firstNonce: UInt64 = 0
        var nonceCount: UInt64 = 0

        /// Whether a nonce that is the number of a record to come was used. By chance, once in
        /// 65,000 sessions at most.
        var clashes: Bool {
            let (next, last) = (Record.number(epoch: 1, sent + 1), Record.number(epoch: 1, Record.lastSequence))
            return next &- firstNonce < nonceCount || nonceCount > 0 && firstNonce &- next <= last - next
        }
    }

    /// What a record turned out to be.
    enum Content {
        case data
        /// The peer says goodbye.
        case closeNotify
        /// The peer ends the session, for this reason.
        case fatalAlert(UInt8)
        /// Forged, repeated, or of no use any more.
        case nothing
    }

    let suite: RecordSuite
    /// The most bytes whose datagram is not larger than the MTU.
    let maximumPayload: Int
    /// What OpenSSL's session has exported for SRTP, if a profile was agreed on.
    let srtpKeys: SRTPKeys?
    private let sealing: RecordCipher
    private let opening: RecordCipher
    private var sequence: UInt64
    private var window: ReplayWindow

    /// - Parameter keyBlock: both sides' keys, then both sides' salts (RFC 5246 §6.3), the client's
    ///   first.
    /// - Returns: nil if there is no memory, or if a nonce could be used twice; OpenSSL's session
    ///   has to go on then.
    init?(
        suite: RecordSuite, keyBlock: [UInt8], role: DTLSRole, progress: Progress, maximumPayload: Int = 0,
        srtpKeys: SRTPKeys? = nil
    ) {
        let (key, salt) = (suite.keyLength, suite.saltLength)
        guard keyBlock.count == 2 * (key + salt), suite.explicitLength == 0 || !progress.clashes else { return nil }
        func part(_ server: Bool) -> (key: [UInt8], salt: [UInt8]) {
            let (keyStart, saltStart) = (server ? key : 0, 2 * key + (server ? salt : 0))
            return (Array(keyBlock[keyStart..<keyStart + key]), Array(keyBlock[saltStart..<saltStart + salt]))
        }
        let (own, peer) = (part(role == .server), part(role == .client))
        guard let sealing = RecordCipher(suite, key: own.key, salt: own.salt, seals: true),
            let opening = RecordCipher(suite, key: peer.key, salt: peer.salt, seals: false)
        else { return nil }
        self.suite = suite
        self.maximumPayload = maximumPayload
        self.srtpKeys = srtpKeys
        self.sealing = sealing
        self.opening = opening
        sequence = progress.sent
        window = progress.arrivals
    }

    /// Appends a record with this content. False, and nothing appended, if OpenSSL has no memory,
    /// or if all numbers are used up, which ends a session (RFC 6347 §4.1).
    func seal(_ content: Span<UInt8>, as type: Record.ContentType, appendingTo datagrams: inout [UInt8]) -> Bool {
        guard sequence < Record.lastSequence else { return false }
        sequence += 1
        return sealing.seal(
            content, type: type, number: Record.number(epoch: 1, sequence), appendingTo: &datagrams)
    }

    /// Takes a record of epoch 1, hands its content out if it is data, and says what it was.
    func open(_ record: Record, _ bytes: Span<UInt8>, deliver: (Span<UInt8>) -> Void) -> Content {
        let number = Record.sequence(in: bytes)
        guard !window.contains(number) else { return .nothing }
        var result = Content.nothing
        let isGenuine = opening.open(bytes, type: record.type) { content in
            // Before anything is done with it, or it could come again from within.
            window.insert(number)
            switch record.type {
            case .applicationData:
                result = .data
                deliver(content)
            case .alert where content.count == 2:
                if content[1] == 0 {
                    result = .closeNotify
                } else if content[0] == 2 {
                    result = .fatalAlert(content[1])
                }
            // The last flight of the handshake, once more: whoever repeats it has our answer by
            // now, or would not have sent data.
            case .alert, .handshake, .changeCipherSpec: break
            }
        }
        return isGenuine ? result : .nothing
    }

    /// Gives back the room for contents until the next record.
    func releaseBuffers() { opening.releaseBuffers() }
}
