extension Duration {
    /// In whole microseconds, and no further from zero than 2^60, so that differences and small
    /// sums of such values do not overflow.
    var microseconds: Int64 {
        let limit: Int64 = 1 << 60
        return min(max(Int64(clamping: attoseconds / 1_000_000_000_000), -limit), limit)
    }
}
