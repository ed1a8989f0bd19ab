/// So many events at once, and then so many a second (a token bucket). It may be overdrawn by what
/// must not be refused, which is then missing for what comes next.
struct InputBudget: Sendable {
    private let burst: Double
    private let perSecond: Double
    private var tokens: Double
    private var last: Duration

    /// A full one.
    ///
    /// - Parameter now: by any clock; when it goes back nothing is added.
    init(burst: Int, perSecond: Int, now: Duration) {
        self.burst = Double(burst)
        self.perSecond = Double(perSecond)
        tokens = Double(burst)
        last = now
    }

    /// Whether one more is allowed now, which then counts.
    mutating func take(now: Duration) -> Bool {
        refill(now: now)
        guard tokens >= 1 else { return false }
        tokens -= 1
        return true
    }

    /// Counts one that is not refused.
    mutating func overdraw(now: Duration) {
        refill(now: now)
        tokens -= 1
    }

    private mutating func refill(now: Duration) {
        guard now > last else { return }
        tokens = min(burst, tokens + (now - last) / .seconds(1) * perSecond)
        last = now
    }
}
