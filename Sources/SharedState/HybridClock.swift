/// A hybrid logical clock: what it says is close to the wall clock, later than all it has said
/// before, and later than all that it has heard of others (Kulkarni et al., 2014).
///
/// One thing it does not believe: a time more than ``tolerance`` ahead of its own wall clock. Who
/// heard it could not know whose clock is wrong, and one wrong clock would become everybody's.
public struct HybridClock: Sendable {
    /// How far the clock of another may be ahead, in milliseconds.
    public static let tolerance: UInt64 = 60_000

    /// Whose clock it is.
    public let replica: ReplicaID
    private var last: (milliseconds: UInt64, counter: UInt32) = (0, 0)

    /// A clock that has heard nothing yet.
    public init(replica: ReplicaID) {
        self.replica = replica
    }

    /// A timestamp for what happens now; later than each before.
    public mutating func tick(at time: StateTime) -> HybridTimestamp {
        if time.milliseconds > last.milliseconds {
            last = (time.milliseconds, 0)
        } else {
            last = last.counter < .max ? (last.milliseconds, last.counter + 1) : (last.milliseconds + 1, 0)
        }
        return HybridTimestamp(milliseconds: last.milliseconds, counter: last.counter, replica: replica)
    }

    /// Another's timestamp was heard; what ``tick(at:)`` says from here on is later. Returns false
    /// where it lies too far ahead, and changes nothing.
    @discardableResult
    public mutating func hear(_ timestamp: HybridTimestamp, at time: StateTime) -> Bool {
        guard Self.advance(of: timestamp, at: time) <= Self.tolerance else { return false }
        if (timestamp.milliseconds, timestamp.counter) > last { last = (timestamp.milliseconds, timestamp.counter) }
        return true
    }

    /// By how many milliseconds a timestamp lies ahead of the wall clock; 0 if it does not.
    public static func advance(of timestamp: HybridTimestamp, at time: StateTime) -> UInt64 {
        timestamp.milliseconds > time.milliseconds ? timestamp.milliseconds - time.milliseconds : 0
    }
}
