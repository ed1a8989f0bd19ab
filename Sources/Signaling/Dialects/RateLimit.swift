/// So many at once, and then so many a second.
package struct RateLimit: Sendable {
    /// The most at once.
    package let burst: Double
    /// And then so many a second.
    package let perSecond: Double
    private var tokens: Double
    private var last = Duration.zero

    /// All of `burst` is there at first.
    package init(burst: Int, perSecond: Double) {
        self.burst = Double(burst)
        self.perSecond = perSecond
        tokens = Double(burst)
    }

    /// Whether one more is allowed now.
    package mutating func take(now: Duration) -> Bool {
        tokens = min(burst, tokens + max(0, (now - last) / .seconds(1)) * perSecond)
        last = now
        guard tokens >= 1 else { return false }
        tokens -= 1
        return true
    }
}
