/// How many pictures come a second, by their timestamps: of the last second that is over. Pure;
/// time is a parameter.
struct FrameRate: Sendable {
    private static let window = Duration.seconds(1)
    private var start: Duration?
    private var count = 0
    private var last: UInt32?
    private var known: Double?

    /// A packet of a picture has come.
    mutating func note(timestamp: UInt32, now: Duration) {
        turn(to: now)
        // Packets may come in another order than they were sent.
        if let last, Int32(bitPattern: timestamp &- last) <= 0 { return }
        last = timestamp
        count += 1
    }

    /// Nil before a second is over.
    mutating func value(now: Duration) -> Double? {
        turn(to: now)
        return known
    }

    private mutating func turn(to now: Duration) {
        guard let start else { return start = now }
        let passed = now - start
        guard passed >= Self.window else { return }
        known = Double(count) / (passed / .seconds(1))
        (self.start, count) = (now, 0)
    }
}
