internal import CryptoExtras
internal import FoundationEssentials
internal import JWTKit

/// Keys in PEM (RFC 7468).
enum PEMKey {
    static let maximumSize = 65_536
    /// How long an RSA key may be. Shorter ones are not safe (RFC 7518 §3.3), longer ones take the
    /// server too long.
    static let rsaBits = 2048...8192

    /// Whether it looks like PEM, wherever in the text it begins.
    static func isPEM(_ bytes: [UInt8]) -> Bool {
        String(decoding: bytes, as: UTF8.self).contains("-----BEGIN")
    }

    /// The one key of a text; what else stands there, such as the parameters of a curve, is left
    /// out.
    static func read(_ text: String) throws(TokenKeyError) -> KeyMaterial {
        guard text.utf8.count <= maximumSize else {
            throw TokenKeyError(
                .tooLarge, "the PEM text has more than \(maximumSize) bytes", advice: "give one key only")
        }
        let blocks = blocks(of: text)
        let keys = blocks.filter { $0.label.hasSuffix("KEY") }
        guard let key = keys.first else {
            let isCertificate = blocks.contains { $0.label.hasSuffix("CERTIFICATE") }
            throw TokenKeyError(
                .malformed, isCertificate ? "it holds a certificate, not a key" : "there is no key in PEM in it",
                advice: isCertificate
                    ? "take the key out with: openssl x509 -pubkey -noout -in FILE"
                    : "give a file that has a line -----BEGIN PUBLIC KEY-----")
        }
        guard keys.count == 1 else {
            throw TokenKeyError(
                .malformed, "it holds \(keys.count) keys", advice: "leave one, or give them as a JWK Set")
        }
        return try read(key)
    }

    private static func read(_ block: Block) throws(TokenKeyError) -> KeyMaterial {
        switch block.label {
        case "PUBLIC KEY": try readPublic(block.text)
        case "RSA PUBLIC KEY": try readPublicRSA(block.text)
        case "PRIVATE KEY", "EC PRIVATE KEY", "RSA PRIVATE KEY": try readPrivate(block.text)
        default:
            throw TokenKeyError(
                .unsupported, "the key is encrypted or in a form that is not read here",
                advice: "write it with: openssl pkey -in FILE, and -pubout for the public key")
        }
    }

    private static func readPublic(_ pem: String) throws(TokenKeyError) -> KeyMaterial {
        if let key = try? ES256PublicKey(pem: pem) { return ecdsa(.p256, key, canSign: false) }
        if let key = try? ES384PublicKey(pem: pem) { return ecdsa(.p384, key, canSign: false) }
        if let key = try? ES512PublicKey(pem: pem) { return ecdsa(.p521, key, canSign: false) }
        if isEd25519(pem), let key = try? EdDSA.PublicKey(pem: pem) {
            return KeyMaterial(kind: .ed25519, canSign: false, native: .edDSA(key))
        }
        return try readPublicRSA(pem)
    }

    private static func readPrivate(_ pem: String) throws(TokenKeyError) -> KeyMaterial {
        guard !pem.contains("ENCRYPTED") else {
            throw TokenKeyError(
                .unsupported, "the key is encrypted", advice: "write it without with: openssl pkey -in FILE")
        }
        if let key = try? ES256PrivateKey(pem: pem) { return ecdsa(.p256, key, canSign: true) }
        if let key = try? ES384PrivateKey(pem: pem) { return ecdsa(.p384, key, canSign: true) }
        if let key = try? ES512PrivateKey(pem: pem) { return ecdsa(.p521, key, canSign: true) }
        if isEd25519(pem), let key = try? EdDSA.PrivateKey(pem: pem) {
            return KeyMaterial(kind: .ed25519, canSign: true, native: .edDSA(key))
        }
        return try readPrivateRSA(pem)
    }

    /// Whether the algorithm is 1.3.101.112 (RFC 8410 §3). swift-crypto does not ask, and would
    /// take an X25519 key, which is for something else.
    private static func isEd25519(_ pem: String) -> Bool {
        let body = pem.split(separator: "\n").filter { !$0.hasPrefix("-----") }.joined()
        // It stands before the key itself, which begins after 12 bytes or later.
        return Data(base64Encoded: body).map { $0.prefix(16).contains([0x06, 0x03, 0x2B, 0x65, 0x70]) } == true
    }

