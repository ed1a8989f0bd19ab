internal import TransportTypes

// Which of the messages that claim to be the peer's flight are.
extension HandshakeGate {
    /// A message of the flight that tells the keys, and the one with the signature over it. The
    /// server signs its key exchange with the numbers of both hellos in it (RFC 5246 §7.4.3), the
    /// client all messages so far (§7.4.8).
    private struct Signed {
        let signed: HandshakeMessage
        let signature: HandshakeMessage

        /// What comes together, and what is newest, is looked at first.
        var preference: (Int, Int) {
            (signed.datagram == signature.datagram ? 1 : 0, max(signed.datagram, signature.datagram))
        }
    }

    /// The messages of the flight, all of which belong together; nil if there are none.
    ///
    /// Another certificate than the announced one counts, too, behind it: nobody could have signed
    /// with its key who does not see what we send, so that it is the peer's, or that of somebody in
    /// between, and OpenSSL tells them so.
    mutating func choose(_ isAnnounced: ([UInt8]) -> Bool) -> [HandshakeMessage]? {
        let certificates = candidates(for: role == .client ? 1 : 0).compactMap { message in
            message.firstCertificate.map { (message: message, der: $0, isAnnounced: isAnnounced($0)) }
        }
        for certificate in certificates.filter(\.isAnnounced) + certificates.filter({ !$0.isAnnounced }) {
            guard let pair = chooseSigned(by: certificate.message, certificate.der) else { continue }
            guard role == .client else { return [certificate.message, pair.signed, pair.signature] }
            return [pair.signed, certificate.message, pair.signature]
                + rest(from: [pair.signed.datagram, pair.signature.datagram, certificate.message.datagram])
        }
        return nil
    }

    /// What else a server says. Nothing proves it until the end of the handshake, but who sent the
    /// others.
    private func rest(from datagrams: [Int]) -> [HandshakeMessage] {
        func best(_ all: [HandshakeMessage]) -> [HandshakeMessage] {
            (all.first { datagrams.contains($0.datagram) } ?? all.first).map { [$0] } ?? []
        }
        return isWhole ? best(candidates(for: 3)) + best(candidates(for: 4)) : best(earlyEnds)
    }

    private mutating func chooseSigned(by certificate: HandshakeMessage, _ der: [UInt8]) -> Signed? {
        let steps = role == .client ? (0, 2) : (1, 2)
        let pairs = candidates(for: steps.0).flatMap { signed in
            candidates(for: steps.1).map { Signed(signed: signed, signature: $0) }
        }
        for pair in pairs.sorted(by: { $0.preference > $1.preference }) {
            let key = [certificate.id, pair.signed.id, pair.signature.id]
            guard !mismatches.contains(key) else { continue }
            guard checksLeft > 0 else { return nil }
            checksLeft -= 1
            if isSigned(pair, by: certificate, der) { return pair }
            mismatches.insert(key)
        }
        return nil
    }

    /// Whether the signature is right. OpenSSL looks again.
    private func isSigned(_ pair: Signed, by certificate: HandshakeMessage, _ der: [UInt8]) -> Bool {
        guard let hello, hello.body.count >= 34 else { return false }
        let body = pair.signature.body
        let start: Int
        var content: [UInt8]
        if role == .client {
            // The curve's type and name, and the point; then the signature.
            guard body.count >= 4, body[0] == 3, pair.signed.body.count >= 34 else { return false }
            start = 4 + Int(body[3])
            guard body.count >= start else { return false }
            content = Array(hello.body[2..<34] + pair.signed.body[2..<34] + body[..<start])
        } else {
            start = 0
            content = hello.bytes
            for message in sent.sorted(by: { $0.sequence < $1.sequence }) { content += message.bytes }
            content += certificate.bytes + pair.signed.bytes
        }
        guard body.count >= start + 4 else { return false }
        let algorithm = UInt16(body[start]) << 8 | UInt16(body[start + 1])
        let count = Int(body[start + 2]) << 8 | Int(body[start + 3])
        guard body.count == start + 4 + count else { return false }
        return SignatureCheck.isValid(
            Array(body[(start + 4)...]), of: content, algorithm: algorithm, certificate: der)
    }
}

extension HandshakeMessage {
    /// The peer's own certificate in DER (RFC 5246 §7.4.2).
    var firstCertificate: [UInt8]? {
        guard kind == .certificate, body.count > 6 else { return nil }
        let count = Int(body[3]) << 16 | Int(body[4]) << 8 | Int(body[5])
        guard count > 0, body.count >= 6 + count else { return nil }
        return Array(body[6..<6 + count])
    }

    /// Whether this is a client's hello in all its parts, with a suite that we know (RFC 5246
    /// §7.4.1.2, RFC 6347 §4.2.1). OpenSSL would end the session over any other.
    var isUsableClientHello: Bool {
        guard kind == .clientHello, body.count >= 42, body[0] == 0xFE else { return false }
        var place = 34
        func block(_ lengthBytes: Int) -> ArraySlice<UInt8>? {
            guard body.count >= place + lengthBytes else { return nil }
            let count = body[place..<place + lengthBytes].reduce(0) { $0 << 8 | Int($1) }
            let start = place + lengthBytes
            guard body.count >= start + count else { return nil }
            place = start + count
            return body[start..<place]
        }
        guard let session = block(1), session.count <= 32, block(1) != nil, let suites = block(2),
            suites.count.isMultiple(of: 2), let compressions = block(1), compressions.contains(0)
        else { return false }
        let hasSuite = stride(from: suites.startIndex, to: suites.endIndex, by: 2).contains {
            RecordSuite(codePoint: UInt16(suites[$0]) << 8 | UInt16(suites[$0 + 1])) != nil
        }
        guard hasSuite else { return false }
        guard place < body.count else { return true }
        let start = place + 2
        guard block(2) != nil, place == body.count else { return false }
        place = start
        while place < body.count {
            place += 2
            guard place <= body.count, block(2) != nil else { return false }
        }
        return true
    }
}
