/// How long after its time a packet of a source may come: a percentile of how late the recent ones
/// were, against the sender's timestamps and the fastest of them. Pure; time is a parameter.
///
/// It grows at once, and shrinks slowly.
struct ArrivalDelay: Sendable {
    /// Delays are counted in steps of this length.
    static let step = Duration.milliseconds(5)
    /// How many packets count.
    static let memory = 256
    /// Of a hundred packets, so many come within the delay.
    static let percentile = 97
    /// By how much it shrinks in a second.
    static let shrinkage = Duration.milliseconds(20)
    /// The fastest packet counts for this long at least, twice as long at most: clocks drift.
    static let baseLifetime = Duration.seconds(10)
    /// What is further away is no delay: the sender's timestamps have jumped. In seconds.
    static let maximumTransitChange = 2.0

    private let range: ClosedRange<Duration>
    private let clockRate: Double
    /// The steps of the recent packets, a ring.
    private var recent: [UInt8] = []
    private var place = 0
    /// How many of them there are of each step.
    private var counts: [UInt16]
    private var base: (current: Double, previous: Double, since: Duration)?
    private var lastArrival: Duration?
    /// In the range that was given.
    private(set) var delay: Duration

    /// - Parameters:
    ///   - clockRate: of the timestamps, in Hz, 1 or more.
    ///   - range: what the delay may be; of the upper bound, 1,280 ms count.
    init(clockRate: Int, range: ClosedRange<Duration>) {
        self.clockRate = Double(max(1, clockRate))
        self.range = range
        delay = range.lowerBound
        // One for each step that the delay reaches into.
        let steps = min(max(range.upperBound, Self.step), Self.step * 256) / Self.step
        counts = Array(repeating: 0, count: min(Int(steps) + (steps > Double(Int(steps)) ? 1 : 0), 256))
    }

    /// Notes a packet that has come.
    ///
    /// - Parameters:
    ///   - timestamp: the sender's, without beginning anew.
    ///   - arrival: by any clock that does not go back.
    mutating func note(timestamp: Int64, arrival: Duration) {
        let late = lateness(arrival / .seconds(1) - Double(timestamp) / clockRate, arrival)
        let index = min(Int(late / (Self.step / .seconds(1))), counts.count - 1)
        if recent.count < Self.memory {
            recent.append(UInt8(index))
        } else {
            counts[Int(recent[place])] -= 1
            recent[place] = UInt8(index)
            place = (place + 1) % Self.memory
        }
        counts[index] += 1
        let elapsed = arrival - min(arrival, lastArrival ?? arrival)
        lastArrival = max(arrival, lastArrival ?? arrival)
        let target = target
        delay =
            target >= delay ? target : max(target, delay - Self.shrinkage * (elapsed / .seconds(1)))
    }

    /// How long after the fastest packet this one has come, in seconds.
    private mutating func lateness(_ transit: Double, _ arrival: Duration) -> Double {
        guard let base, abs(transit - min(base.current, base.previous)) <= Self.maximumTransitChange else {
            base = (transit, transit, arrival)
            return 0
        }
        let next =
            arrival - base.since > Self.baseLifetime
            ? (current: transit, previous: base.current, since: arrival)
            : (current: min(base.current, transit), previous: base.previous, since: base.since)
        self.base = next
        return max(0, transit - min(next.current, next.previous))
    }

    private var target: Duration {
        let needed = (recent.count * Self.percentile + 99) / 100
        var (count, index) = (0, 0)
        while index < counts.count - 1 {
            count += Int(counts[index])
            if count >= needed { break }
            index += 1
        }
        return min(max(Self.step * (index + 1), range.lowerBound), range.upperBound)
    }
}
