extension StateReplica {
    static var agingInterval: Duration { .seconds(60) }

    /// Forgets what was deleted longer ago than deletions are remembered.
    mutating func forgetDeletions(at time: StateTime) {
        guard table.deletions > 0, let limit = time.minus(limits.retention) else { return }
        forget(table.remove { Self.mayBeForgotten($0, limit, at: time) })
    }

    /// Whether it is a deletion from before that time, and known here for as long as any has to be:
    /// a wall clock that is wrong, or has been, is no reason to forget what has just been deleted.
    private static func mayBeForgotten(_ record: StateTable.Record, _ limit: UInt64, at time: StateTime) -> Bool {
        record.entry.isDeletion && record.entry.timestamp.milliseconds < limit
            && time.monotonic - record.since >= StateLimits.shortestRetention
    }

    /// Makes room for an entry, by forgetting deletions before their time where that is needed.
    /// Whether there is room then.
    mutating func makeRoom(for entry: StateEntry, at time: StateTime) -> Bool {
        if hasRoom(for: entry) { return true }
        guard table.deletions > 0, let limit = time.minus(StateLimits.shortestRetention) else { return false }
        // A sixteenth at a time, so that it is not done for each entry.
        let old = table.records.filter { Self.mayBeForgotten($0, limit, at: time) && $0.entry.key != entry.key }
        let times = old.map(\.entry.timestamp).sorted().prefix(max(old.count / 16, 1))
        guard let last = times.last else { return false }
        forget(
            table.remove {
                $0.entry.timestamp <= last && $0.entry.key != entry.key && Self.mayBeForgotten($0, limit, at: time)
            })
        return hasRoom(for: entry)
    }

    private func hasRoom(for entry: StateEntry) -> Bool {
        let former = table[entry.key]?.entry
        let bytes = table.byteCount - (former?.byteCount ?? 0) + entry.byteCount
        return (former != nil || table.records.count < limits.entries)
            && (bytes <= limits.bytes || entry.byteCount <= former?.byteCount ?? 0)
    }

    private mutating func forget(_ deletions: [StateEntry]) {
        guard let latest = deletions.map(\.timestamp).max() else { return }
        for deletion in deletions { actions.append(.persist(.forgotten(deletion.key))) }
        guard horizon.map({ $0 < latest }) ?? true else { return }
        horizon = latest
        actions.append(.persist(.horizon(latest)))
    }

    /// A peer has the same, and has forgotten deletions up to that time: so has this replica, then.
    /// It is believed as far as deletions can be forgotten by now.
    mutating func noteInStep(with peer: ReplicaID, horizon other: HybridTimestamp?, at time: StateTime) {
        actions.append(.inStep(peer))
        // What is written at this moment may bear a time that is a little earlier.
        let known = time.milliseconds - HybridClock.tolerance
        inStep = max(inStep ?? 0, known)
        if storedInStep.map({ known > $0 + Self.inStepInterval }) ?? true {
            storedInStep = known
            actions.append(.persist(.inStep(known)))
        }
        guard let other, horizon.map({ $0 < other }) ?? true, let limit = time.minus(limits.retention),
            other.milliseconds < limit
        else { return }
        horizon = other
        actions.append(.persist(.horizon(other)))
    }

    /// It is stored that seldom how long this replica was in step, in milliseconds.
    private static var inStepInterval: UInt64 { 3_600_000 }

    /// What this node knew before it was started anew.
    mutating func restoreHorizon(_ stored: HybridTimestamp?, inStep known: UInt64?, at time: StateTime) {
        if let known {
            inStep = max(inStep ?? 0, min(known, time.milliseconds))
            storedInStep = inStep
        }
        guard let stored, HybridClock.advance(of: stored, at: time) <= Self.unbelievable else { return }
        horizon = max(horizon ?? stored, stored)
    }
}

extension StateTime {
    /// The wall clock's time that long ago; nil if that is before 1970.
    func minus(_ age: Duration) -> UInt64? {
        let seconds = age.components.seconds
        let past = UInt64(clamping: seconds).multipliedReportingOverflow(by: 1000)
        guard seconds >= 0, !past.overflow, past.partialValue <= milliseconds else { return nil }
        return milliseconds - past.partialValue
    }
}
