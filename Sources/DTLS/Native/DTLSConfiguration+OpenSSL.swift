extension DTLSConfiguration {
    /// The wait that follows `previous`, in microseconds as OpenSSL counts; 0 asks for the first
    /// one.
    func retransmissionInterval(after previous: UInt32) -> UInt32 {
        let first = max(initialRetransmission.wholeMicroseconds, 16_000)
        let longest = max(maximumRetransmission.wholeMicroseconds, first)
        let next = previous == 0 ? first : min(UInt64(previous) * 2, longest)
        return UInt32(clamping: min(next, 60_000_000))
    }
}

extension Duration {
    /// None for what is negative, and an hour for what is longer.
    fileprivate var wholeMicroseconds: UInt64 {
        let (seconds, attoseconds) = max(.zero, min(self, .seconds(3600))).components
        return UInt64(seconds) * 1_000_000 + UInt64(attoseconds) / 1_000_000_000_000
    }
}
