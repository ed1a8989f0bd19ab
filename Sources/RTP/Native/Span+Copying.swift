// Copies of borrowed bytes into arrays, each with one memcpy. SAFETY: for all, the pointer is used
// within the closure only, where the span keeps the bytes alive.

extension Span<UInt8> {
    /// A copy; `range` is within the span.
    func bytes(_ range: Range<Int>) -> [UInt8] {
        unsafe extracting(range).withUnsafeBufferPointer { unsafe [UInt8]($0) }
    }
}

extension [UInt8] {
    /// Appends what a span holds.
    mutating func append(_ span: Span<UInt8>) {
        unsafe span.withUnsafeBufferPointer { unsafe append(contentsOf: $0) }
    }
}
