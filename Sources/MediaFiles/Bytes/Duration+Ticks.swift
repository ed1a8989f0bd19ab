extension Duration {
    /// Larger ones are no time of a medium: 34,000 years.
    private static let bound: Int128 = 1 << 40
    private static let attosecondsPerSecond: Int128 = 1_000_000_000_000_000_000

    /// So many units of a clock; nil above 2^40 seconds.
    ///
    /// - Parameters:
    ///   - ticks: how many.
    ///   - numerator: the seconds of `denominator` units, above 0.
    ///   - denominator: above 0.
    init?(ticks: Int64, numerator: Int64 = 1, per denominator: Int64) {
        let product = Int128(ticks) * Int128(numerator)
        let (seconds, rest) = product.quotientAndRemainder(dividingBy: Int128(denominator))
        guard seconds.magnitude < Self.bound else { return nil }
        let attoseconds = rest * Self.attosecondsPerSecond / Int128(denominator)
        self = Duration(attoseconds: seconds * Self.attosecondsPerSecond + attoseconds)
    }

    /// How many units of a clock, to the nearest.
    func ticks(per rate: Int64) -> Int64 {
        let limit = Self.bound * Self.attosecondsPerSecond
        let bounded = min(limit, max(-limit, attoseconds))
        let (seconds, rest) = bounded.quotientAndRemainder(dividingBy: Self.attosecondsPerSecond)
        let half = rest < 0 ? -Self.attosecondsPerSecond / 2 : Self.attosecondsPerSecond / 2
        return Int64(clamping: seconds * Int128(rate) + (rest * Int128(rate) + half) / Self.attosecondsPerSecond)
    }
}
