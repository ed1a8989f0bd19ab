/// When the packets of a transport have arrived, until it is told to the peer, whose estimate of
/// the path needs it (draft-holmer-rmcat-transport-wide-cc-extensions-01). Pure; time is a
/// parameter.
struct TransportWideArrivals {
    /// How long arrivals wait to be told together.
    static let interval = Duration.milliseconds(50)
    /// Numbers that are so far apart are of another count.
    static let maximumGap: Int64 = 5000
    /// What waits at most.
    static let maximumCount = 1000
    /// How many arrivals a feedback tells of: it stays below 600 bytes, whatever is missing between
    /// them.
    static let maximumTold = 150

    private var unwrapper = SequenceUnwrapper()
    private var arrived: [Int64: Int64] = [:]
    /// The first that the next feedback speaks of.
    private var next: Int64?
    private var since: Duration?
    private var feedbackCount: UInt8 = 0
    private var media: UInt32 = 0

    /// When to tell.
    var deadline: Duration? { since.map { $0 + Self.interval } }

    mutating func note(_ number: UInt16, of ssrc: UInt32, now: Duration) {
        let unwrapped = unwrapper.unwrap(number)
        if let next, abs(unwrapped - next) > Self.maximumGap {
            arrived = [:]
            self.next = unwrapped
        }
        media = ssrc
        // Units of 250 µs.
        let time = Int64(now / .microseconds(250))
        guard arrived.count < Self.maximumCount else { return }
        if arrived.updateValue(time, forKey: unwrapped) != nil { return }
        if since == nil { since = now }
    }

    /// Whether so many wait that they had better be told now.
    var isFull: Bool { arrived.count >= Self.maximumCount / 2 }

    /// What waits, in as many feedbacks as it takes.
    mutating func tell(from sender: UInt32) -> [RTCPWriter] {
        since = nil
        guard let first = arrived.keys.min(), let last = arrived.keys.max() else { return [] }
        // What was told already may have come late since; then it is told again from there on.
        let start = min(next ?? first, first)
        let bounded = max(start, last - Int64(Self.maximumCount))
        var told: [RTCPWriter] = []
        var (list, count) = ([TransportWideFeedback.Arrival](), 0)
        for number in bounded...last {
            let time = arrived[number]
            list.append(.init(sequenceNumber: UInt16(truncatingIfNeeded: number), time: time))
            if time != nil { count += 1 }
            // Each ends with one that has arrived, and so has a time.
            guard count == Self.maximumTold || number == last else { continue }
            var writer = RTCPWriter()
            let written = writer.appendTransportWide(from: sender, of: media, feedbackCount: feedbackCount, list)
            feedbackCount &+= UInt8(truncatingIfNeeded: written)
            told.append(writer)
            (list, count) = ([], 0)
        }
        next = last + 1
        arrived.removeAll(keepingCapacity: true)
        return told
    }
}
