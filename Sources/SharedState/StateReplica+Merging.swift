extension StateReplica {
    enum Outcome {
        /// It is there now, or something that wins over it.
        case held
        /// It was not taken.
        case refused
    }

    /// Entries that a peer has written. It is told that they are there only if all are.
    mutating func take(_ entries: [StateEntry], acknowledge number: UInt64?, from peer: ReplicaID, at time: StateTime) {
        var isHeld = true
        for entry in entries { isHeld = take(entry, from: peer, isNew: true, at: time) == .held && isHeld }
        if let number, isHeld { actions.append(.acknowledge(peer, number)) }
    }

    /// An entry of a peer; `isNew` if it has just been written.
    @discardableResult
    mutating func take(_ entry: StateEntry, from peer: ReplicaID, isNew: Bool, at time: StateTime) -> Outcome {
        let advance = HybridClock.advance(of: entry.timestamp, at: time)
        guard advance <= Self.unbelievable else {
            tell(
                of: entry.timestamp.replica, .clockUnbelievable(entry.timestamp.replica, milliseconds: advance),
                at: time)
            figures.refused += 1
            return .refused
        }
        if let record = table[entry.key] {
            guard entry.wins(over: record.entry) else {
                figures.known += 1
                noteLoss(of: entry, against: record)
                return .held
            }
        } else if !isNew, wasDeleted(entry) {
            return bury(entry, at: time)
        }
        guard makeRoom(for: entry, at: time) else {
            figures.refused += 1
            if !isFull { actions.append(.report(.full(entries: table.records.count, bytes: table.byteCount))) }
            isFull = true
            return .refused
        }
        isFull = false
        figures.received += 1
        let isAhead = !clock.hear(entry.timestamp, at: time)
        if isAhead {
            figures.clocksAhead += 1
            // What bears the time of what it replaces says nothing of its writer's clock.
            let isCarried = entry.seen.map { $0.milliseconds + 1 >= entry.timestamp.milliseconds } ?? false
            let writer = entry.timestamp.replica
            if !isCarried { tell(of: writer, .clockAhead(writer, milliseconds: advance), at: time) }
        }
        put(entry, from: .peer(peer), isClockAhead: isAhead, at: time)
        return .held
    }

    /// An entry of before this node ran. It is not told of, and is stored already.
    mutating func restore(_ entry: StateEntry, at time: StateTime) {
        guard HybridClock.advance(of: entry.timestamp, at: time) <= Self.unbelievable,
            table[entry.key].map({ entry.wins(over: $0.entry) }) ?? true, makeRoom(for: entry, at: time)
        else { return }
        let isAhead = !clock.hear(entry.timestamp, at: time)
        put(entry, from: .store, isClockAhead: isAhead, at: time)
    }

    /// Puts an entry that wins, and tells of it.
    mutating func put(
        _ entry: StateEntry, from source: StateChange.Source, isClockAhead: Bool, at time: StateTime
    ) {
        let previous = table.put(entry, since: time.monotonic)
        if source != .store { actions.append(.persist(.entry(entry))) }
        if let previous, !entry.hasSeen(previous) { tell(of: StateConflict(kept: entry, lost: previous)) }
        guard entry.value != previous?.value else { return }
        actions.append(
            .changed(StateChange(entry: entry, previous: previous, source: source, isClockAhead: isClockAhead)))
    }

    /// What loses without having been known to the winner's writer is told of, once.
    private mutating func noteLoss(of entry: StateEntry, against record: StateTable.Record) {
        guard entry != record.entry, !record.entry.hasSeen(entry), record.rival != entry.timestamp,
            entry.timestamp != record.entry.timestamp || entry.value != record.entry.value
        else { return }
        table.note(rival: entry.timestamp, of: entry.key)
        tell(of: StateConflict(kept: record.entry, lost: entry))
    }

    private mutating func tell(of conflict: StateConflict) {
        figures.conflicts += 1
        guard conflict.kept.value != conflict.lost.value else { return }
        losers.append(conflict.lost)
        actions.append(.conflict(conflict))
    }

    /// Whether an entry that is not known here was, and its deletion is forgotten: it is older than
    /// a forgotten one, and was there when this replica had last all that others had. What has just
    /// been written is none of those, whatever the clock of its writer says.
    private func wasDeleted(_ entry: StateEntry) -> Bool {
        guard let horizon, let inStep else { return false }
        return entry.timestamp <= horizon && entry.timestamp.milliseconds <= inStep
    }

    /// Whoever still has an entry that was deleted learns that again.
    private mutating func bury(_ entry: StateEntry, at time: StateTime) -> Outcome {
        figures.refused += 1
        guard !entry.isDeletion,
            let deletion = try? StateEntry(
                key: entry.key, canonical: nil, timestamp: entry.timestamp.successor(of: id), seen: entry.timestamp),
            makeRoom(for: deletion, at: time)
        else { return .refused }
        put(deletion, from: .local, isClockAhead: false, at: time)
        broadcast([deletion])
        return .refused
    }

    private mutating func tell(of replica: ReplicaID, _ report: StateReport, at time: StateTime) {
        clockReports = clockReports.filter { time.monotonic - $0.value < Self.reportInterval }
        guard clockReports[replica] == nil, clockReports.count < Self.maximumClockReports else { return }
        clockReports[replica] = time.monotonic
        actions.append(.report(report))
    }

    private static var reportInterval: Duration { .seconds(600) }
    private static var maximumClockReports: Int { 64 }
}
