/// Whether a loop looks again for a moment before it lets its thread sleep. Pure; times in
/// nanoseconds.
///
/// Waking a thread whose processor sleeps takes longer than everything else on the way of a message
/// to a peer and back. So a loop whose events come one by one, each soon after the one before,
/// keeps looking for the next. It stops with the first that does not come: an idle loop sleeps, and
/// one with much to do in each turn has no time to lose.
struct Eagerness {
    /// How long it looks at most.
    static let span: UInt64 = 100_000
    /// What counts as soon: a round trip with two threads that have to be woken.
    private static let soon: UInt64 = 250_000
    /// What counts as little to do.
    private static let little: UInt64 = 150_000
    /// So many such turns in a row make it eager.
    private static let enough = 16

    private var turns = 0
    private var wokeAt: UInt64 = 0
    private var waitsSince: UInt64 = 0

    var isEager: Bool { turns >= Self.enough }

    /// The loop has nothing to do.
    mutating func waits(at now: UInt64) {
        waitsSince = now
        if now &- wokeAt > Self.little { turns = 0 }
    }

    /// The loop has something to do again; `hasLooked` if it slept after it had looked in vain.
    mutating func wakes(at now: UInt64, hasLooked: Bool) {
        wokeAt = now
        turns = hasLooked || now &- waitsSince > Self.soon ? 0 : min(turns + 1, Self.enough)
    }
}
