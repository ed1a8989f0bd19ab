extension [UInt8] {
    /// Appends what a span holds, in one copy.
    mutating func append(copying bytes: Span<UInt8>) {
        // SAFETY: the pointer is used within the closure only, where the span keeps the bytes.
        unsafe bytes.withUnsafeBufferPointer { unsafe append(contentsOf: $0) }
    }
}
