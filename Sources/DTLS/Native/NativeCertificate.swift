internal import COpenSSL
internal import TransportTypes

/// The X.509 certificate, its key, and the `SSL_CTX` that all sessions with this certificate share.
///
/// `@unchecked Sendable`: nothing is written after `init`. OpenSSL counts references to these
/// objects atomically and allows one `SSL_CTX` and one `EVP_PKEY` to be used by several threads at
/// a time.
@safe final class NativeCertificate: @unchecked Sendable {
    let algorithm: KeyAlgorithm
    let der: [UInt8]
    let fingerprint: Fingerprint
    /// Seconds since 1970-01-01 UTC.
    let expires: Int64
    let context: SSLContext
    private let certificate: OpaquePointer
    private let key: OpaquePointer

    /// Takes over both references, also when it throws.
    // SAFETY: whoever calls gives up one reference to each, which deinit or the failing path
    // releases.
    private init(adopting certificate: OpaquePointer, key: OpaquePointer) throws(DTLSError) {
        do throws(DTLSError) {
            algorithm = try unsafe Self.algorithm(of: key)
            der = try unsafe Self.der(of: certificate)
            fingerprint = try Fingerprint(of: der, .sha256)
            expires = try unsafe Self.expiry(of: certificate)
            context = try unsafe SSLContext(certificate: certificate, key: key)
        } catch {
            unsafe X509_free(certificate)
            unsafe EVP_PKEY_free(key)
            throw error
        }
        unsafe self.certificate = certificate
        unsafe self.key = key
    }

    deinit {
        // SAFETY: the references that init took over.
        unsafe X509_free(certificate)
        unsafe EVP_PKEY_free(key)
    }

    // MARK: Making one

    // SAFETY: what OpenSSL makes here is ours alone: it goes to the certificate that adopts it, or
    // is freed.
    static func generate(_ algorithm: KeyAlgorithm, validFor seconds: Int64) throws(DTLSError) -> NativeCertificate {
        ERR_clear_error()
        let fresh =
            switch algorithm {
            case .ecdsaP256: unsafe rtc_generate_p256()
            case .rsa(let bits): unsafe rtc_generate_rsa(Int(bits))
            }
        guard let key = unsafe fresh else { throw OpenSSLFailure.error("generating a private key") }
        guard let certificate = unsafe X509_new(), unsafe fill(certificate, key: key, validFor: seconds) else {
            unsafe EVP_PKEY_free(key)
            throw OpenSSLFailure.error("making a certificate")
        }
        return try unsafe NativeCertificate(adopting: certificate, key: key)
    }

