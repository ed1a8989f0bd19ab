/// The entries of a replica, sorted by key, one for each.
struct StateTable: Sendable {
    struct Record: Sendable {
        var entry: StateEntry
        /// Since when it is held here.
        let since: Duration
        /// The last entry that has lost against this one without having been seen; said once.
        var rival: HybridTimestamp?
    }

    private(set) var records: [Record] = []
    private(set) var byteCount = 0
    private(set) var deletions = 0

    subscript(key: StateKey) -> Record? {
        let index = index(of: key)
        return index < records.count && records[index].entry.key == key ? records[index] : nil
    }

    /// Puts an entry in the place of what its key had; returns that.
    @discardableResult
    mutating func put(_ entry: StateEntry, since time: Duration) -> StateEntry? {
        let index = index(of: entry.key)
        byteCount += entry.byteCount
        if entry.isDeletion { deletions += 1 }
        guard index < records.count, records[index].entry.key == entry.key else {
            records.insert(Record(entry: entry, since: time), at: index)
            return nil
        }
        let former = records[index].entry
        byteCount -= former.byteCount
        if former.isDeletion { deletions -= 1 }
        records[index] = Record(entry: entry, since: time)
        return former
    }

    mutating func note(rival: HybridTimestamp, of key: StateKey) {
        let index = index(of: key)
        guard index < records.count, records[index].entry.key == key else { return }
        records[index].rival = rival
    }

    /// Takes out all of which that is true; returns them.
    mutating func remove(where isUnwanted: (Record) -> Bool) -> [StateEntry] {
        var removed: [StateEntry] = []
        var kept: [Record] = []
        for record in records {
            if isUnwanted(record) { removed.append(record.entry) } else { kept.append(record) }
        }
        guard !removed.isEmpty else { return [] }
        records = kept
        for entry in removed {
            byteCount -= entry.byteCount
            if entry.isDeletion { deletions -= 1 }
        }
        return removed
    }

    /// What is held in a range.
    func records(in range: StateRange) -> ArraySlice<Record> {
        let first = range.from.map(index) ?? 0
        let last = range.to.map(index) ?? records.count
        return records[first..<max(first, last)]
    }

    /// What is said of a range.
    func digest(of range: StateRange) -> RangeDigest {
        let records = records(in: range)
        return RangeDigest(
            range: range, count: records.count, hash: records.reduce(0) { $0 &+ $1.entry.digest })
    }

    /// The range in parts with about as many entries each.
    func split(_ range: StateRange, into parts: Int) -> [RangeDigest] {
        let records = records(in: range)
        var digests: [RangeDigest] = []
        var from = range.from
        for part in 1...parts {
            let end = records.startIndex + records.count * part / parts
            let to = part == parts ? range.to : records[end].entry.key
            guard from == nil || to == nil || from != to else { continue }
            digests.append(digest(of: StateRange(from: from, to: to)))
            from = to
        }
        return digests
    }

    /// The place of a key, or the one where it would stand.
    private func index(of key: StateKey) -> Int {
        var (low, high) = (0, records.count)
        while low < high {
            let middle = (low + high) / 2
            if records[middle].entry.key < key { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
