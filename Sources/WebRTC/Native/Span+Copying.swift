internal import NIOCore

// Copies of borrowed bytes into owned storage, each with one memcpy. SAFETY: for all three, the
// pointer is used within the closure only, where the span keeps the bytes alive.

extension Array where Element == UInt8 {
    /// Appends the bytes.
    mutating func append(copying bytes: Span<UInt8>) {
        unsafe bytes.withUnsafeBufferPointer { unsafe append(contentsOf: $0) }
    }
}

extension ByteBuffer {
    /// A buffer with a copy of the bytes.
    init(copying bytes: Span<UInt8>) {
        self.init()
        append(copying: bytes)
    }

    /// Appends the bytes.
    mutating func append(copying bytes: Span<UInt8>) {
        reserveCapacity(minimumWritableBytes: bytes.count)
        _ = unsafe bytes.withUnsafeBytes { unsafe writeBytes($0) }
    }
}

extension String {
    /// The text of UTF-8 bytes; what is not UTF-8 becomes U+FFFD, as in browsers.
    init(copying bytes: Span<UInt8>) {
        self = unsafe bytes.withUnsafeBufferPointer { unsafe String(decoding: $0, as: UTF8.self) }
    }
}
