/// Where the keys are that tokens are checked with.
///
/// Keys are published at a URL by many issuers. Nothing is fetched here: an application that
/// fetches them itself gives the bytes with ``jwks(_:)`` and new ones with
/// ``JSONWebTokens/replaceKeys(jwks:)``.
public enum TokenKeySource: Sendable, CustomStringConvertible, CustomDebugStringConvertible {
    /// A secret that the issuer and the server share, for HS256: at least 32 bytes (RFC 7518 §3.2),
    /// at most 4096. Whoever has it can issue tokens, so a program can with
    /// ``JSONWebTokens/issue(subject:scopes:lifetime:)``.
    case secret([UInt8])
    /// The path of a file with such a secret: all of its bytes, less one line end behind them.
    case secretFile(String)
    /// One key in PEM (RFC 7468): an RSA key for RS256, of 2048 to 8192 bits; one on the curve
    /// P-256 for ES256; an Ed25519 key for EdDSA. The public key is enough to check tokens; with
    /// the private key a program can issue them.
    case pem(String)
    /// The path of a file with such a key, of at most 64 KiB. It is read once.
    case pemFile(String)
    /// A JWK Set (RFC 7517 §5): JSON of at most 256 KiB with at most 100 keys. Those with an
    /// algorithm that is not allowed, of a kind unknown here, or meant for something else (`use`,
    /// `key_ops`) are left out. A token names its key by `kid`, unless there is one key only.
    case jwks([UInt8])
    /// The path of a file with a JWK Set. It is read again when it changes: a look is taken at most
    /// each second, and for each token that names an unknown key. While it is broken the keys stay
    /// that it had. Best replaced by renaming another file to it.
    case jwksFile(String)

    /// What kind of source it is; a secret or a key does not show.
    public var description: String {
        switch self {
        case .secret(let bytes): "a secret of \(bytes.count) bytes"
        case .secretFile(let path): "the secret in \(path)"
        case .pem: "a key in PEM"
        case .pemFile(let path): "the key in \(path)"
        case .jwks(let bytes): "a JWK Set of \(bytes.count) bytes"
        case .jwksFile(let path): "the JWK Set in \(path)"
        }
    }

    /// The same as ``description``.
    public var debugDescription: String { description }
}
