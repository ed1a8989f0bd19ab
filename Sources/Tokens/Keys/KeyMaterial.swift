internal import JWTKit

/// A key that has been read and found strong enough, before it is known which algorithm it is for.
struct KeyMaterial: Sendable {
    enum Native: Sendable {
        case secret([UInt8])
        case rsa(any RSAKey)
        case ecdsa(any ECDSAKey)
        case edDSA(any EdDSAKey)
    }

    let kind: KeyKind
    /// Whether tokens can be signed with it, not only checked.
    let canSign: Bool
    let native: Native
}
