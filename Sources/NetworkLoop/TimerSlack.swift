/// When a loop wakes for timers that are not in a hurry. Pure; times in nanoseconds of the
/// monotonic clock.
///
/// Each connection has libnice look after its peer every five seconds or so, at times of its own. A
/// hundred idle ones would wake their loops for each; so what is far enough away waits for the next
/// of common moments, at which the peers' answers come together, too.
enum TimerSlack {
    /// The pause between two common moments: a tenth of what libnice lets pass between two looks at
    /// a peer.
    static let step: UInt64 = 500_000_000
    /// What is sooner is in a hurry: the checks of a connection that is being made are 5 ms apart.
    static let soon: UInt64 = 20_000_000

    /// For how many milliseconds a loop may sleep.
    ///
    /// - Parameters:
    ///   - timeout: when the first of all timers is due, in milliseconds from now; below 0 for
    ///     never.
    ///   - exact: when the first timer is due that does not wait for others.
    static func timeout(_ timeout: Int32, exact: UInt64?, at now: UInt64) -> Int32 {
        guard timeout >= 0, UInt64(timeout) * 1_000_000 > soon else { return timeout }
        let due = now + UInt64(timeout) * 1_000_000
        let wake = min((due + step - 1) / step * step, max(exact ?? .max, now))
        return Int32(clamping: (wake - now + 999_999) / 1_000_000)
    }
}
