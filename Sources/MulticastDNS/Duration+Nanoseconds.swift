extension Duration {
    /// This duration in nanoseconds, 0 when it is negative, at most half of what `UInt64` holds, so
    /// that it can be added to a time.
    package var clampedNanoseconds: UInt64 {
        let (seconds, attoseconds) = components
        let whole = UInt64(clamping: seconds).multipliedReportingOverflow(by: 1_000_000_000)
        guard !whole.overflow, whole.partialValue < UInt64.max / 4 else { return UInt64.max / 2 }
        return whole.partialValue + UInt64(clamping: attoseconds / 1_000_000_000)
    }
}
