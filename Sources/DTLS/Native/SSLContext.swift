internal import COpenSSL
internal import TransportTypes

/// The `SSL_CTX` of a certificate: everything that is the same for all sessions.
///
/// `@unchecked Sendable`: configured in `init`, only read after it; OpenSSL locks what it counts
/// and caches inside.
@safe final class SSLContext: @unchecked Sendable {
    private let context: OpaquePointer
    // SAFETY: made once, by whoever comes first, and lives as long as the process.
    private nonisolated(unsafe) static let library = unsafe rtc_handshake_library()

    /// The suites, by preference: AES-128-GCM is the one that WebRTC requires (RFC 8827 §6.5) and
    /// the fastest where the processor helps; then AES-256-GCM; then ChaCha20 for peers without
    /// such help. All with forward secrecy.
    private static let ciphers = [
        "ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-RSA-AES128-GCM-SHA256", "ECDHE-ECDSA-AES256-GCM-SHA384",
        "ECDHE-RSA-AES256-GCM-SHA384", "ECDHE-ECDSA-CHACHA20-POLY1305", "ECDHE-RSA-CHACHA20-POLY1305",
    ].joined(separator: ":")

    // SAFETY: OpenSSL takes its own references to both.
    init(certificate: OpaquePointer, key: OpaquePointer) throws(DTLSError) {
        ERR_clear_error()
        guard let context = unsafe SSL_CTX_new_ex(Self.library, nil, DTLS_method()) else {
            throw OpenSSLFailure.error("making a DTLS context")
        }
        unsafe self.context = context
        // SAFETY: the context is ours until deinit; the strings are copied.
        let isConfigured =
            unsafe rtc_ssl_ctx_set_version(context) == 1
            && SSL_CTX_set_cipher_list(context, Self.ciphers) == 1
            && rtc_ssl_ctx_set_groups(context, "X25519:P-256:P-384") == 1
            && SSL_CTX_use_certificate(context, certificate) == 1
            && SSL_CTX_use_PrivateKey(context, key) == 1
            && SSL_CTX_set_session_id_context(context, "swift-webrtc", 12) == 1
        guard isConfigured else { throw OpenSSLFailure.error("configuring a DTLS context") }
        unsafe rtc_ssl_ctx_set_options(context)
        unsafe rtc_ssl_ctx_set_mode(context, Int(SSL_MODE_RELEASE_BUFFERS))
        unsafe rtc_ssl_ctx_disable_session_cache(context)
        // A flood of forged fragments can make OpenSSL reserve this much for each of ten messages.
        unsafe rtc_ssl_ctx_set_max_cert_list(context, 16 * 1024)
        // Each end asks for the certificate of the other (RFC 8827 §6.5). Any certificate that
        // proves possession of its key will do, as long as it is the one that the session
        // description named: the callback compares.
        unsafe SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nil)
        unsafe SSL_CTX_set_cert_verify_callback(context, Self.verify, nil)
    }

    // SAFETY: our one reference; each session of the context has its own.
    deinit {
        unsafe SSL_CTX_free(context)
    }

    /// A new `SSL`, owned by the caller.
    // SAFETY: OpenSSL counts references to the context atomically; the new SSL has its own.
    func makeSSL() -> OpaquePointer? { unsafe SSL_new(context) }

    private static let verify: @convention(c) (OpaquePointer?, UnsafeMutableRawPointer?) -> Int32 = { store, _ in
        // SAFETY: OpenSSL calls this from inside of a call of the session, which is alive for as
        // long as its SSL is.
        guard let store = unsafe store,
            let pointer = unsafe X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx()),
            let session = unsafe NativeSession.of(ssl: OpaquePointer(pointer)),
            let certificate = unsafe X509_STORE_CTX_get0_cert(store),
            let der = try? unsafe NativeCertificate.der(of: certificate),
            session.accepts(peerCertificate: der)
        else {
            if let store = unsafe store { unsafe X509_STORE_CTX_set_error(store, X509_V_ERR_CERT_REJECTED) }
            return 0
        }
        unsafe X509_STORE_CTX_set_error(store, X509_V_OK)
        return 1
    }
}
