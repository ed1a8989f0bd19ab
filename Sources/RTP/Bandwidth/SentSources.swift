/// Finds a packet that was sent by its source and sequence number, as feedback by source names it
/// (RFC 8888 §3.1).
///
/// It reaches as far back as the ``SentHistory`` that it belongs to. Packets whose names fall into
/// one place are a chain, from the newest to the oldest; it ends where the next one has made room.
/// Pure.
struct SentSources: Sendable {
    /// So many packets of one chain are looked at. No more are in it unless somebody chooses
    /// numbers to that end.
    private static let maximumSteps = 32

    private struct Entry: Sendable {
        var number: Int64 = -1
        /// The next one in its chain.
        var older: Int64 = -1
        var ssrc: UInt32 = 0
        var sequenceNumber: UInt16 = 0
        /// Whether nothing that is said of it counts.
        var isForgotten = false
    }

    /// By the lower bits of the number; their count is a power of two, or 0 as long as nothing was
    /// noted.
    private var entries: [Entry] = []
    /// The newest of each chain; -1 for none.
    private var newest: [Int64] = []
    private var last: Int64 = -1

    /// Notes a packet that is sent. One with the same name that was sent before is found no more.
    ///
    /// - Parameters:
    ///   - number: one or more above that of the packet before.
    ///   - capacity: how many are held, a power of two that does not fall.
    mutating func note(_ number: Int64, of ssrc: UInt32, _ sequenceNumber: UInt16, capacity: Int) {
        if entries.count < capacity { grow(to: capacity) }
        insert(Entry(number: number, ssrc: ssrc, sequenceNumber: sequenceNumber))
    }

    /// The number of a packet; nil if it is not known.
    func number(of ssrc: UInt32, _ sequenceNumber: UInt16) -> Int64? {
        guard let index = index(of: ssrc, sequenceNumber), !entries[index].isForgotten else { return nil }
        return entries[index].number
    }

    /// Whatever is said of a packet from now on is not about the one that was noted.
    mutating func forget(_ ssrc: UInt32, _ sequenceNumber: UInt16) {
        guard let index = index(of: ssrc, sequenceNumber) else { return }
        entries[index].isForgotten = true
    }

    private func index(of ssrc: UInt32, _ sequenceNumber: UInt16) -> Int? {
        guard !entries.isEmpty else { return nil }
        var number = newest[chain(ssrc, sequenceNumber)]
        for _ in 0..<Self.maximumSteps {
            guard number >= 0 else { return nil }
            let index = place(number)
            // All that are older have made room, too.
            guard entries[index].number == number else { return nil }
            if entries[index].ssrc == ssrc, entries[index].sequenceNumber == sequenceNumber { return index }
            number = entries[index].older
        }
        return nil
    }

    private mutating func insert(_ entry: Entry) {
        let chain = chain(entry.ssrc, entry.sequenceNumber)
        let index = place(entry.number)
        entries[index] = entry
        entries[index].older = newest[chain]
        newest[chain] = entry.number
        last = entry.number
    }

    private func place(_ number: Int64) -> Int { Int(truncatingIfNeeded: number) & (entries.count - 1) }

    /// Numbers of one source that follow each other are in different chains.
    private func chain(_ ssrc: UInt32, _ sequenceNumber: UInt16) -> Int {
        let start = (ssrc &* 0x9E37_79B1) >> 16
        return Int(truncatingIfNeeded: start &+ UInt32(sequenceNumber)) & (newest.count - 1)
    }

    private mutating func grow(to capacity: Int) {
        let (old, end) = (entries, last)
        entries = Array(repeating: Entry(), count: capacity)
        newest = Array(repeating: -1, count: capacity)
        // The oldest first, as they were sent.
        for number in end - Int64(old.count) + 1..<end + 1 where number >= 0 {
            let entry = old[Int(truncatingIfNeeded: number) & (old.count - 1)]
            if entry.number == number { insert(entry) }
        }
    }
}
