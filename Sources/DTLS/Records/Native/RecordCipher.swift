internal import COpenSSL

/// The cipher of one direction with its key: records in or out. Used on one thread at a time.
@safe final class RecordCipher {
    private let context: OpaquePointer
    private let suite: RecordSuite
    private let salt: [UInt8]
    private var nonce: [UInt8]
    /// The number of the record, its type, version and the length of its content (RFC 5246
    /// §6.2.3.3).
    private var associated: [UInt8] = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFE, 0xFD, 0, 0]
    /// Room for the content of a record, made as large as the largest record so far.
    // SAFETY: an empty buffer; this object alone allocates and frees it, and no span of it leaves
    // the call that lends it.
    private var content = unsafe UnsafeMutableBufferPointer<UInt8>(start: nil, count: 0)

    /// Nil when there is no memory for it.
    init?(_ suite: RecordSuite, key: [UInt8], salt: [UInt8], seals: Bool) {
        guard key.count == suite.keyLength, salt.count == suite.saltLength else { return nil }
        rtc_err_clear()
        // SAFETY: the context is ours until deinit; the key has the cipher's length and is copied.
        guard let context = unsafe EVP_CIPHER_CTX_new() else { return nil }
        unsafe self.context = context
        self.suite = suite
        self.salt = salt
        nonce = salt + [UInt8](repeating: 0, count: 12 - salt.count)
        let cipher =
            switch suite {
            case .aes128GCM: unsafe EVP_aes_128_gcm()
            case .aes256GCM: unsafe EVP_aes_256_gcm()
            case .chaCha20Poly1305: unsafe EVP_chacha20_poly1305()
            }
        guard unsafe EVP_CipherInit_ex(context, cipher, nil, key, nil, seals ? 1 : 0) == 1 else { return nil }
    }

    deinit {
        // SAFETY: nobody else has these. The context erases its key.
        unsafe EVP_CIPHER_CTX_free(context)
        unsafe content.deallocate()
    }

    /// Appends a whole record. False, and nothing appended, if OpenSSL fails.
    ///
    /// - Parameter number: epoch and sequence number, which are the nonce, too, beside what both
    ///   ends know of it.
    func seal(
        _ bytes: Span<UInt8>, type: Record.ContentType, number: UInt64, appendingTo datagrams: inout [UInt8]
    ) -> Bool {
        prepare(type, number: number, explicitNonce: number, length: bytes.count)
        let (explicit, total) = (suite.explicitLength, suite.overhead + bytes.count)
        var isSealed = false
        rtc_err_clear()
        datagrams.append(addingCapacity: total) { output in
            // SAFETY: the output has room for `total` bytes: the header, the explicit nonce, the
            // content and the tag, all of which are written before they count. OpenSSL reads the
            // arrays and the span during the call.
            unsafe output.withUnsafeMutableBufferPointer { room, initialized in
                let record = room.extracting(initialized..<initialized + total)
                unsafe Self.write(header: type, number: number, length: total - Record.headerLength, to: record)
                for index in 0..<explicit { unsafe record[Record.headerLength + index] = nonce[4 + index] }
                isSealed = unsafe bytes.withUnsafeBufferPointer { bytes in
                    unsafe rtc_aead_seal(
                        context, nonce, associated, associated.count, bytes.baseAddress, bytes.count,
                        record.baseAddress.map { unsafe $0 + Record.headerLength + explicit }) == 1
                }
                if isSealed { initialized += total }
            }
        }
        return isSealed
    }

    /// Hands out the content of a record if it is genuine; false if not.
    func open(_ record: Span<UInt8>, type: Record.ContentType, deliver: (Span<UInt8>) -> Void) -> Bool {
        let start = Record.headerLength + suite.explicitLength
        let count = record.count - suite.overhead
        guard count >= 0 else { return false }
        var explicitNonce: UInt64 = 0
        for index in Record.headerLength..<start { explicitNonce = explicitNonce << 8 | UInt64(record[index]) }
        prepare(type, number: Record.number(in: record), explicitNonce: explicitNonce, length: count)
        reserve(count)
        rtc_err_clear()
        // SAFETY: the content has room for `count` bytes, and behind those the record has its tag.
        // It is handed out only when the tag was right, and nobody else writes into it meanwhile:
        // the owner refuses records until this returns.
        let isGenuine = unsafe record.withUnsafeBufferPointer { record in
            unsafe rtc_aead_open(
                context, nonce, associated, associated.count, record.baseAddress.map { unsafe $0 + start }, count,
                content.baseAddress) == 1
        }
        guard isGenuine else { return false }
        unsafe deliver(UnsafeBufferPointer(rebasing: content[0..<count]).span)
        return true
    }

    /// Gives back the room for contents. Not while one is handed out.
    func releaseBuffers() {
        // SAFETY: as in deinit.
        unsafe content.deallocate()
        unsafe content = UnsafeMutableBufferPointer(start: nil, count: 0)
    }

    /// Sets what is encrypted with the content: its nonce and what it is bound to.
    private func prepare(_ type: Record.ContentType, number: UInt64, explicitNonce: UInt64, length: Int) {
        for index in 0..<8 {
            let shift = UInt64(56 - 8 * index)
            associated[index] = UInt8(truncatingIfNeeded: number >> shift)
            nonce[4 + index] =
                suite.explicitLength > 0
                ? UInt8(truncatingIfNeeded: explicitNonce >> shift) : salt[4 + index] ^ associated[index]
        }
        associated[8] = type.rawValue
        associated[11] = UInt8(truncatingIfNeeded: length >> 8)
        associated[12] = UInt8(truncatingIfNeeded: length)
    }

    private static func write(
        header type: Record.ContentType, number: UInt64, length: Int, to record: UnsafeMutableBufferPointer<UInt8>
    ) {
        // SAFETY: the caller's room is longer than a header.
        unsafe record[0] = type.rawValue
        unsafe record[1] = 0xFE
        unsafe record[2] = 0xFD
        for index in 0..<8 { unsafe record[3 + index] = UInt8(truncatingIfNeeded: number >> UInt64(56 - 8 * index)) }
        unsafe record[11] = UInt8(truncatingIfNeeded: length >> 8)
        unsafe record[12] = UInt8(truncatingIfNeeded: length)
    }

    private func reserve(_ count: Int) {
        // SAFETY: only called between two records, when nobody looks at the old room. Never empty,
        // so that it has an address.
        guard unsafe content.count < count || content.baseAddress == nil else { return }
        unsafe content.deallocate()
        unsafe content = .allocate(capacity: max(count, 1500))
    }
}
