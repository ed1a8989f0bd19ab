/// When reports are sent (RFC 3550 §6.2, RFC 4585 §3.4): once a second on the average, at random
/// moments, so that many ends do not send at once. Pure; time is a parameter.
struct ReportTimer {
    /// On the average.
    static let interval = Duration.seconds(1)
    /// The first comes early: the peer needs it to play sound and picture in step.
    static let first = Duration.milliseconds(100)

    private(set) var deadline: Duration?

    /// Something is sent or received.
    mutating func hasBegun(now: Duration) {
        let early = now + Self.first
        deadline = deadline.map { min($0, early) } ?? early
    }

    /// Whether reports are sent at all.
    var isRunning: Bool { deadline != nil }

    func isDue(now: Duration) -> Bool { deadline.map { $0 <= now } ?? false }

    /// Reports were sent.
    ///
    /// - Parameter random: any number.
    mutating func hasReported(now: Duration, random: UInt32) {
        // Half to one and a half of the interval.
        let factor = 0.5 + Double(random) / 4_294_967_296
        deadline = now + Self.interval * factor
    }

    mutating func stop() { deadline = nil }
}
