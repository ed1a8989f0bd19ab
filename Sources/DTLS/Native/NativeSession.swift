internal import COpenSSL
internal import TransportTypes

/// What a native session calls while one of its methods runs.
protocol NativeSessionOwner: AnyObject {
    func native(didProduce datagram: Span<UInt8>)
    /// The handshake has come to the peer's certificate. False ends it with the alert
    /// bad_certificate.
    func native(acceptsPeerCertificate der: [UInt8]) -> Bool
}

/// One `SSL` with its BIO: records in, datagrams and plaintext out. Used on one thread at a time.
@safe final class NativeSession {
    enum Step {
        /// The call did what it was asked to do.
        case done
        case wantsInput
        /// The peer sent close_notify.
        case closedByPeer
        case failed(DTLSError)
    }

    // SAFETY: the owner sets itself right after init and owns this object, so it outlives it.
    private unowned(unsafe) var owner: (any NativeSessionOwner)?
    /// Whether a call is on its way through OpenSSL, which must not be entered again until it
    /// returns.
    private(set) var isInside = false
    /// How often a flight was sent again. OpenSSL also does that by itself when a record comes
    /// after its timer ran out.
    private(set) var retransmissions: UInt64 = 0

    private let ssl: OpaquePointer
    private var hasReleasedBuffers = false
    /// What OpenSSL's write buffer has room for: a datagram of the handshake, until a larger record
    /// is written. Not below 512.
    private var writeSize = 512
    private let configuration: DTLSConfiguration
    /// What was done with the keys of epoch 1.
    private var progress = RecordProtection.Progress()
    /// When OpenSSL joins a Finished with the plain records before it, it forgets what encryption
    /// adds: 8 bytes of nonce and 16 of tag. It is given an MTU that is smaller by as much.
    private static let encryptionOverhead = 24
    /// The record that OpenSSL may read next; only set during the call that brought it.
    // SAFETY: an empty buffer; what is set later is valid for the call that sets it, which empties
    // it again.
    private var input = unsafe UnsafeRawBufferPointer(start: nil, count: 0)
    /// Room for the content of a record, made as large as the largest record so far.
    // SAFETY: an empty buffer; this object alone allocates and frees it, and no span of it leaves
    // the call that lends it.
    private var plaintext = unsafe UnsafeMutableRawBufferPointer(start: nil, count: 0)

    init(context: SSLContext, role: DTLSRole, configuration: DTLSConfiguration) throws(DTLSError) {
        rtc_err_clear()
        guard let ssl = unsafe context.makeSSL() else { throw OpenSSLFailure.error("making a DTLS session") }
        unsafe self.ssl = ssl
        self.configuration = configuration
        // SAFETY: from here on deinit frees the SSL and with it the BIO, which are the only holders
        // of the pointer to this.
        guard let bio = unsafe DatagramBIO.make(for: self) else { throw OpenSSLFailure.error("making a BIO") }
        unsafe SSL_set_bio(ssl, bio, bio)
        unsafe SSL_set_ex_data(ssl, 0, Unmanaged.passUnretained(self).toOpaque())
        unsafe rtc_ssl_set_mtu(ssl, configuration.effectiveMTU - Self.encryptionOverhead)
        // Also the size of the write buffer: 16 KiB less for each session than OpenSSL's default.
        writeSize = max(512, configuration.effectiveMTU)
        unsafe rtc_ssl_set_max_send_fragment(ssl, writeSize)
        unsafe DTLS_set_timer_cb(ssl) { ssl, previous in
            unsafe NativeSession.of(ssl: ssl)?.interval(after: previous) ?? 1_000_000
        }
        if !configuration.srtpProfiles.isEmpty {
            let names = configuration.srtpProfiles.map(\.openSSLName).joined(separator: ":")
            guard unsafe SSL_set_tlsext_use_srtp(ssl, names) == 0 else {
                throw OpenSSLFailure.error("offering the SRTP profiles \(names)")
            }
        }
        switch role {
        case .client: unsafe SSL_set_connect_state(ssl)
        case .server: unsafe SSL_set_accept_state(ssl)
        }
    }

    deinit {
        // SAFETY: nothing of OpenSSL runs for this session any more; freeing sends nothing.
        unsafe SSL_free(ssl)
        unsafe plaintext.deallocate()
    }