    /// Fills in and signs a fresh certificate, and frees it if that fails.
    private static func fill(_ certificate: OpaquePointer, key: OpaquePointer, validFor seconds: Int64) -> Bool {
        // SAFETY: the `get` and `getm` functions give parts of the certificate, which live as long
        // as it does.
        let serial = UInt64.random(in: 1...UInt64(Int64.max))
        let (days, rest) = seconds.quotientAndRemainder(dividingBy: 86400)
        let name = unsafe X509_get_subject_name(certificate)
        let isFilled =
            unsafe X509_set_version(certificate, 2) == 1  // version 3
            && ASN1_INTEGER_set_uint64(X509_get_serialNumber(certificate), serial) == 1
            && X509_time_adj_ex(X509_getm_notBefore(certificate), -1, 0, nil) != nil
            && X509_time_adj_ex(X509_getm_notAfter(certificate), Int32(days), Int(rest), nil) != nil
            && X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, "WebRTC", -1, -1, 0) == 1
            && X509_set_issuer_name(certificate, name) == 1
            && X509_set_pubkey(certificate, key) == 1
            && X509_sign(certificate, key, EVP_sha256()) > 0
        if !isFilled { unsafe X509_free(certificate) }
        return isFilled
    }

    // MARK: PEM

    // SAFETY: both parsed objects are ours; each way out frees them or gives them to the init that
    // adopts them. The callback for a password is a constant and looks at nothing.
    convenience init(pem: String, privateKey: String) throws(DTLSError) {
        ERR_clear_error()
        let parsed = unsafe Self.withMemory(pem) { bio in unsafe PEM_read_bio_X509(bio, nil, Self.noPassword, nil) }
        guard let certificate = unsafe parsed else {
            throw OpenSSLFailure.error("no certificate in the PEM text", code: .invalidCertificate)
        }
        let parsedKey = unsafe Self.withMemory(privateKey) { bio in
            unsafe PEM_read_bio_PrivateKey(bio, nil, Self.noPassword, nil)
        }
        guard let key = unsafe parsedKey else {
            unsafe X509_free(certificate)
            throw OpenSSLFailure.error(
                "no private key in the PEM text, or it is encrypted (decrypt it first)", code: .invalidCertificate)
        }
        guard unsafe X509_check_private_key(certificate, key) == 1 else {
            unsafe X509_free(certificate)
            unsafe EVP_PKEY_free(key)
            throw OpenSSLFailure.error("the private key is not that of the certificate", code: .invalidCertificate)
        }
        try unsafe self.init(adopting: certificate, key: key)
    }

    // SAFETY: the certificate lives as long as self, and the BIO as long as the closure that writes
    // into it.
    func certificatePEM() throws(DTLSError) -> String {
        try unsafe Self.text("writing a certificate") { bio in unsafe PEM_write_bio_X509(bio, certificate) }
    }

    // SAFETY: the key lives as long as self, and the BIO as long as the closure that writes into
    // it.
    func privateKeyPEM() throws(DTLSError) -> String {
        try unsafe Self.text("writing a private key") { bio in
            unsafe PEM_write_bio_PKCS8PrivateKey(bio, key, nil, nil, 0, nil, nil)
        }
    }

    /// Without it OpenSSL would ask for the password on the terminal.
    private static let noPassword:
        @convention(c) (UnsafeMutablePointer<CChar>?, Int32, Int32, UnsafeMutableRawPointer?)
            -> Int32 = { _, _, _, _ in -1 }

    private static func withMemory(_ text: String, _ body: (OpaquePointer) -> OpaquePointer?) -> OpaquePointer? {
        guard text.utf8.count <= 1 << 20 else { return nil }
        // SAFETY: the BIO reads the array in place and is freed before the array ends.
        return unsafe Array(text.utf8).withUnsafeBytes { bytes in
            guard let bio = unsafe BIO_new_mem_buf(bytes.baseAddress, Int32(bytes.count)) else { return nil }
            defer { unsafe BIO_free(bio) }
            return unsafe body(bio)
        }
    }

    private static func text(_ what: String, _ write: (OpaquePointer) -> Int32) throws(DTLSError) -> String {
        // SAFETY: the bytes belong to the BIO and are copied before it is freed.
        ERR_clear_error()
        guard let bio = unsafe BIO_new(BIO_s_secmem()) else { throw OpenSSLFailure.error(what) }
        defer { unsafe BIO_free(bio) }
        guard unsafe write(bio) == 1 else { throw OpenSSLFailure.error(what) }
        var bytes: UnsafePointer<UInt8>?
        let count = unsafe rtc_bio_memory(bio, &bytes)
        return unsafe String(decoding: UnsafeBufferPointer(start: bytes, count: max(0, count)), as: UTF8.self)
    }

    // MARK: What a certificate says

    private static func algorithm(of key: OpaquePointer) throws(DTLSError) -> KeyAlgorithm {
        // SAFETY: reads the key; the name is written into the array, whose size is given.
        let bits = unsafe Int(EVP_PKEY_get_bits(key))
        if unsafe EVP_PKEY_is_a(key, "RSA") == 1 {
            if KeyAlgorithm.rsaBits.contains(bits) { return .rsa(bits: bits) }
            throw DTLSError(.invalidCertificate, "an RSA key has 2048 to 8192 bits here, not \(bits)")
        }
        var name = [CChar](repeating: 0, count: 64)
        var count = 0
        if unsafe EVP_PKEY_is_a(key, "EC") == 1,
            unsafe EVP_PKEY_get_group_name(key, &name, name.count, &count) == 1,
            name.prefix(count).elementsEqual("prime256v1".utf8.map { CChar(bitPattern: $0) })
        {
            return .ecdsaP256
        }
        throw DTLSError(.invalidCertificate, "the key is neither RSA nor on the curve P-256")
    }

    static func der(of certificate: OpaquePointer) throws(DTLSError) -> [UInt8] {
        // SAFETY: the first call measures, the second writes as many bytes into an array of that
        // size.
        let count = unsafe i2d_X509(certificate, nil)
        guard count > 0 else { throw OpenSSLFailure.error("encoding a certificate") }
        var bytes = [UInt8](repeating: 0, count: Int(count))
        let written = unsafe bytes.withUnsafeMutableBufferPointer { buffer in
            var cursor = buffer.baseAddress
            return unsafe i2d_X509(certificate, &cursor)
        }
        guard written == count else { throw OpenSSLFailure.error("encoding a certificate") }
        return bytes
    }

    private static func expiry(of certificate: OpaquePointer) throws(DTLSError) -> Int64 {
        // SAFETY: the times are part of the certificate or constants; the results are local.
        guard let epoch = unsafe ASN1_TIME_set(nil, 0) else { throw OpenSSLFailure.error("making a time") }
        defer { unsafe ASN1_TIME_free(epoch) }
        var days: Int32 = 0
        var seconds: Int32 = 0
        guard unsafe ASN1_TIME_diff(&days, &seconds, epoch, X509_get0_notAfter(certificate)) == 1 else {
            throw OpenSSLFailure.error("reading when the certificate expires", code: .invalidCertificate)
        }
        return Int64(days) * 86400 + Int64(seconds)
    }
}
