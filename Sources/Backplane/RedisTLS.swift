/// Which servers are believed to be our Redis, over TLS 1.2 and 1.3 (RFC 8446). No password leaves
/// before one is.
public struct RedisTLS: Sendable, Hashable {
    enum Trust: Sendable, Hashable {
        case system
        case roots(String)
        case pinned(String)
    }

    let trust: Trust

    /// Those with a certificate for the host's name or address that an authority has issued which
    /// the system trusts.
    public static let system = RedisTLS(trust: .system)

    /// Those with such a certificate of other authorities, and of no others.
    ///
    /// - Parameter path: the file with their certificates in PEM (RFC 7468 §5), at most 1 MiB. It
    ///   is read when the node joins.
    public static func roots(pemFile path: String) -> RedisTLS { RedisTLS(trust: .roots(path)) }

    /// Those with exactly this certificate, whatever its names, its issuer and its time.
    ///
    /// - Parameter fingerprint: the SHA-256 digest of its DER, as
    ///   `openssl x509 -noout -fingerprint -sha256` prints it: 32 hexadecimal bytes joined by
    ///   colons, in either case.
    public static func pinned(_ fingerprint: String) -> RedisTLS { RedisTLS(trust: .pinned(fingerprint.uppercased())) }
}