    private static func ecdsa(_ kind: KeyKind, _ key: any ECDSAKey, canSign: Bool) -> KeyMaterial {
        KeyMaterial(kind: kind, canSign: canSign, native: .ecdsa(key))
    }

    private static func readPublicRSA(_ pem: String) throws(TokenKeyError) -> KeyMaterial {
        let key: _RSA.Signing.PublicKey
        do {
            // Takes 1024 bits too, so that we can say what is wrong with them.
            key = try _RSA.Signing.PublicKey(unsafePEMRepresentation: pem)
        } catch { throw unreadable(error) }
        try check(rsaBits: key.keySizeInBits)
        guard let native = try? JWTKit.Insecure.RSA.PublicKey(backing: key) else { throw unknown }
        return KeyMaterial(kind: .rsa, canSign: false, native: .rsa(native))
    }

    private static func readPrivateRSA(_ pem: String) throws(TokenKeyError) -> KeyMaterial {
        let key: _RSA.Signing.PrivateKey
        do { key = try _RSA.Signing.PrivateKey(unsafePEMRepresentation: pem) } catch { throw unreadable(error) }
        // The public key knows its bits; the private one rounds them up to bytes, and jwt-kit traps
        // where the two do not agree.
        try check(rsaBits: key.publicKey.keySizeInBits)
        guard let native = try? JWTKit.Insecure.RSA.PrivateKey(backing: key) else { throw unknown }
        return KeyMaterial(kind: .rsa, canSign: true, native: .rsa(native))
    }

    /// - Throws: `.weak` for a modulus that is too short, `.unsupported` for one that is too long.
    static func check(rsaBits bits: Int) throws(TokenKeyError) {
        guard bits >= rsaBits.lowerBound else { throw weak("\(bits) bits") }
        guard bits <= rsaBits.upperBound else {
            throw TokenKeyError(
                .unsupported, "it holds an RSA key of \(bits) bits, and \(rsaBits.upperBound) are the most",
                advice: "use one of 3072 bits, or an Ed25519 key")
        }
    }

    private static func unreadable(_ error: any Error) -> TokenKeyError {
        if case CryptoKitError.incorrectParameterSize = error { return weak("less than 1024 bits") }
        return unknown
    }

    private static func weak(_ size: String) -> TokenKeyError {
        TokenKeyError(
            .weak, "it holds an RSA key of \(size), and \(rsaBits.lowerBound) are the least",
            advice: "make one with: openssl genrsa 3072")
    }

    private static var unknown: TokenKeyError {
        TokenKeyError(
            .unsupported, "the key is broken, or not one of RSA, P-256, P-384, P-521 and Ed25519",
            advice: "make one with: openssl genpkey -algorithm ed25519")
    }

    private struct Block {
        let label: String
        /// From the first dash to the last, with a line end behind it.
        let text: String
    }

    /// The parts between `-----BEGIN` and `-----END`, each with these lines.
    private static func blocks(of text: String) -> [Block] {
        var blocks: [Block] = []
        var lines: [Substring] = []
        var label: Substring?
        for line in text.split(whereSeparator: \.isNewline) {
            let line = line.wholeText
            if line.hasPrefix("-----BEGIN "), line.hasSuffix("-----"), line.count > 16 {
                label = line.dropFirst(11).dropLast(5)
                lines = []
            }
            guard let open = label else { continue }
            lines.append(line)
            if line == "-----END \(open)-----" {
                blocks.append(Block(label: String(open), text: lines.joined(separator: "\n") + "\n"))
                label = nil
            }
        }
        return blocks
    }
}

extension Substring {
    /// Without the spaces at both ends.
    fileprivate var wholeText: Substring {
        var text = self
        while text.first?.isWhitespace == true { text.removeFirst() }
        while text.last?.isWhitespace == true { text.removeLast() }
        return text
    }
}