    /// Names the object that owns this one.
    // SAFETY: the owner owns this object, and so is there whenever it is called back.
    func attach(_ owner: any NativeSessionOwner) {
        unsafe self.owner = owner
    }

    static func of(ssl: OpaquePointer?) -> NativeSession? {
        // SAFETY: set in init to the object that owns the SSL.
        guard let data = unsafe SSL_get_ex_data(ssl, 0) else { return nil }
        return unsafe Unmanaged<NativeSession>.fromOpaque(data).takeUnretainedValue()
    }

    /// The most bytes that one ``write(_:)`` takes: RFC 6347 §4.1, the plaintext of TLS.
    static let maximumWrite = 16_384

    // MARK: Memory

    /// Gives OpenSSL's record buffers back until the next call. Only between calls, after the
    /// handshake.
    func releaseBuffers() {
        // SAFETY: OpenSSL refuses while they hold anything. Its DTLS does not notice that they are
        // gone, hence the flag.
        guard !hasReleasedBuffers, unsafe SSL_free_buffers(ssl) == 1 else { return }
        hasReleasedBuffers = true
        unsafe plaintext.deallocate()
        unsafe plaintext = UnsafeMutableRawBufferPointer(start: nil, count: 0)
    }

    /// False when there is no memory for them.
    // SAFETY: the SSL is ours until deinit, and no call is under way in it: the flag says that its
    // buffers are gone.
    private func takeBuffers() -> Bool {
        guard hasReleasedBuffers else { return true }
        hasReleasedBuffers = unsafe SSL_alloc_buffers(ssl) != 1
        return !hasReleasedBuffers
    }

    /// Has the next call take a write buffer for the largest record.
    // SAFETY: the SSL is ours until deinit; the size is set while it has no buffer that would have
    // to be larger.
    private func growWriteBuffer() -> Bool {
        releaseBuffers()
        guard hasReleasedBuffers, unsafe rtc_ssl_set_max_send_fragment(ssl, Self.maximumWrite) == 1 else {
            return false
        }
        writeSize = Self.maximumWrite
        return true
    }

    // MARK: Calls into OpenSSL

    /// Goes on with the handshake.
    // SAFETY: the SSL is ours until deinit, and what it calls back with is this object, which the
    // caller holds.
    func handshake() -> Step {
        enter { unsafe SSL_do_handshake(ssl) }
    }

    /// Goes on with the handshake, with one more record of the peer.
    func handshake(with record: Span<UInt8>) -> Step {
        // SAFETY: the input is forgotten before the record ends to be valid.
        unsafe record.withUnsafeBytes { bytes in
            unsafe input = bytes
            defer { unsafe input = UnsafeRawBufferPointer(start: nil, count: 0) }
            return handshake()
        }
    }

    /// Decrypts one record and hands its content out, if it has any that is genuine and new.
    func read(_ record: Span<UInt8>, deliver: (Span<UInt8>) -> Void) -> Step {
        // SAFETY: the input is forgotten before the record ends to be valid. The plaintext has room
        // for the record, whose content is shorter; OpenSSL says how much of it it wrote. Nobody
        // else writes into it while it is handed out: the owner refuses records until the call
        // returns.
        unsafe record.withUnsafeBytes { bytes in
            guard takeBuffers() else { return Self.outOfMemory }
            reserve(bytes.count)
            unsafe input = bytes
            defer { unsafe input = UnsafeRawBufferPointer(start: nil, count: 0) }
            isInside = true
            rtc_err_clear()
            let count = unsafe SSL_read(ssl, plaintext.baseAddress, Int32(clamping: plaintext.count))
            isInside = false
            guard count > 0 else { return step(count) }
            let content = unsafe UnsafeRawBufferPointer(rebasing: plaintext[0..<Int(count)])
            deliver(unsafe content.bindMemory(to: UInt8.self).span)
            return .done
        }
    }

    /// Encrypts one record, which leaves through the owner before this returns.
    func write(_ bytes: Span<UInt8>) -> Step {
        guard bytes.count <= writeSize || growWriteBuffer() else { return Self.outOfMemory }
        // SAFETY: OpenSSL reads the bytes during the call only; its buffer has room for them, which
        // it does not check.
        return unsafe bytes.withUnsafeBytes { bytes in
            enter { unsafe SSL_write(ssl, bytes.baseAddress, Int32(clamping: bytes.count)) }
        }
    }

