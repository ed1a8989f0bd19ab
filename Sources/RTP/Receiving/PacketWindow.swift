/// The packets of a source that wait for others before them, by their numbers: from the one that is
/// next in order to the highest that has come. Pure.
///
/// Each place in between holds a packet, or the time since when it is known to be missing.
struct PacketWindow: Sendable {
    /// A packet, and what its payload format says of it.
    struct Packet: Sendable {
        var payload: [UInt8]
        var facts: Facts
    }

    /// What is known of a packet without its payload.
    struct Facts: Sendable {
        var timestamp: Int64
        var arrival: Duration
        var payloadType: UInt8
        var marker: Bool
        /// Whether it has no payload, and only fills its place.
        var isFilling: Bool
        /// Whether it can be the first of a frame.
        var begins: Bool
        /// Whether it is the first of a frame that needs no other.
        var beginsKeyFrame: Bool
        /// How the picture has to be turned, in degrees, if it says so.
        var rotation: Int?
    }

    private enum Place: Sendable {
        case nothing
        case missing(since: Duration)
        case held(Packet)
    }

    /// A ring; its size is a power of two, so that each number has its place.
    private var places: [Place] = Array(repeating: .nothing, count: 16)
    /// The number of the one that is next in order.
    private(set) var first: Int64
    /// One above the highest that has come.
    private(set) var end: Int64
    /// The bytes of the payloads that are held.
    private(set) var byteCount = 0
    /// How many are held that begin a key frame.
    private(set) var keyFrameStarts = 0

    /// Nothing is held, and this number is the next.
    init(first: Int64) { (self.first, end) = (first, first) }

    var isEmpty: Bool { first == end }

    private func index(_ number: Int64) -> Int { Int(truncatingIfNeeded: number) & (places.count - 1) }

    func holds(_ number: Int64) -> Bool { facts(number) != nil }

    func facts(_ number: Int64) -> Facts? {
        guard number >= first, number < end, case .held(let packet) = places[index(number)] else { return nil }
        return packet.facts
    }

    /// Since when it is known that a packet is missing; nil if it is not.
    func missingSince(_ number: Int64) -> Duration? {
        guard number >= first, number < end, case .missing(let since) = places[index(number)] else { return nil }
        return since
    }

    /// When the first place was filled, or known to be empty; nil if there is none.
    var firstTime: Duration? { facts(first)?.arrival ?? missingSince(first) }

    /// Holds a packet. Its number is ``first`` or above, and not held yet; the numbers between it
    /// and the highest are missing from its arrival on.
    mutating func hold(_ packet: Packet, at number: Int64) {
        reach(number, since: packet.facts.arrival)
        places[index(number)] = .held(packet)
        byteCount += packet.payload.count
        if packet.facts.beginsKeyFrame { keyFrameStarts += 1 }
    }

    /// A lower number becomes the first; those between are missing.
    mutating func lower(to number: Int64, since time: Duration) {
        grow(to: end - number)
        while first > number {
            first -= 1
            places[index(first)] = .missing(since: time)
        }
    }

    /// Goes on to the next number, and gives what was held in this place.
    mutating func takeFirst() -> Packet? {
        defer {
            first += 1
            end = max(end, first)
        }
        guard first < end else { return nil }
        let place = index(first)
        guard case .held(let packet) = places[place] else {
            places[place] = .nothing
            return nil
        }
        places[place] = .nothing
        byteCount -= packet.payload.count
        if packet.facts.beginsKeyFrame { keyFrameStarts -= 1 }
        return packet
    }

    /// Where a frame begins that needs no other and is held from its first packet to its last, the
    /// lowest of them.
    ///
    /// - Parameter excluded: the timestamp of a frame that has been broken off, of which the rest
    ///   is none.
    func wholeKeyFrame(excluding excluded: Int64?) -> Int64? {
        guard keyFrameStarts > 0 else { return nil }
        var (start, key): (Int64?, Int64?)
        var timestamp: Int64 = 0
        for number in first..<end {
            guard let facts = facts(number) else {
                (start, key) = (nil, nil)
                continue
            }
            if facts.isFilling {
                guard facts.marker, start != nil, facts.timestamp == timestamp else { continue }
            } else {
                if start != nil, facts.timestamp != timestamp {
                    // The marker bit was forgotten.
                    if facts.begins, let key { return beginning(start, key) }
                    (start, key) = (nil, nil)
                }
                if start == nil { (start, timestamp) = (number, facts.timestamp) }
                if facts.beginsKeyFrame, key == nil, timestamp != excluded { key = number }
            }
            if facts.marker {
                if let key { return beginning(start, key) }
                start = nil
            }
        }
        return nil
    }

    /// Below which number nothing can become a key frame that is whole any more: what is older than
    /// a moment, but for a key frame that still comes in.
    ///
    /// - Parameter excluded: as for ``wholeKeyFrame(excluding:)``.
    func stale(before time: Duration, excluding excluded: Int64?) -> Int64 {
        var stale = first
        var key: Int64?
        for number in first..<end {
            if let since = missingSince(number) {
                // All that is behind it has come later.
                guard since < time else { return stale }
                (stale, key) = (number + 1, nil)
            } else if let facts = facts(number), !facts.isFilling {
                if facts.timestamp == key { continue }
                if facts.beginsKeyFrame, facts.timestamp != excluded {
                    key = facts.timestamp
                } else {
                    guard facts.arrival < time else { return stale }
                    (stale, key) = (number + 1, nil)
                }
            } else if key == nil {
                stale = number + 1
            }
        }
        return stale
    }

    /// What stands in front of a key frame belongs to it, if it can begin a frame at all.
    private func beginning(_ start: Int64?, _ key: Int64) -> Int64 {
        guard let start, facts(start)?.begins == true else { return key }
        return start
    }

    private mutating func reach(_ number: Int64, since time: Duration) {
        guard number >= end else { return }
        grow(to: number + 1 - first)
        while end < number {
            places[index(end)] = .missing(since: time)
            end += 1
        }
        end = number + 1
    }

    private mutating func grow(to count: Int64) {
        guard count > places.count else { return }
        var larger = places.count
        while larger < count { larger *= 2 }
        var grown = Array(repeating: Place.nothing, count: larger)
        for number in first..<end { grown[Int(truncatingIfNeeded: number) & (larger - 1)] = places[index(number)] }
        places = grown
    }
}
