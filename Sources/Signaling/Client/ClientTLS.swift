/// Which servers a client believes when it connects with `wss:`. It speaks TLS 1.2 and 1.3 (RFC
/// 8446).
public struct ClientTLS: Sendable, Hashable {
    enum Trust: Sendable, Hashable {
        case system
        case roots(String)
        case pinned(Set<String>)
    }

    let trust: Trust

    /// Those with a certificate for the name or address in the URL (RFC 9525 §6, RFC 5280
    /// §4.2.1.6) that an authority has issued which the system trusts. The default.
    public static let system = ClientTLS(trust: .system)

    /// Those with such a certificate of other authorities, and of no others.
    ///
    /// - Parameter path: the file with their certificates in PEM (RFC 7468 §5), at most 1 MiB. It
    ///   is read for each connection.
    public static func roots(pemFile path: String) -> ClientTLS { ClientTLS(trust: .roots(path)) }

    /// Those with exactly this certificate, whatever its names, its issuer and its time.
    ///
    /// - Parameter fingerprint: the SHA-256 digest of its DER, as ``ServerTLS/fingerprint`` has it
    ///   and `openssl x509 -noout -fingerprint -sha256` prints it: 32 hexadecimal bytes joined by
    ///   colons, in either case.
    public static func pinned(_ fingerprint: String) -> ClientTLS { pinned([fingerprint]) }

    /// Those with exactly one of these certificates; two of them while one replaces the other.
    ///
    /// - Parameter fingerprints: as in ``pinned(_:)-(String)``; at least one.
    public static func pinned(_ fingerprints: [String]) -> ClientTLS {
        ClientTLS(trust: .pinned(Set(fingerprints.map { CertificateFingerprint.normalized($0) ?? $0 })))
    }

    /// Says which fingerprint is none, and that there is none at all.
    ///
    /// - Throws: `.invalidConfiguration`, with the text and what it should be like.
    func validate() throws(SignalingError) {
        guard case .pinned(let fingerprints) = trust else { return }
        guard !fingerprints.isEmpty else {
            throw SignalingError(.invalidConfiguration, "tls pins no certificate: at least one fingerprint")
        }
        for text in fingerprints where CertificateFingerprint.normalized(text) == nil {
            throw SignalingError(
                .invalidConfiguration,
                "tls pins \"\(text.prefix(100))\": 32 hexadecimal bytes joined by colons, such as AB:CD:…")
        }
    }
}
