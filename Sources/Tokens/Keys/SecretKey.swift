/// Secrets that issuer and server share.
enum SecretKey {
    static let maximumSize = 4096

    /// - Throws: `.tooLarge`, or `.malformed` for what is no secret but a key in PEM: a public key
    ///   is known to everybody, so everybody could sign with it.
    static func read(_ bytes: [UInt8]) throws(TokenKeyError) -> KeyMaterial {
        guard bytes.count <= maximumSize else {
            throw TokenKeyError(
                .tooLarge, "the secret has more than \(maximumSize) bytes",
                advice: "make one with: openssl rand -hex 32")
        }
        guard !PEMKey.isPEM(bytes) else {
            throw TokenKeyError(
                .malformed, "it is a key in PEM, not a secret", advice: "give it as a PEM key instead")
        }
        return KeyMaterial(kind: .secret, canSign: true, native: .secret(bytes))
    }

    /// A file's bytes less the line end that an editor or `echo` leaves behind them.
    static func withoutLineEnd(_ bytes: [UInt8]) -> [UInt8] {
        guard bytes.last == 0x0A else { return bytes }
        return bytes.dropLast().last == 0x0D ? bytes.dropLast(2) : bytes.dropLast()
    }
}