    /// Sends close_notify. Only after the handshake.
    // SAFETY: the SSL is ours until deinit, and what it calls back with is this object, which the
    // caller holds.
    func shutdown() {
        _ = enter { unsafe SSL_shutdown(ssl) < 0 ? -1 : 1 }
    }

    /// Sends the last flight again if OpenSSL's timer has run out; false if it has not.
    // SAFETY: the SSL is ours until deinit, and what it calls back with is this object, which the
    // caller holds.
    func handleTimeout() -> Result<Bool, DTLSError> {
        isInside = true
        defer { isInside = false }
        rtc_err_clear()
        switch unsafe rtc_dtls_handle_timeout(ssl) {
        case 0: return .success(false)
        case 1...: return .success(true)
        default: return .failure(OpenSSLFailure.handshakeError())
        }
    }

    /// The time until the last flight is to be sent again, or nil when it is not.
    // SAFETY: OpenSSL writes into a local variable, and only reads the SSL, which is ours until
    // deinit.
    var timeUntilRetransmission: Duration? {
        // OpenSSL tells microseconds, and less than none for never.
        let microseconds = unsafe rtc_dtls_get_timeout(ssl)
        return microseconds < 0 ? nil : .microseconds(microseconds)
    }

    // MARK: What the handshake agreed on

    /// The least that encryption adds to a record. 8 bytes of nonce and a tag of 16 with AES-GCM,
    /// and until the cipher is known; the tag alone with ChaCha20. An early Finished is longer with
    /// any.
    var leastEncryption: Int {
        // SAFETY: the cipher is a constant of the library.
        guard let cipher = unsafe SSL_get_current_cipher(ssl) else { return 24 }
        return unsafe SSL_CIPHER_get_cipher_nid(cipher) == NID_chacha20_poly1305 ? 16 : 24
    }

    // SAFETY: reads the SSL, which is ours until deinit.
    var isFinished: Bool { unsafe SSL_is_init_finished(ssl) == 1 }

    /// The most bytes that fit a datagram of the MTU after the handshake.
    // SAFETY: reads the SSL, which is ours until deinit.
    var maximumPayload: Int { unsafe Int(DTLS_get_data_mtu(ssl)) + Self.encryptionOverhead }

    var parameters: DTLSParameters? {
        // SAFETY: the cipher and the names are constants of the library.
        guard let cipher = unsafe SSL_get_current_cipher(ssl) else { return nil }
        return unsafe DTLSParameters(
            version: UInt16(truncatingIfNeeded: SSL_version(ssl)),
            openSSLCipher: SSL_CIPHER_get_name(cipher).map { unsafe String(cString: $0) } ?? "",
            cipher: SSL_CIPHER_standard_name(cipher).map { unsafe String(cString: $0) } ?? "",
            cipherCodePoint: SSL_CIPHER_get_protocol_id(cipher),
            group: rtc_ssl_group_name(ssl).map { unsafe String(cString: $0) },
            srtpProfile: SSL_get_selected_srtp_profile(ssl).flatMap {
                unsafe SRTPProfile(rawValue: UInt16($0.pointee.id))
            })
    }

    /// Keying material for another protocol (RFC 5705), without a context.
    func exportKeyingMaterial(label: String, count: Int) -> [UInt8]? {
        // SAFETY: writes exactly `count` bytes into an array of that size.
        var bytes = [UInt8](repeating: 0, count: count)
        rtc_err_clear()
        let status = unsafe SSL_export_keying_material(ssl, &bytes, count, label, label.utf8.count, nil, 0, 0)
        return status == 1 ? bytes : nil
    }

    /// The records' protection from here on, in place of this session: its keys, and where it has
    /// ended. Only after the handshake.
    func makeProtection(role: DTLSRole) -> RecordProtection? {
        guard let parameters, let suite = RecordSuite(codePoint: parameters.cipherCodePoint) else { return nil }
        // SAFETY: writes exactly as many bytes as the array has.
        var block = [UInt8](repeating: 0, count: 2 * (suite.keyLength + suite.saltLength))
        rtc_err_clear()
        guard unsafe rtc_tls12_key_block(ssl, suite.digest, &block, block.count) == 1 else { return nil }
        return RecordProtection(
            suite: suite, keyBlock: block, role: role, progress: progress, maximumPayload: maximumPayload,
            srtpKeys: exportSRTPKeys(role: role))
    }

