extension Duration {
    /// As usrsctp counts: whole milliseconds, none for what is negative.
    var wholeMilliseconds: UInt32 {
        // Half of what fits is the most that is later than now for usrsctp, and not before it.
        let (seconds, attoseconds) = max(.zero, min(self, .seconds(2_000_000))).components
        return UInt32(clamping: seconds * 1000 + attoseconds / 1_000_000_000_000_000)
    }
}
