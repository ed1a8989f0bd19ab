/// Memory that a message is read into before it is handed up. Its thread owns it and uses it again
/// and again.
@safe final class ScratchBuffer {
    /// Room for the longest message that WebRTC peers send each other in one piece.
    static let capacity = 262_144

    private let bytes: UnsafeMutableRawBufferPointer

    init() {
        // SAFETY: freed in deinit; nobody else keeps the pointer.
        unsafe bytes = .allocate(byteCount: Self.capacity, alignment: 16)
    }

    deinit {
        // SAFETY: allocated in init.
        unsafe bytes.deallocate()
    }

    /// Hands the whole memory to usrsctp.
    func fill<Result>(_ body: (UnsafeMutableRawBufferPointer) -> Result) -> Result {
        // SAFETY: the callers are in this folder and do not keep the pointer.
        unsafe body(bytes)
    }

    /// Hands the first `count` bytes up.
    func withSpan(_ count: Int, _ body: (Span<UInt8>) -> Void) {
        // SAFETY: `read` has written `count` bytes; the span does not leave the closure.
        let filled = unsafe UnsafeRawBufferPointer(rebasing: bytes[0..<min(max(count, 0), Self.capacity)])
        unsafe filled.withMemoryRebound(to: UInt8.self) { unsafe body($0.span) }
    }
}