    /// The SRTP keys of both directions, or nil when no profile was agreed on. Only after the
    /// handshake.
    func exportSRTPKeys(role: DTLSRole) -> SRTPKeys? {
        guard let profile = parameters?.srtpProfile else { return nil }
        // The label of RFC 5764 §4.2.
        let label = "EXTRACTOR-dtls_srtp"
        guard let bytes = exportKeyingMaterial(label: label, count: SRTPKeys.exportedCount(for: profile)) else {
            return nil
        }
        return SRTPKeys(exported: bytes, profile: profile, role: role)
    }

    /// Notes a record of epoch 1 that OpenSSL has found to be genuine.
    func noteArrival(_ record: Span<UInt8>) {
        progress.arrivals.insert(Record.sequence(in: record))
    }

    /// Notes the records of epoch 1 in a datagram that is about to leave.
    private func noteDeparture(_ datagram: Span<UInt8>) {
        var offset = 0
        while let record = Record(in: datagram, at: offset) {
            offset = record.range.upperBound
            guard record.epoch == 1 else { continue }
            let bytes = datagram.extracting(record.range)
            progress.sent = Record.sequence(in: bytes)
            // With ChaCha20 these bytes are no nonce, and are not used as one.
            guard bytes.count >= Record.headerLength + 8 else { continue }
            let nonce = (0..<8).reduce(UInt64(0)) { $0 << 8 | UInt64(bytes[Record.headerLength + $1]) }
            if progress.nonceCount == 0 { progress.firstNonce = nonce }
            progress.nonceCount = nonce &- progress.firstNonce &+ 1
        }
    }

    // MARK: Calls from OpenSSL

    private func interval(after previous: UInt32) -> UInt32 {
        if previous != 0 { retransmissions &+= 1 }
        return configuration.retransmissionInterval(after: previous)
    }

    // SAFETY: the owner owns this object, and so is there while one of its calls brings us here.
    func produce(_ datagram: Span<UInt8>) {
        noteDeparture(datagram)
        unsafe owner?.native(didProduce: datagram)
    }

    // SAFETY: the owner owns this object, and so is there while one of its calls brings us here.
    func accepts(peerCertificate der: [UInt8]) -> Bool {
        unsafe owner?.native(acceptsPeerCertificate: der) ?? false
    }

    /// Moves the record that is set out into OpenSSL's buffer; 0 when there is none.
    func takeInput(into buffer: UnsafeMutableRawBufferPointer) -> Int {
        // SAFETY: copies no more than both hold; a record that did not fit would be cut, and then
        // fail its check.
        let count = unsafe min(input.count, buffer.count)
        guard count > 0 else { return 0 }
        unsafe buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: input[0..<count]))
        unsafe input = UnsafeRawBufferPointer(start: nil, count: 0)
        return count
    }

    // MARK: Private

    private static var outOfMemory: Step { .failed(DTLSError(.library, "there is no memory for a record")) }

    private func enter(_ call: () -> Int32) -> Step {
        guard takeBuffers() else { return Self.outOfMemory }
        isInside = true
        rtc_err_clear()
        let result = call()
        isInside = false
        return result > 0 ? .done : step(result)
    }

    /// What a call that did not succeed means.
    // SAFETY: reads the SSL, which is ours until deinit, and of this thread's errors those of the
    // call before.
    private func step(_ result: Int32) -> Step {
        switch unsafe SSL_get_error(ssl, result) {
        case SSL_ERROR_WANT_READ, SSL_ERROR_WANT_WRITE: .wantsInput
        case SSL_ERROR_ZERO_RETURN: .closedByPeer
        default: .failed(OpenSSLFailure.handshakeError())
        }
    }

    private func reserve(_ count: Int) {
        // SAFETY: only called between two reads, when nobody looks at the old room.
        guard unsafe plaintext.count < count else { return }
        unsafe plaintext.deallocate()
        unsafe plaintext = .allocate(byteCount: max(count, 1500), alignment: 16)
    }
}

extension SRTPProfile {
    fileprivate var openSSLName: String {
        switch self {
        case .aes128CMSHA1With80BitTag: "SRTP_AES128_CM_SHA1_80"
        case .aeadAES128GCM: "SRTP_AEAD_AES_128_GCM"
        case .aeadAES256GCM: "SRTP_AEAD_AES_256_GCM"
        }
    }
}
