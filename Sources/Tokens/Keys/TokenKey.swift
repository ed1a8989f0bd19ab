internal import FoundationEssentials
internal import JWTKit

/// A key with the one algorithm it is used with.
struct TokenKey: Sendable {
    /// What a token that this key is to check has to name as its `alg`.
    let algorithm: TokenAlgorithm
    /// Whether tokens can be signed with it, not only checked.
    let canSign: Bool
    private let native: any JWTAlgorithm

    /// - Throws: `.weak` where a secret is too short for the algorithm.
    init(_ material: KeyMaterial, algorithm: TokenAlgorithm) async throws(TokenKeyError) {
        // jwt-kit makes its algorithms in a collection of keys only. What a collection does with a
        // token is not used: it takes another key where `kid` is unknown, and leaves `alg` unread.
        let collection = JWTKeyCollection()
        switch material.native {
        case .secret(let bytes):
            try Self.check(secret: bytes, for: algorithm)
            await collection.add(hmac: HMACKey(from: bytes), digestAlgorithm: algorithm.digest)
        case .rsa(let key):
            if algorithm.description.hasPrefix("PS") {
                await collection.add(pss: key, digestAlgorithm: algorithm.digest)
            } else {
                await collection.add(rsa: key, digestAlgorithm: algorithm.digest)
            }
        case .ecdsa(let key): await collection.add(ecdsa: key)
        case .edDSA(let key): await collection.add(eddsa: key)
        }
        guard let native = try? await collection.getKey(), native.name == algorithm.description else {
            throw TokenKeyError(
                .unsupported, "\(material.kind.name) cannot be used with \(algorithm)", advice: "use another key")
        }
        self.algorithm = algorithm
        canSign = material.canSign
        self.native = native
    }

    /// RFC 7518 §3.2: a secret is at least as long as the hash.
    private static func check(secret: [UInt8], for algorithm: TokenAlgorithm) throws(TokenKeyError) {
        let size = algorithm == .hs512 ? 64 : algorithm == .hs384 ? 48 : 32
        guard secret.count < size else { return }
        throw TokenKeyError(
            .weak, "the secret has \(secret.count) bytes, and \(algorithm) needs at least \(size)",
            advice: "make one with: openssl rand -hex \(size)")
    }

    /// Whether it is this key's signature of the bytes.
    func isSignature(_ signature: [UInt8], of bytes: [UInt8]) -> Bool {
        (try? native.verify(signature, signs: bytes)) == true
    }

    /// Signs the bytes.
    ///
    /// - Throws: `.cannotIssue` where it is a public key.
    func signature(of bytes: [UInt8]) throws(TokenKeyError) -> [UInt8] {
        guard canSign, let signature = try? native.sign(bytes) else {
            throw TokenKeyError(
                .cannotIssue, "a public key cannot sign tokens",
                advice: "give the secret or the private key in PEM")
        }
        return signature
    }
}

extension TokenAlgorithm {
    fileprivate var digest: DigestAlgorithm {
        switch self {
        case .hs384, .rs384, .ps384: .sha384
        case .hs512, .rs512, .ps512: .sha512
        default: .sha256
        }
    }
}
