/// The last packets of one source: which have arrived, when, and with which ECN bits, for feedback
/// that tells of them (RFC 8888 §3.1). Times are in microseconds.
///
/// What was told is held for a while, as a packet that comes late is told together with all from it
/// on. Pure.
struct ArrivalWindow {
    /// What a packet means for the next feedback.
    enum News {
        /// Nothing.
        case none
        /// There is more to tell of than there was.
        case more
        /// There is something to tell of; there was nothing.
        case first
    }

    /// Numbers that are so far apart are of another count; a power of two.
    static let maximumCount = 1024
    private static let firstCount = 64

    /// By the lower bits of the number, for those up to the highest. 0 if it has not arrived, or
    /// else the time and one, and behind that the two bits.
    private var places = Array(repeating: UInt64(0), count: firstCount)
    private var unwrapper = SequenceUnwrapper()
    private var highest: Int64
    /// The first that was not told of yet.
    private var next: Int64
    /// The first that has come since anything was told; nil if none has.
    private var news: Int64?
    /// When a packet came last.
    private(set) var lastArrival: Int64

    /// Whether there is something to tell of.
    var hasNews: Bool { news != nil }

    /// Begins with a packet.
    init(_ number: UInt16, ecn: UInt8, at time: Int64) {
        highest = unwrapper.unwrap(number)
        (next, news, lastArrival) = (highest, highest, time)
        places[index(highest)] = Self.place(time, ecn)
    }

    /// Notes a packet. Of several with one number the first counts, but for a mark of congestion,
    /// which any of them may bring (§3.1).
    mutating func note(_ number: UInt16, ecn: UInt8, at time: Int64) -> News {
        lastArrival = time
        let unwrapped = unwrapper.unwrap(number)
        guard abs(unwrapped - highest) < Int64(Self.maximumCount) else {
            let hadNews = news != nil
            self = ArrivalWindow(number, ecn: ecn, at: time)
            return hadNews ? .more : .first
        }
        if unwrapped > highest { advance(to: unwrapped) }
        guard unwrapped > highest - Int64(places.count) else { return .none }
        let index = index(unwrapped)
        if places[index] == 0 {
            places[index] = Self.place(time, ecn)
        } else if ecn & 3 == 3, places[index] & 3 != 3 {
            places[index] |= 3
        } else {
            return .none
        }
        defer { news = min(news ?? unwrapped, unwrapped) }
        return news == nil ? .first : .more
    }

    /// What is to be told now; nil if that is nothing.
    ///
    /// - Parameters:
    ///   - count: how many packets may be told of, 1 or more; the rest is news still.
    ///   - now: the time of the feedback.
    mutating func tell(atMost count: Int, of ssrc: UInt32, now: Int64) -> CongestionControlFeedback.Block? {
        guard let news else { return nil }
        let start = max(min(next, news), highest - Int64(places.count) + 1)
        let end = min(highest, start + Int64(count) - 1)
        (next, self.news) = (end + 1, end < highest ? end + 1 : nil)
        var offsets: [(time: UInt16, ecn: UInt8)?] = []
        offsets.reserveCapacity(Int(end - start + 1))
        for number in start...end {
            let place = places[index(number)]
            offsets.append(place == 0 ? nil : (Self.offset(place, now), UInt8(truncatingIfNeeded: place & 3)))
        }
        return (ssrc, UInt16(truncatingIfNeeded: start), offsets)
    }

    private func index(_ number: Int64) -> Int { Int(truncatingIfNeeded: number) & (places.count - 1) }

    private mutating func advance(to number: Int64) {
        let untold = min(next, news ?? next)
        while number - untold >= Int64(places.count), places.count < Self.maximumCount { grow() }
        for skipped in highest + 1..<number + 1 { places[index(skipped)] = 0 }
        highest = number
    }

    private mutating func grow() {
        let old = places
        places = Array(repeating: 0, count: old.count * 2)
        for number in highest - Int64(old.count) + 1...highest {
            places[index(number)] = old[Int(truncatingIfNeeded: number) & (old.count - 1)]
        }
    }

    private static func place(_ time: Int64, _ ecn: UInt8) -> UInt64 {
        (UInt64(max(0, time)) + 1) << 2 | UInt64(ecn & 3)
    }

    /// How long before a time a packet arrived, in 1/1024 s.
    private static func offset(_ place: UInt64, _ now: Int64) -> UInt16 {
        let time = Int64(place >> 2) - 1
        return UInt16(clamping: (max(0, now - time) * 1024 + 500_000) / 1_000_000)
    }
}
