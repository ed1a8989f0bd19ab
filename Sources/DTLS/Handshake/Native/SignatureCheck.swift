internal import COpenSSL

/// Looks at the signatures of a handshake before OpenSSL does, to whom a wrong one is the end.
enum SignatureCheck {
    /// Whether the certificate's key has made this signature. Of those that are offered; nobody has
    /// a use for SHA-1 and SHA-224.
    ///
    /// - Parameter algorithm: a SignatureScheme (RFC 8446 §4.2.3), which is what TLS 1.2 has as a
    ///   hash function and a signature.
    static func isValid(
        _ signature: [UInt8], of content: [UInt8], algorithm: UInt16, certificate: [UInt8]
    ) -> Bool {
        let digest = unsafe digest(of: algorithm)
        guard unsafe digest != nil || algorithm == ed25519 else { return false }
        rtc_err_clear()
        // SAFETY: the key is ours until it is freed, the digest a constant of the library; the
        // arrays are read during the call.
        guard let key = unsafe key(of: certificate) else { return false }
        defer { unsafe EVP_PKEY_free(key) }
        let isPSS: Int32 = (0x0804...0x0806).contains(algorithm) || (0x0809...0x080B).contains(algorithm) ? 1 : 0
        let status = unsafe rtc_verify(
            key, digest, isPSS, signature, signature.count, content, content.count)
        rtc_err_clear()
        return status == 1
    }

    /// Has its hash function inside.
    private static let ed25519: UInt16 = 0x0807

    // SAFETY: constants of the library, which nobody frees.
    private static func digest(of algorithm: UInt16) -> OpaquePointer? {
        switch algorithm {
        case 0x0403, 0x0401, 0x0804, 0x0809: unsafe EVP_sha256()
        case 0x0503, 0x0501, 0x0805, 0x080A: unsafe EVP_sha384()
        case 0x0603, 0x0601, 0x0806, 0x080B: unsafe EVP_sha512()
        default: nil
        }
    }

    /// What stands before the point in a certificate with a key on P-256 (RFC 5480 §2), to the byte
    /// that says that it is not compressed. OpenSSL's way to the key, through all its decoders,
    /// takes twenty times as long.
    private static let pointPrefix: [UInt8] = [
        0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x02, 0x01, 0x06, 0x08, 0x2A, 0x86, 0x48,
        0xCE, 0x3D, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00,
    ]

    private static func key(of certificate: [UInt8]) -> OpaquePointer? {
        // SAFETY: OpenSSL reads as many bytes as it is told of arrays that live through the call,
        // and gives up its reference.
        let count = 65
        let starts = certificate.indices.dropLast(pointPrefix.count + count - 1)
        let start = starts.first { certificate[$0...].starts(with: pointPrefix) }
        if let start {
            let point = start + pointPrefix.count
            return unsafe rtc_p256_public_key(Array(certificate[point..<point + count]), count)
        }
        return unsafe rtc_certificate_key(certificate, certificate.count)
    }
}
