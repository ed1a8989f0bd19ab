/// An algorithm that signs tokens (RFC 7518 §3.1).
///
/// Which one a token has to be signed with is fixed by the key, never by the token: a key has one.
public struct TokenAlgorithm: Sendable, Hashable, CustomStringConvertible {
    /// The name in the header member `alg`.
    public let description: String

    /// HMAC with SHA-256, for a secret of at least 32 bytes.
    public static let hs256 = TokenAlgorithm(description: "HS256")
    /// HMAC with SHA-384, for a secret of at least 48 bytes.
    public static let hs384 = TokenAlgorithm(description: "HS384")
    /// HMAC with SHA-512, for a secret of at least 64 bytes.
    public static let hs512 = TokenAlgorithm(description: "HS512")
    /// RSA with PKCS #1 1.5 padding and SHA-256.
    public static let rs256 = TokenAlgorithm(description: "RS256")
    /// RSA with PKCS #1 1.5 padding and SHA-384.
    public static let rs384 = TokenAlgorithm(description: "RS384")
    /// RSA with PKCS #1 1.5 padding and SHA-512.
    public static let rs512 = TokenAlgorithm(description: "RS512")
    /// RSA with PSS padding and SHA-256.
    public static let ps256 = TokenAlgorithm(description: "PS256")
    /// RSA with PSS padding and SHA-384.
    public static let ps384 = TokenAlgorithm(description: "PS384")
    /// RSA with PSS padding and SHA-512.
    public static let ps512 = TokenAlgorithm(description: "PS512")
    /// ECDSA on the curve P-256 with SHA-256.
    public static let es256 = TokenAlgorithm(description: "ES256")
    /// ECDSA on the curve P-384 with SHA-384.
    public static let es384 = TokenAlgorithm(description: "ES384")
    /// ECDSA on the curve P-521 with SHA-512.
    public static let es512 = TokenAlgorithm(description: "ES512")
    /// EdDSA on the curve Ed25519 (RFC 8037 §3.1).
    public static let edDSA = TokenAlgorithm(description: "EdDSA")

    /// Those of the protocol: HS256, RS256, ES256 and EdDSA.
    public static let standard: Set<TokenAlgorithm> = [.hs256, .rs256, .es256, .edDSA]
}
