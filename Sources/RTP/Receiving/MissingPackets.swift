/// Which packets of a source are missing, and when to ask for them again (RFC 4585 §6.2.1). Pure;
/// time is a parameter.
///
/// A gap is asked for once it is not likely to be of the order alone, again after about a round
/// trip, then after twice that and so on, as the round trip may have grown, and no more after
/// ``patience``, or when it is far behind: then the packet is lost.
package struct MissingPackets: Sendable {
    /// How long a packet is asked for.
    package static let patience = Duration.seconds(2)
    /// How many are missing at once; older ones are lost.
    package static let maximumCount = 512
    /// Packets behind it after which a gap is not likely to be one of order.
    package static let reordering = 3
    /// The time for the same.
    package static let reorderingTime = Duration.milliseconds(20)
    /// A gap that is larger is none to be asked for: the source has begun anew, or was away.
    package static let maximumGap: Int64 = 1000

    private struct Missing: Sendable {
        var number: Int64
        let since: Duration
        var requests = 0
        var next: Duration
        var lastRequest: Duration?
    }

    private var unwrapper = SequenceUnwrapper()
    private var highest: Int64?
    /// In the order of their numbers.
    private var missing: [Missing] = []
    /// No one of them is to be asked for before; nil for none. It is looked at after each packet of
    /// every source, and so it is kept and not searched for.
    private var earliest: Duration?

    /// How long the last packet took that was asked for once: the round trip, where nothing else
    /// tells it.
    package private(set) var answerTime: Duration?

    package init() {}

    package var count: Int { missing.count }

    /// Whether this one is missing.
    package func contains(_ sequenceNumber: UInt16) -> Bool {
        guard let highest else { return false }
        let distance = Int16(bitPattern: sequenceNumber &- UInt16(truncatingIfNeeded: highest))
        return index(of: highest + Int64(distance)) != nil
    }

    private func index(of number: Int64) -> Int? {
        var (low, high) = (0, missing.count)
        while low < high {
            let middle = (low + high) / 2
            if missing[middle].number < number { low = middle + 1 } else { high = middle }
        }
        return low < missing.count && missing[low].number == number ? low : nil
    }

    /// What a packet's arrival means.
    package enum Arrival: Sendable, Hashable {
        /// It is the next, or further on.
        case newest
        /// It was missing.
        case recovered
        /// It was not missing: it has come before, or was given up.
        case late
        /// The numbers have jumped: everything before is forgotten.
        case restarted
    }

    /// Notes a packet that has arrived, whichever way.
    ///
    /// - Parameter isRepaired: whether it was sent again. One that comes late then says nothing of
    ///   where the source is.
    package mutating func note(_ sequenceNumber: UInt16, isRepaired: Bool = false, now: Duration) -> Arrival {
        let number = unwrapper.unwrap(sequenceNumber)
        guard let highest else {
            self.highest = number
            return .newest
        }
        if number <= highest {
            if highest - number > Self.maximumGap { return isRepaired ? .late : restart(at: sequenceNumber) }
            guard let index = index(of: number) else { return .late }
            let found = missing.remove(at: index)
            if missing.isEmpty { earliest = nil }
            // Asked for twice, it could be the answer to either.
            if found.requests == 1, let asked = found.lastRequest { answerTime = now - asked }
            return .recovered
        }
        if number - highest > Self.maximumGap { return restart(at: sequenceNumber) }
        for gap in max(highest + 1, number - Int64(Self.maximumCount))..<number {
            append(Missing(number: gap, since: now, next: now + Self.reorderingTime))
        }
        if missing.count > Self.maximumCount { missing.removeFirst(missing.count - Self.maximumCount) }
        self.highest = number
        hasten(from: highest - Int64(Self.reordering), through: number - Int64(Self.reordering), now: now)
        return .newest
    }

    private mutating func append(_ new: Missing) {
        missing.append(new)
        earliest = min(earliest ?? new.next, new.next)
    }

    /// What has several behind it now, and had not before, is asked for at once.
    private mutating func hasten(from before: Int64, through last: Int64, now: Duration) {
        // The loop makes the array its own before it looks at it.
        guard !missing.isEmpty else { return }
        for index in missing.indices.reversed() {
            let number = missing[index].number
            guard number > before else { return }
            guard number <= last, missing[index].requests == 0, missing[index].next > now else { continue }
            missing[index].next = now
            earliest = min(earliest ?? now, now)
        }
    }

    /// When to ask next, or a little before; nil if there is nothing to ask for.
    package var nextDeadline: Duration? { earliest }

    /// What to ask for now, in order; each is asked for again after a round trip, and some more,
    /// and then each time after twice as long.
    ///
    /// - Parameter roundTrip: as it was measured, or a guess.
    package mutating func due(now: Duration, roundTrip: Duration) -> [UInt16] {
        missing.removeAll { now - $0.since >= Self.patience }
        var numbers: [UInt16] = []
        let pause = max(roundTrip * 5 / 4, .milliseconds(20))
        for index in missing.indices where missing[index].next <= now {
            missing[index].next = now + pause * (1 << min(missing[index].requests, 6))
            missing[index].requests += 1
            missing[index].lastRequest = now
            numbers.append(UInt16(truncatingIfNeeded: missing[index].number))
        }
        earliest = missing.lazy.map(\.next).min()
        return numbers
    }

    private mutating func restart(at number: UInt16) -> Arrival {
        self = MissingPackets()
        highest = unwrapper.unwrap(number)
        return .restarted
    }
}
