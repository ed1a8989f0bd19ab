/// Whether another flow keeps the queue filled. Times are in microseconds.
///
/// One that goes by losses alone, like TCP, leaves no room to one that gives way as soon as there
/// is a queue. It is known by this: less was sent, twice, and still the queue is not empty. Once
/// it is, and stays so for a while, there is no such flow.
struct Contest: Sendable {
    /// An empty queue may look that long; of shorter queues, this share.
    private static let low: ClosedRange<Int64> = 12_000...25_000
    private static let lowShare = 0.3
    /// One that is filled was so long at least.
    private static let filled: Int64 = 35_000
    private static let patience: Int64 = 1_500_000
    /// With a queue that is very long it takes a while before it is shorter.
    private static let greatestPatience: Int64 = 6_000_000
    /// How long it must be empty.
    private static let emptyTime: Int64 = 1_500_000
    /// For so long it is known what to expect.
    private static let memory: Int64 = 10_000_000

    private(set) var isOn = false
    /// Whether the queue looks empty all the same.
    var isLow: Bool { lowSince != nil }
    private var highSince: Int64?
    private var lowSince: Int64?
    private var lastOn: Int64?
    /// The longest that the queue was since it was empty.
    private var longest: Int64 = 0
    private var decreases = 0
    /// What was sent before the first of them, in bit/s.
    private(set) var before = 0.0

    /// Less is sent than this, in bit/s.
    mutating func noteDecrease(from rate: Double) {
        if decreases == 0 { before = rate }
        decreases += 1
    }

    /// - Parameter packetTime: what one packet takes to pass, as far as is known.
    mutating func note(queue: Int64, slope: Double, packetTime: Int64, roundTrip: Int64, now: Int64) {
        longest = max(longest, queue)
        let share = Int64(Self.lowShare * Double(longest))
        let low = max(min(max(share, Self.low.lowerBound), Self.low.upperBound), 2 * packetTime)
        guard queue >= low else {
            let since = lowSince ?? now
            lowSince = since
            if !isOn || now - since >= Self.emptyTime {
                if isOn { lastOn = now }
                (isOn, highSince, longest, decreases) = (false, nil, 0, 0)
            }
            return
        }
        lowSince = nil
        let time = now - (highSince ?? now)
        highSince = highSince ?? now
        let isKnown = lastOn.map { now - $0 < Self.memory } ?? false
        guard !isOn, decreases >= (isKnown ? 1 : 2), longest > Self.filled, queue > 2 * low else { return }
        guard time > (isKnown ? 0 : Self.patience) + 2 * roundTrip else { return }
        isOn = slope > -0.05 || time > Self.greatestPatience
    }
}
