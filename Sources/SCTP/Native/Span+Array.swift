extension Span<UInt8> {
    /// A copy of the bytes.
    var array: [UInt8] {
        // SAFETY: the pointer is used within the closure only.
        unsafe withUnsafeBufferPointer { unsafe Array($0) }
    }
}
