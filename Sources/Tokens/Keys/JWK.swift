internal import JWTKit
internal import StrictJSON

/// A JSON Web Key (RFC 7517 §4) of a kind that is known here. Only its public part is read.
struct JWK {
    let kind: KeyKind
    private let members: [String: JSONValue]

    /// - Returns: nil for a kind that is not known here. Secrets (`oct`) are none of them: what is
    ///   published holds no secret.
    init?(_ members: [String: JSONValue]) {
        switch (members["kty"]?.text, members["crv"]?.text) {
        case ("RSA", _): kind = .rsa
        case ("EC", "P-256"): kind = .p256
        case ("EC", "P-384"): kind = .p384
        case ("EC", "P-521"): kind = .p521
        case ("OKP", "Ed25519"): kind = .ed25519
        default: return nil
        }
        self.members = members
    }

    /// The key itself.
    ///
    /// - Throws: `.malformed` or `.weak`.
    func material() throws(TokenKeyError) -> KeyMaterial {
        let native: KeyMaterial.Native? =
            switch kind {
            case .rsa: try rsa().map(KeyMaterial.Native.rsa)
            case .p256: (try? ES256PublicKey(parameters: coordinates(of: 32))).map(KeyMaterial.Native.ecdsa)
            case .p384: (try? ES384PublicKey(parameters: coordinates(of: 48))).map(KeyMaterial.Native.ecdsa)
            case .p521: (try? ES512PublicKey(parameters: coordinates(of: 66))).map(KeyMaterial.Native.ecdsa)
            case .ed25519: (try? EdDSA.PublicKey(x: text("x", size: 32), curve: .ed25519)).map(KeyMaterial.Native.edDSA)
            case .secret: nil
            }
        guard let native else { throw broken("it is no point of its curve, or no key") }
        return KeyMaterial(kind: kind, canSign: false, native: native)
    }

    /// RFC 7518 §6.3.1.
    private func rsa() throws(TokenKeyError) -> (any RSAKey)? {
        let modulus = try text("n")
        let bytes = (Base64URL.decode(modulus.utf8) ?? []).drop { $0 == 0 }
        try PEMKey.check(rsaBits: bytes.count * 8 - (bytes.first?.leadingZeroBitCount ?? 0))
        return try? JWTKit.Insecure.RSA.PublicKey(modulus: modulus, exponent: text("e"))
    }

    /// RFC 7518 §6.2.1: the coordinates are as long as the field's elements.
    private func coordinates(of size: Int) throws(TokenKeyError) -> ECDSAParameters {
        (x: try text("x", size: size), y: try text("y", size: size))
    }

    /// A member that is base64url, checked here since jwt-kit's reader takes what is not.
    private func text(_ name: String, size: Int? = nil) throws(TokenKeyError) -> String {
        guard let text = members[name]?.text, let bytes = Base64URL.decode(text.utf8), !bytes.isEmpty,
            size == nil || bytes.count == size
        else { throw broken("its \(name) is missing, not base64url, or of another length than its curve's") }
        return text
    }

    private func broken(_ reason: String) -> TokenKeyError {
        TokenKeyError(.malformed, reason, advice: "get the JWK Set from the issuer again (RFC 7518 §6)")
    }
}
