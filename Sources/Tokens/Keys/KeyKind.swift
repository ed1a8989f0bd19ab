/// A kind of key, which leaves few algorithms to choose from.
enum KeyKind: CaseIterable {
    case secret, rsa, p256, p384, p521, ed25519

    /// The algorithms that such a key can be used with, the usual one first.
    var algorithms: [TokenAlgorithm] {
        switch self {
        case .secret: [.hs256, .hs384, .hs512]
        case .rsa: [.rs256, .rs384, .rs512, .ps256, .ps384, .ps512]
        case .p256: [.es256]
        case .p384: [.es384]
        case .p521: [.es512]
        case .ed25519: [.edDSA]
        }
    }

    /// What a person calls it.
    var name: String {
        switch self {
        case .secret: "a secret"
        case .rsa: "an RSA key"
        case .p256: "a P-256 key"
        case .p384: "a P-384 key"
        case .p521: "a P-521 key"
        case .ed25519: "an Ed25519 key"
        }
    }

    /// The one algorithm that a key of this kind is used with.
    ///
    /// - Parameter allowed: the algorithms that the application allows.
    /// - Throws: `.unsupported` where it allows none for such a key, `.invalidSetting` where it
    ///   allows several, since the key has to fix the algorithm.
    func algorithm(among allowed: Set<TokenAlgorithm>) throws(TokenKeyError) -> TokenAlgorithm {
        let possible = algorithms.filter(allowed.contains)
        guard let algorithm = possible.first else {
            throw TokenKeyError(
                .unsupported, "it holds \(name), and no algorithm for one is allowed",
                advice: "use another key, or add \(algorithms[0]) to the algorithms")
        }
        guard possible.count == 1 else {
            let names = possible.map(\.description).joined(separator: ", ")
            throw TokenKeyError(
                .invalidSetting, "it holds \(name), for which \(names) are allowed",
                advice: "allow one of them only, the one the issuer uses")
        }
        return algorithm
    }
}
