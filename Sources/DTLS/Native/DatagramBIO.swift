internal import COpenSSL

/// The `BIO_METHOD` between OpenSSL and a session: each write is one datagram, each read gives the
/// record that the session set out, once.
///
/// OpenSSL's own memory BIO is a stream: it joins datagrams, and of what it joined DTLS reads the
/// first record only.
///
/// `@unchecked Sendable`: the method is written before it is published and never after.
@safe final class DatagramBIO: @unchecked Sendable {
    private let method: OpaquePointer?

    private static let shared = DatagramBIO()

    private init() {
        // SAFETY: the method lives as long as the process; the callbacks capture nothing.
        unsafe method = BIO_meth_new(BIO_get_new_index() | Int32(BIO_TYPE_SOURCE_SINK), "WebRTC datagrams")
        unsafe BIO_meth_set_write(method, Self.write)
        unsafe BIO_meth_set_read(method, Self.read)
        unsafe BIO_meth_set_ctrl(method, Self.control)
    }

    /// A new BIO, owned by the caller, that calls the session, which must outlive it.
    static func make(for session: NativeSession) -> OpaquePointer? {
        // SAFETY: the session frees its SSL, and with it this BIO, in deinit, so that the pointer
        // never dangles.
        guard let method = unsafe shared.method, let bio = unsafe BIO_new(method) else { return nil }
        unsafe BIO_set_data(bio, Unmanaged.passUnretained(session).toOpaque())
        unsafe BIO_set_init(bio, 1)
        return unsafe bio
    }

    private static func session(of bio: OpaquePointer?) -> NativeSession? {
        // SAFETY: see `make`.
        guard let data = unsafe BIO_get_data(bio) else { return nil }
        return unsafe Unmanaged<NativeSession>.fromOpaque(data).takeUnretainedValue()
    }

    private static let write: @convention(c) (OpaquePointer?, UnsafePointer<CChar>?, Int32) -> Int32 = {
        bio, bytes, count in
        // SAFETY: OpenSSL gives `count` readable bytes for the time of the call.
        guard let bytes = unsafe bytes, count > 0, let session = unsafe session(of: bio) else { return -1 }
        unsafe rtc_bio_clear_retry(bio)
        let buffer = unsafe UnsafeRawBufferPointer(start: bytes, count: Int(count)).bindMemory(to: UInt8.self)
        session.produce(unsafe buffer.span)
        return count
    }

    private static let read: @convention(c) (OpaquePointer?, UnsafeMutablePointer<CChar>?, Int32) -> Int32 = {
        bio, bytes, count in
        // SAFETY: OpenSSL gives room for `count` bytes for the time of the call.
        guard let bytes = unsafe bytes, count > 0, let session = unsafe session(of: bio) else { return -1 }
        let taken = unsafe session.takeInput(
            into: UnsafeMutableRawBufferPointer(start: bytes, count: Int(count)))
        if taken == 0 {
            unsafe rtc_bio_want_read(bio)
            return -1
        }
        unsafe rtc_bio_clear_retry(bio)
        return Int32(taken)
    }

    /// Flushing has nothing to do; all questions about the path are answered with 0, the MTU being
    /// set by the session.
    private static let control: @convention(c) (OpaquePointer?, Int32, Int, UnsafeMutableRawPointer?) -> Int = {
        _, command, _, _ in
        command == BIO_CTRL_FLUSH || command == BIO_CTRL_PUSH || command == BIO_CTRL_POP ? 1 : 0
    }
}
