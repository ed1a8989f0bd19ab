internal import NIOSSL
internal import Signaling
internal import Synchronization

/// The one certificate that is believed, for one connection.
final class RedisPin: Sendable {
    private let fingerprint: String
    private let presented = Mutex<String?>(nil)

    /// - Parameter fingerprint: in upper case.
    init(_ fingerprint: String) {
        self.fingerprint = fingerprint
    }

    /// Why the server was refused, if it was.
    var refusal: String? {
        presented.withLock { $0 }.map {
            "Redis has the certificate \($0), which is not pinned; pin it if its owner has replaced it"
        }
    }

    func admits(_ certificate: NIOSSLCertificate?) -> Bool {
        let digest = certificate.flatMap { try? $0.toDERBytes() }.map(CertificateFingerprint.of) ?? "none"
        guard digest != fingerprint else { return true }
        presented.withLock { $0 = digest }
        return false
    }
}
