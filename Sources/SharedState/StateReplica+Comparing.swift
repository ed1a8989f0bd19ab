// How two replicas find what one of them has missed. One sends the digest of all its entries. Where
// digests of a range differ, the other one answers with those of its parts, and so on; a range that
// both have few entries in is compared by naming them; where only one has few, it asks for all of
// the other's. What is missing is asked for by who misses it, one question at a time, so that a
// peer that is slow is not flooded. No answer refers to one before: what gets lost costs no more
// than to begin anew.
extension StateReplica {
    /// Ranges with no more entries than that at both ends are compared one by one.
    private static var few: Int { StateMessage.maximumKeys }

    /// Begins a comparison with each peer with which it is time.
    mutating func compare(at time: StateTime) {
        for (peer, state) in peers where state.nextComparison <= time.monotonic {
            peers[peer]?.nextComparison = time.monotonic + Self.comparisonInterval
            figures.comparisons += 1
            actions.append(.send([peer], .ranges([table.digest(of: StateRange())], horizon: horizon)))
        }
    }

    /// A peer says what it has in a range.
    mutating func compare(
        _ theirs: RangeDigest, horizon other: HybridTimestamp?, with peer: ReplicaID, at time: StateTime
    ) {
        let ours = table.digest(of: theirs.range)
        if ours == theirs {
            guard theirs.range == StateRange(), spend(peer, at: time) else { return }
            noteInStep(with: peer, horizon: other, at: time)
            return actions.append(.send([peer], .same(horizon: horizon)))
        }
        guard spend(peer, at: time) else { return }
        switch (ours.count <= Self.few, theirs.count <= Self.few) {
        case (true, true): actions.append(.send([peer], .held(digests(in: theirs.range), all: theirs.range)))
        case (true, false):
            // The peer hears of the few as well.
            let few = digests(in: theirs.range)
            if !few.isEmpty { actions.append(.send([peer], .held(few, all: nil))) }
            ask(peer, .range(theirs.range), at: time)
        case (false, true): actions.append(.send([peer], .ranges([ours], horizon: horizon)))
        case (false, false):
            let parts = table.split(theirs.range, into: StateMessage.maximumRanges)
            actions.append(.send([peer], .ranges(parts, horizon: horizon)))
        }
    }

    /// A peer names entries; with a range, all that it has there.
    mutating func compare(
        _ theirs: [EntryDigest], all range: StateRange?, with peer: ReplicaID, at time: StateTime
    ) {
        guard spend(peer, at: time) else { return }
        let wanted = theirs.filter { digest in
            guard let ours = table[digest.key]?.entry else { return true }
            return ours.timestamp < digest.timestamp
                || ours.timestamp == digest.timestamp && ours.digest != digest.hash
        }
        if !wanted.isEmpty { ask(peer, .keys(wanted.map(\.key)), at: time) }
        guard let range else { return }
        let known = Dictionary(theirs.map { ($0.key, $0) }) { first, _ in first }
        let newer = digests(in: range).filter { ours in
            known[ours.key].map {
                $0.timestamp < ours.timestamp || $0.timestamp == ours.timestamp && $0.hash != ours.hash
            }
                ?? true
        }
        // More than the peer has seen when it named its own were written meanwhile.
        for start in stride(from: 0, to: newer.count, by: Self.few) where start == 0 || spend(peer, at: time) {
            let part = Array(newer[start..<min(start + Self.few, newer.count)])
            actions.append(.send([peer], .held(part, all: nil)))
        }
    }

    private func digests(in range: StateRange) -> [EntryDigest] {
        table.records(in: range).map {
            EntryDigest(key: $0.entry.key, timestamp: $0.entry.timestamp, hash: $0.entry.digest)
        }
    }

    // MARK: Questions

    private mutating func ask(_ peer: ReplicaID, _ question: StatePeer.Question, at time: StateTime) {
        peers[peer]?.ask(question)
        sendQuestion(to: peer, at: time)
    }

    private mutating func sendQuestion(to peer: ReplicaID, at time: StateTime) {
        switch peers[peer]?.nextQuestion(at: time) {
        case .keys(let keys): actions.append(.send([peer], .wantedKeys(keys)))
        case .range(let range): actions.append(.send([peer], .wantedRange(range)))
        case nil: break
        }
    }

    /// Entries that this replica has asked for, or that a peer says so of.
    mutating func takeAnswer(_ entries: [StateEntry], next: StateKey?, from peer: ReplicaID, at time: StateTime) {
        let before = figures.received
        losers = []
        for entry in entries { take(entry, from: peer, isNew: false, at: time) }
        // The peer has not had what its own entries have won over, and should see both, too.
        var unseen = losers.filter { loser in entries.contains { $0.key == loser.key && $0.wins(over: loser) } }
        while !unseen.isEmpty {
            let part = Self.fitting(unseen)
            unseen.removeFirst(part.count)
            actions.append(.send([peer], .entries(part, acknowledge: nil)))
        }
        guard let question = peers[peer]?.asked?.question else {
            figures.ignored += 1
            return
        }
        var rest: StatePeer.Question?
        switch question {
        case .keys(let keys):
            let received = Set(entries.map(\.key))
            let missing = keys.filter { !received.contains($0) }
            // An answer without any of them is the end: the peer has them no more.
            if !missing.isEmpty, missing.count < keys.count { rest = .keys(missing) }
        case .range(let range):
            // The rest is smaller each time, whatever the peer says.
            if let next, range.from.map({ $0 < next }) ?? true, range.to.map({ next < $0 }) ?? true {
                rest = .range(StateRange(from: next, to: range.to))
            }
        }
        peers[peer]?.answered(rest: rest)
        sendQuestion(to: peer, at: time)
        // What came about meanwhile, and what there was no room to ask for. Not where nothing could
        // be taken: then the two differ, and would ask each other again and again.
        if figures.received > before, peers[peer]?.asked == nil {
            peers[peer]?.compareSoon(.milliseconds(200), at: time)
        }
    }

    mutating func expireQuestions(at time: StateTime) {
        for peer in peers.keys { peers[peer]?.expire(at: time) }
    }

    // MARK: Answers

    mutating func answer(_ keys: [StateKey], to peer: ReplicaID, at time: StateTime) {
        guard spend(peer, at: time) else { return }
        let entries = Self.fitting(keys.compactMap { table[$0]?.entry })
        actions.append(.send([peer], .answer(entries, next: nil)))
    }

    mutating func answer(_ range: StateRange, to peer: ReplicaID, at time: StateTime) {
        guard spend(peer, at: time) else { return }
        let records = table.records(in: range)
        let entries = Self.fitting(records.lazy.map(\.entry))
        let next = entries.count < records.count ? records[records.startIndex + entries.count].entry.key : nil
        actions.append(.send([peer], .answer(entries, next: next)))
    }

    /// The first entries, as many as a message holds; one always fits.
    private static func fitting(_ entries: some Sequence<StateEntry>) -> [StateEntry] {
        var fitting: [StateEntry] = []
        var size = 2048
        for entry in entries {
            size += entry.jsonSize
            guard fitting.isEmpty || size <= StateMessage.maximumBytes && fitting.count < StateMessage.maximumEntries
            else { break }
            fitting.append(entry)
        }
        return fitting
    }

    private mutating func spend(_ peer: ReplicaID, at time: StateTime) -> Bool {
        let isAllowed = peers[peer]?.spend(at: time) ?? false
        if !isAllowed { figures.ignored += 1 }
        return isAllowed
    }
}
