internal import Synchronization
public import TransportTypes

/// A self-signed certificate with its private key: what an endpoint proves in the DTLS handshake
/// that it owns, and what its session description names by fingerprint (W3C `RTCCertificate`, RFC
/// 8827 §6.5).
///
/// The context that OpenSSL keeps for a certificate is part of it and is shared by all sessions
/// that use it, on any thread. Copies share it too.
public struct Certificate: Sendable, Hashable, CustomStringConvertible {
    let native: NativeCertificate

    /// The kind of key.
    public var algorithm: KeyAlgorithm { native.algorithm }

    /// The certificate in DER.
    public var der: [UInt8] { native.der }

    /// When the certificate ends to be valid, in milliseconds since 1970-01-01 UTC (W3C
    /// `RTCCertificate.expires`).
    public var expires: Int64 { native.expires &* 1000 }

    /// The fingerprints to announce: one, with SHA-256.
    public var fingerprints: [Fingerprint] { [native.fingerprint] }

    /// Makes a key and a certificate for it.
    ///
    /// A P-256 key takes about a tenth of a millisecond; an RSA key of 2048 bits some hundred. The
    /// certificate is valid from a day ago, for peers whose clock is behind.
    ///
    /// - Parameters:
    ///   - algorithm: The kind of key.
    ///   - validity: How long it is valid from now: more than zero, at most 3650 days. W3C's
    ///     default is 30 days.
    /// - Throws: `invalidParameter` for an RSA key outside of 2048 to 8192 bits or a validity out
    ///   of range.
    public static func generate(
        _ algorithm: KeyAlgorithm = .ecdsaP256, validFor validity: Duration = .seconds(30 * 86400)
    ) throws(DTLSError) -> Certificate {
        if case .rsa(let bits) = algorithm, !KeyAlgorithm.rsaBits.contains(bits) {
            throw DTLSError(.invalidParameter, "an RSA key has 2048 to 8192 bits here, not \(bits)")
        }
        let seconds = validity.components.seconds
        guard seconds > 0, seconds <= 3650 * 86400 else {
            throw DTLSError(
                .invalidParameter, "a certificate is valid for one second to 3650 days, not for \(seconds) seconds")
        }
        return Certificate(native: try NativeCertificate.generate(algorithm, validFor: seconds))
    }

    /// Reads a certificate and its key from PEM text.
    ///
    /// - Parameters:
    ///   - certificate: Text with a `CERTIFICATE` block; only the first is used.
    ///   - privateKey: Text with a private key that is not encrypted, PKCS#8 or older. May be the
    ///     same text.
    /// - Throws: `invalidCertificate` when there is none, when the key belongs to another
    ///   certificate, or when the key is neither on P-256 nor RSA of 2048 to 8192 bits.
    public init(pem certificate: String, privateKey: String) throws(DTLSError) {
        native = try NativeCertificate(pem: certificate, privateKey: privateKey)
    }

    init(native: NativeCertificate) {
        self.native = native
    }

    /// The certificate as a PEM block.
    public func certificatePEM() throws(DTLSError) -> String { try native.certificatePEM() }

    /// The private key as a PEM block, PKCS#8 without encryption. Keep it secret.
    public func privateKeyPEM() throws(DTLSError) -> String { try native.privateKeyPEM() }

    /// The digest of the certificate.
    ///
    /// - Throws: `invalidParameter` for SHA-1, which is only good for reading what old peers
    ///   announce.
    public func fingerprint(_ algorithm: Fingerprint.Algorithm = .sha256) throws(DTLSError) -> Fingerprint {
        guard algorithm != .sha1 else {
            throw DTLSError(.invalidParameter, "sha-1 is not announced any more; use sha-256")
        }
        return try Fingerprint(of: der, algorithm)
    }

    /// Whether the certificate is no longer valid at a time, in milliseconds since 1970-01-01 UTC.
    public func hasExpired(at milliseconds: Int64) -> Bool { milliseconds >= expires }

    /// Whether the certificate is no longer valid now.
    public var hasExpired: Bool { hasExpired(at: WallClock.milliseconds) }

    /// Whether both have the same bytes.
    public static func == (left: Certificate, right: Certificate) -> Bool { left.der == right.der }

    /// Hashes the bytes.
    public func hash(into hasher: inout Hasher) { hasher.combine(der) }

    /// The fingerprint; never the key.
    public var description: String { "certificate \(native.fingerprint)" }

    // MARK: The shared certificate

    private static let sharedCertificate = Mutex<Certificate?>(nil)

    /// The certificate that connections of this process use unless they are given one: made when
    /// first asked for, and made anew when less than a day of its 30 is left.
    ///
    /// - Throws: `library` if OpenSSL cannot make one.
    public static func shared() throws(DTLSError) -> Certificate {
        let result = sharedCertificate.withLock { shared -> Result<Certificate, DTLSError> in
            if let shared, !shared.hasExpired(at: WallClock.milliseconds &+ 86_400_000) { return .success(shared) }
            do throws(DTLSError) {
                let fresh = try generate()
                shared = fresh
                return .success(fresh)
            } catch { return .failure(error) }
        }
        return try result.get()
    }
}
