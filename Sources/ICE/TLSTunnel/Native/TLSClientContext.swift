internal import COpenSSL
internal import TransportTypes

/// The `SSL_CTX` of TLS clients that trust the same roots.
///
/// `@unchecked Sendable`: configured in `init`, only read after it; OpenSSL locks what it counts
/// and caches inside.
@safe final class TLSClientContext: @unchecked Sendable {
    private let context: OpaquePointer
    /// The roots in DER; nil for those of the system.
    let roots: [[UInt8]]?

    /// Trusts the roots that OpenSSL is set up with on this system. Reading them takes some 30 ms,
    /// once.
    static let system: TLSClientContext? = try? TLSClientContext(pem: nil)

    /// PEM_R_NO_START_LINE: the text is at its end.
    private static let endOfText: Int32 = 108
    private static let largestText = 16 << 20

    /// - Parameter pem: the roots' certificates, one after the other; nil for those of the system.
    // SAFETY: the context is ours: freed here when the roots cannot be read, and in deinit
    // otherwise. The list of protocols is copied.
    init(pem: [UInt8]?) throws(ICEError) {
        ERR_clear_error()
        guard let context = unsafe SSL_CTX_new(TLS_client_method()) else {
            throw ICEError(.nativeFailure, "OpenSSL gave no TLS context")
        }
        do throws(ICEError) {
            roots = try unsafe Self.load(pem, into: context)
        } catch {
            unsafe SSL_CTX_free(context)
            throw error
        }
        unsafe self.context = context
        unsafe rtc_tls_ctx_configure(context)
        unsafe SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nil)
        // An authority in the middle of a chain, or the server's own certificate, may be named as a
        // root too.
        if pem != nil { unsafe rtc_tls_ctx_trust_partial_chains(context) }
        // RFC 7443: the server sees before any STUN message what the connection is for.
        let protocols: [UInt8] = [9] + Array("stun.turn".utf8)
        unsafe _ = SSL_CTX_set_alpn_protos(context, protocols, UInt32(protocols.count))
    }

    // SAFETY: our one reference; each session of the context has its own.
    deinit { unsafe SSL_CTX_free(context) }

    /// A new `SSL`, owned by the caller.
    // SAFETY: OpenSSL counts references to the context atomically; the new SSL has its own.
    func makeSSL() -> OpaquePointer? { unsafe SSL_new(context) }

    private static func load(_ pem: [UInt8]?, into context: OpaquePointer) throws(ICEError) -> [[UInt8]]? {
        guard let pem else {
            // Without any, every server is untrusted, and its error says so.
            unsafe _ = SSL_CTX_set_default_verify_paths(context)
            return nil
        }
        guard !pem.isEmpty, pem.count <= largestText else {
            throw ICEError(.invalidConfiguration, "TLS roots: \(pem.count) bytes; a PEM text has 1 byte to 16 MiB")
        }
        var found: [[UInt8]] = []
        // SAFETY: the BIO reads the array in place and is freed before the array ends; each
        // certificate is freed after the store has taken its own reference.
        let isRead = unsafe pem.withUnsafeBytes { bytes in
            guard let bio = unsafe BIO_new_mem_buf(bytes.baseAddress, Int32(bytes.count)) else { return false }
            defer { unsafe BIO_free(bio) }
            while let certificate = unsafe PEM_read_bio_X509(bio, nil, nil, nil) {
                defer { unsafe X509_free(certificate) }
                guard unsafe X509_STORE_add_cert(SSL_CTX_get_cert_store(context), certificate) == 1,
                    let der = unsafe der(of: certificate)
                else { return false }
                found.append(der)
            }
            return ERR_GET_REASON(ERR_peek_last_error()) == endOfText
        }
        ERR_clear_error()
        guard isRead, !found.isEmpty else {
            throw ICEError(
                .invalidConfiguration,
                "TLS roots: certificate \(found.count + 1) cannot be read; give certificates in PEM, "
                    + "each between BEGIN CERTIFICATE and END CERTIFICATE")
        }
        return found
    }

    private static func der(of certificate: OpaquePointer) -> [UInt8]? {
        // SAFETY: the first call measures, the second writes as many bytes into an array of that
        // size.
        let count = unsafe i2d_X509(certificate, nil)
        guard count > 0 else { return nil }
        var bytes = [UInt8](repeating: 0, count: Int(count))
        return unsafe bytes.withUnsafeMutableBufferPointer { buffer in
            var cursor = buffer.baseAddress
            return unsafe i2d_X509(certificate, &cursor) == count
        } ? bytes : nil
    }
}
