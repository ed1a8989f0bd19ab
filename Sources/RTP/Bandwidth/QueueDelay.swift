/// How long packets wait in the queues of the path, and whether longer and longer. All times are in
/// microseconds.
///
/// The way from the sender's clock to the receiver's takes an unknown time, but the shortest of
/// late is that of an empty queue: what is above it is the queue. Of the packets that were sent
/// within 50 ms only the fastest counts, so that neither jitter nor the tail of a burst is taken
/// for a queue. A line through the last of these points tells where the queue goes.
struct QueueDelay: Sendable {
    static let step: Int64 = 50_000
    /// How many points the line goes through, and how far back.
    private static let count = 10
    private static let reach: Int64 = 700_000
    /// Where the queue will be after this time is what counts.
    private static let horizon = 0.4
    /// A shortest way is believed for one to two of these.
    static let lifetime: Int64 = 8_000_000
    /// A difference that is further from the last one was made by a clock, or is a lie.
    private static let leap: Int64 = 3_000_000

    private struct Point: Sendable {
        var time: Int64
        var delay: Int64
    }

    private var points: [Point] = []
    private var open: Point?
    private var shortest: (now: Int64, before: Int64)?
    private var shortestSince: Int64 = 0
    /// How far the points are from their line, on average.
    private var noise = 0.0

    /// How often in a row the queue was longer than it can be.
    private var excesses = 0

    /// What waits, in microseconds; 0 as long as it is unknown.
    private(set) var queue: Int64 = 0
    /// Seconds of queue gained in a second; near or above 1, if twice as much is sent as fits.
    private(set) var slope = 0.0
    /// Whether it is kept how short the way was: as long as somebody else fills the queue, it
    /// cannot be seen.
    var isFrozen = false

    init() { points.reserveCapacity(Self.count + 1) }

    /// The queue that is to be expected, in microseconds.
    var pressure: Double { Double(queue) + slope * Self.horizon * 1_000_000 }

    /// From which pressure on too much is sent: above what the path does by itself.
    var threshold: Double { 30_000 + min(2.5 * noise, 60_000) }

    mutating func add(sentAt: Int64, arrival: Int64) {
        let delay = arrival - sentAt
        guard let current = open else {
            open = Point(time: sentAt, delay: delay)
            return
        }
        if abs(delay - current.delay) > Self.leap {
            restart()
            open = Point(time: sentAt, delay: delay)
        } else if sentAt < current.time {
            // Feedback has overtaken feedback.
            return
        } else if sentAt - current.time < Self.step {
            open?.delay = min(current.delay, delay)
        } else {
            finish(current)
            open = Point(time: sentAt, delay: delay)
        }
    }

    /// Takes by how much the way there and back is longer than ever: the queue cannot be longer
    /// than that, unless the receiver's clock has leapt, and nothing of before can be compared.
    mutating func limit(_ longest: Int64) {
        excesses = queue > longest ? excesses + 1 : 0
        if excesses == 3 { restart() }
    }

    private mutating func restart() {
        points.removeAll(keepingCapacity: true)
        (shortest, queue, slope, open, excesses) = (nil, 0, 0, nil, 0)
    }

    private mutating func finish(_ point: Point) {
        if let known = shortest {
            var (now, before) = known
            if point.time - shortestSince > (isFrozen ? 6 : 1) * Self.lifetime {
                (before, now) = (now, point.delay)
                shortestSince = point.time
            }
            shortest = (min(now, point.delay), before)
        } else {
            shortest = (point.delay, point.delay)
            shortestSince = point.time
        }
        if points.count == Self.count { points.removeFirst() }
        while let first = points.first, point.time - first.time > Self.reach { points.removeFirst() }
        points.append(point)
        guard let shortest else { return }
        queue = max(0, point.delay - min(shortest.now, shortest.before))
        fit()
    }

    private mutating func fit() {
        slope = 0
        guard points.count >= 3, let first = points.first else { return }
        let count = Double(points.count)
        var (meanTime, meanDelay) = (0.0, 0.0)
        for point in points {
            meanTime += Double(point.time - first.time) / count
            meanDelay += Double(point.delay - first.delay) / count
        }
        var (over, under) = (0.0, 0.0)
        for point in points {
            let time = Double(point.time - first.time) - meanTime
            over += time * (Double(point.delay - first.delay) - meanDelay)
            under += time * time
        }
        guard under > 0 else { return }
        slope = max(-2, min(over / under, 2))
        guard points.count == Self.count else { return }
        var distance = 0.0
        for point in points {
            let expected = meanDelay + slope * (Double(point.time - first.time) - meanTime)
            distance += abs(Double(point.delay - first.delay) - expected) / count
        }
        noise += 0.02 * (min(distance, 50_000) - noise)
    }
}
