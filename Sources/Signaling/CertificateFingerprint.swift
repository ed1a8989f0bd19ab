internal import Crypto

/// The SHA-256 digest of a certificate's DER, as both ends write it: upper-case hexadecimal bytes
/// joined by colons, as SDP has them (RFC 8122 §5).
package enum CertificateFingerprint {
    /// The digest of a certificate.
    package static func of(_ certificate: [UInt8]) -> String {
        SHA256.hash(data: certificate).map { byte in
            let digits = String(byte, radix: 16, uppercase: true)
            return digits.count == 2 ? digits : "0" + digits
        }.joined(separator: ":")
    }

    /// The same digest in that form; nil for what is none.
    package static func normalized(_ text: String) -> String? {
        let bytes = text.split(separator: ":", omittingEmptySubsequences: false)
        let areBytes = bytes.allSatisfy { $0.utf8.count == 2 && $0.utf8.allSatisfy(isDigit) }
        return bytes.count == SHA256.byteCount && areBytes ? text.uppercased() : nil
    }

    private static func isDigit(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "f"),
            UInt8(ascii: "A")...UInt8(ascii: "F"):
            true
        default: false
        }
    }
}
