/// A look below the queue: for three rounds the window is so small that none of the queue is ours.
///
/// It shows how long the path is. What still stands in it then is another's.
struct QueueProbe {
    /// The window meanwhile, in units.
    let window: Double
    /// How long packets waited before, and how long they would in the queue that is wanted, in ns.
    let delayBefore: UInt64
    let wantedDelay: UInt64
    /// The shortest round trip so far, in ns.
    private(set) var shortest = UInt64.max
    private var rounds = 3

    init(window: Double, delayBefore: UInt64, wantedDelay: UInt64) {
        (self.window, self.delayBefore, self.wantedDelay) = (window, delayBefore, wantedDelay)
    }

    /// A round's shortest round trip; whether it was the last round.
    mutating func isFinished(by roundTrip: UInt64) -> Bool {
        shortest = min(shortest, roundTrip)
        rounds -= 1
        return rounds == 0
    }

    /// How long packets wait in what is left of the queue, in ns.
    func remaining(above base: UInt64) -> UInt64 { shortest > base ? shortest - base : 0 }
}
