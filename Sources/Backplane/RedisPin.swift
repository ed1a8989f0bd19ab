internal import Crypto
internal import NIOSSL
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
        let digest = certificate.flatMap { try? $0.toDERBytes() }.map(Self.digest) ?? "none"
        guard digest != fingerprint else { return true }
        presented.withLock { $0 = digest }
        return false
    }

    /// The SHA-256 digest: upper-case hexadecimal bytes joined by colons (RFC 8122 §5).
    static func digest(_ bytes: [UInt8]) -> String {
        SHA256.hash(data: bytes).map { byte in
            let digits = String(byte, radix: 16, uppercase: true)
            return digits.count == 2 ? digits : "0" + digits
        }.joined(separator: ":")
    }

    /// Whether it is one, in upper case.
    static func isFingerprint(_ text: String) -> Bool {
        let bytes = text.split(separator: ":", omittingEmptySubsequences: false)
        return bytes.count == SHA256.byteCount
            && bytes.allSatisfy { $0.utf8.count == 2 && $0.utf8.allSatisfy("0123456789ABCDEF".utf8.contains) }
    }
}
