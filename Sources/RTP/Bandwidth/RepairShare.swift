/// How much of what a path carries goes to packets that are sent again, and may. Pure; time is a
/// parameter.
///
/// Where a queue of the path overflows, what is sent again is lost as well, and asked for again:
/// without a bound a congested path would carry little else, and stay congested however little is
/// sent for the first time.
package struct RepairShare: Sendable {
    /// Of the estimate, and while the path is too full: what is sent again then is likely to be
    /// lost as well, and keeps it so.
    static let most = 0.5
    static let mostInCongestion = 0.2
    /// So much of that may be sent at once: a picture that was lost comes whole.
    static let burst = Duration.milliseconds(200)
    /// The least that may be sent at once, in bytes: some packets.
    static let leastBurst = 15_000.0
    /// What was sent lately is that of so long.
    static let span = Duration.milliseconds(500)

    private var left = 0.0
    private var last: Duration?
    /// Bytes of the span that is under way, and of the one before.
    private var current = (start: Duration.zero, bytes: 0, before: 0)

    package init() {}

    /// Whether a packet of this size may be sent again; if so, it is counted.
    ///
    /// - Parameters:
    ///   - size: in bytes on the wire.
    ///   - estimate: what the path carries, in bit/s.
    ///   - isCongested: whether it is too full now.
    package mutating func take(_ size: Int, estimate: Int, isCongested: Bool = false, now: Duration) -> Bool {
        let rate = (isCongested ? Self.mostInCongestion : Self.most) * Double(max(0, estimate)) / 8
        let burst = max(Self.leastBurst, rate * (Self.burst / .seconds(1)))
        let passed = last.map { max(0, min((now - $0) / .seconds(1), 10)) }
        left = min(burst, passed.map { left + rate * $0 } ?? burst)
        last = now
        guard left >= Double(size) else { return false }
        left -= Double(size)
        turn(now)
        current.bytes += size
        return true
    }

    /// What is left of an estimate for packets that are sent for the first time, in bit/s.
    package mutating func rest(of estimate: Int, now: Duration) -> Int {
        estimate - Int(min(rate(now: now), Self.most * Double(estimate)))
    }

    /// What was sent again lately, in bit/s.
    private mutating func rate(now: Duration) -> Double {
        turn(now)
        let share = 1 - min(1, max(0, (now - current.start) / Self.span))
        return 8 * (Double(current.bytes) + share * Double(current.before)) / (Self.span / .seconds(1))
    }

    private mutating func turn(_ now: Duration) {
        let passed = now - current.start
        guard passed >= Self.span else { return }
        current = passed < Self.span * 2 ? (current.start + Self.span, 0, current.bytes) : (now, 0, 0)
    }
}
