internal import COpenSSL
internal import TransportTypes

/// One TLS connection of a client, from bytes to bytes: what comes from the server goes in, what is
/// for it comes out.
@safe final class TLSClientSession {
    enum Step {
        case done
        /// Nothing more without further bytes of the server.
        case wantsInput
        /// The server sent close_notify.
        case closedByPeer
        /// For people: why there is no connection, or no longer.
        case failed(String)
    }

    private let ssl: OpaquePointer
    /// Owned by the SSL.
    private let incoming: OpaquePointer
    private let outgoing: OpaquePointer
    private let host: String
    private let server: String

    /// - Parameters:
    ///   - host: the name or IP address that the certificate has to be for.
    ///   - server: the server's address, for error texts.
    init?(context: TLSClientContext, host: String, server: TransportAddress) {
        ERR_clear_error()
        guard let ssl = unsafe context.makeSSL() else { return nil }
        guard let incoming = unsafe BIO_new(BIO_s_mem()), let outgoing = unsafe BIO_new(BIO_s_mem()) else {
            unsafe SSL_free(ssl)
            return nil
        }
        // SAFETY: the SSL owns both BIOs from here on, and deinit frees it.
        unsafe SSL_set_bio(ssl, incoming, outgoing)
        unsafe self.ssl = ssl
        unsafe self.incoming = incoming
        unsafe self.outgoing = outgoing
        self.server = "\(server)"
        if let address = IPAddress(host) {
            self.host = "\(address)"
            // RFC 6066 §3: no address in the server name.
            guard unsafe X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), self.host) == 1 else { return nil }
        } else {
            self.host = host.hasSuffix(".") ? String(host.dropLast()) : host
            unsafe rtc_ssl_forbid_partial_wildcards(ssl)
            guard unsafe SSL_set1_host(ssl, self.host) == 1, unsafe rtc_ssl_set_server_name(ssl, self.host) == 1 else {
                return nil
            }
        }
        unsafe SSL_set_connect_state(ssl)
    }

    // SAFETY: the SSL is ours alone, and frees both BIOs with it.
    deinit { unsafe SSL_free(ssl) }

    /// Goes on with the handshake.
    // SAFETY: the SSL is ours until deinit, and reads and writes its own BIOs only.
    func handshake() -> Step {
        rtc_err_clear()
        return step(unsafe SSL_do_handshake(ssl))
    }

    /// Takes what the server has sent. What it says is then asked for with ``handshake()`` or
    /// ``read(into:)``.
    func take(_ bytes: Span<UInt8>) {
        // SAFETY: the BIO copies the bytes.
        unsafe bytes.withUnsafeBytes { bytes in
            unsafe _ = BIO_write(incoming, bytes.baseAddress, Int32(clamping: bytes.count))
        }
    }

    /// Decrypts into the buffer; says how much, when done.
    func read(into buffer: inout [UInt8]) -> (step: Step, count: Int) {
        rtc_err_clear()
        // SAFETY: OpenSSL is told the buffer's size.
        let count = unsafe buffer.withUnsafeMutableBytes { buffer in
            unsafe SSL_read(ssl, buffer.baseAddress, Int32(clamping: buffer.count))
        }
        return (step(count), Int(max(count, 0)))
    }

    /// Encrypts all of it.
    func write(_ bytes: Span<UInt8>) -> Step {
        rtc_err_clear()
        // SAFETY: OpenSSL reads the bytes during the call only. Its output has no limit, so that it
        // takes all of them.
        return unsafe bytes.withUnsafeBytes { bytes in
            step(unsafe SSL_write(ssl, bytes.baseAddress, Int32(clamping: bytes.count)))
        }
    }

    /// Says goodbye: close_notify.
    // SAFETY: the SSL is ours until deinit, and writes into its own BIO only.
    func shutdown() {
        rtc_err_clear()
        unsafe _ = SSL_shutdown(ssl)
    }

    /// Moves what is for the server into a queue.
    func moveOutput(to queue: inout ByteQueue) {
        var bytes: UnsafePointer<UInt8>?
        // SAFETY: the bytes are the BIO's, and copied before it is emptied.
        let count = unsafe rtc_bio_memory(outgoing, &bytes)
        guard count > 0 else { return }
        unsafe queue.append(UnsafeBufferPointer(start: bytes, count: count))
        unsafe rtc_bio_reset(outgoing)
    }

    // SAFETY: reads the SSL, which is ours until deinit.
    private func step(_ result: Int32) -> Step {
        if result > 0 { return .done }
        switch unsafe SSL_get_error(ssl, result) {
        case SSL_ERROR_WANT_READ, SSL_ERROR_WANT_WRITE: return .wantsInput
        case SSL_ERROR_ZERO_RETURN: return .closedByPeer
        default: return .failed(failure)
        }
    }

    private var failure: String {
        let verdict = unsafe SSL_get_verify_result(ssl)
        if verdict == Int(X509_V_ERR_HOSTNAME_MISMATCH) || verdict == Int(X509_V_ERR_IP_ADDRESS_MISMATCH) {
            return "\(server): the server's certificate is not for \(host); "
                + "put a name into the URL that the certificate has, or give the server one for this name"
        }
        if verdict != Int(X509_V_OK) {
            // SAFETY: a constant of the library.
            let reason = unsafe String(cString: X509_verify_cert_error_string(verdict))
            return "\(server): the server's certificate is not trusted: \(reason); "
                + "if an authority of your own has issued it, name that one in ICESettings.tlsRoots"
        }
        let code = ERR_get_error()
        // SAFETY: a constant of the library.
        let reason = unsafe ERR_reason_error_string(code).map { unsafe String(cString: $0) } ?? "no reason given"
        return "\(server): TLS failed: \(reason); look whether the server has TLS 1.2 or later on this port"
    }
}
