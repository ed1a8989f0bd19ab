/// Notices that somebody else fills the queue: it grows although we take less and less.
///
/// Senders that keep a short queue, as ours do, each add one of their own, which for n of them
/// makes √n times the queue of one; so more than twice of it is a sign of somebody who waits for
/// losses.
struct Crowding {
    private static let patience = 4

    /// The largest window with a queue as wanted, in units; it fades while it is not reached.
    private(set) var window = 0.0
    /// When it was reached, in ns.
    private(set) var time: UInt64 = 0
    /// How long packets waited then, in ns.
    private var delay: UInt64 = 0
    private var rounds = 0

    /// Looks at a round in which the window was in use.
    ///
    /// - Parameters:
    ///   - window: in units.
    ///   - queue: how much of the window was in a queue, and how much should be.
    ///   - roundTrip: its length in ns, and that of the path alone.
    /// - Returns: whether another one's queue is too long to go on giving way to it.
    mutating func isFound(
        window: Double, queue: (is: Double, wanted: Double), roundTrip: (is: UInt64, base: UInt64), at now: UInt64
    ) -> Bool {
        let waited = roundTrip.is - min(roundTrip.base, roundTrip.is)
        if queue.is <= queue.wanted * 1.25, window >= self.window {
            (self.window, time) = (window, now)
            delay = UInt64(queue.wanted / window * Double(roundTrip.is))
        }
        if self.window > 0, Double(waited) > 2.2 * Double(delay) {
            rounds += 1
        } else {
            rounds = max(0, rounds - 1)
            self.window += (window - self.window) / 256
        }
        return rounds > Self.patience
    }
}
