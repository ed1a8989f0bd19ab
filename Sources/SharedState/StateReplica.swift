/// One holder of the shared state: a map in which the last write of each key wins, by the clock of
/// its writer.
///
/// It is a value, and time is an argument. What happens goes in, what is to be done comes out, in
/// order. Whatever the order in which replicas hear of writes, and whatever is lost or said twice
/// on the way, all have the same once two that can talk have compared what they hold.
///
/// - A write is sent to all peers at once. What a peer has missed is found by comparing digests of
///   ranges of keys: when a link opens, and every ``comparisonInterval``.
/// - Entries beyond a minute ahead of the wall clock are taken and marked, and leave the clock
///   alone. Who has seen one writes over it all the same: a write is later than what it replaces.
/// - A deletion is an entry, and forgotten after the ``StateLimits/retention``. The horizon is the
///   time of the latest that was forgotten. What a comparison brings up that is older than that,
///   and older than the last time that this replica was in step with another, would be known here,
///   had it not been deleted: it is deleted again.
///
/// Docs/Mesh.md has the rules, and why.
public struct StateReplica: Sendable {
    /// How often a replica compares what it holds with each peer.
    public static let comparisonInterval = Duration.seconds(10)
    /// How long a peer has to answer before it is asked for nothing more.
    static let answerTimeout = Duration.seconds(3)
    /// Thirty years: a time that is further ahead is not taken. Less would shut out a node whose
    /// own clock was never set, to which all others are years ahead.
    static let unbelievable: UInt64 = 30 * 365 * 86_400_000

    /// This replica.
    public let id: ReplicaID
    /// How much it holds.
    public let limits: StateLimits

    var clock: HybridClock
    var table = StateTable()
    /// The time of the latest deletion that was forgotten.
    var horizon: HybridTimestamp?
    /// Up to when all that others had was known here, in milliseconds since 1970.
    var inStep: UInt64?
    /// What of that was stored.
    var storedInStep: UInt64?
    var peers: [ReplicaID: StatePeer] = [:]
    var actions: [StateAction] = []
    var figures = StateStatistics()
    var isFull = false
    /// What has lost against entries of the answer that is being taken.
    var losers: [StateEntry] = []
    var clockReports: [ReplicaID: Duration] = [:]
    var nextAging: Duration
    private var lastWrite: UInt64 = 0

    /// A replica that holds nothing yet.
    public init(id: ReplicaID, limits: StateLimits = StateLimits(), at time: StateTime) {
        self.id = id
        self.limits = limits
        clock = HybridClock(replica: id)
        nextAging = time.monotonic + Self.agingInterval
    }

    // MARK: What is there

    /// What is known of a key: its value, or that it was deleted.
    public func entry(for key: StateKey) -> StateEntry? { table[key]?.entry }

    /// All that is known, deletions included, by key.
    public var entries: [StateEntry] { table.records.map(\.entry) }

    /// The peers it exchanges entries with.
    public var connectedPeers: [ReplicaID] { peers.keys.sorted() }

    /// Figures.
    public var statistics: StateStatistics {
        var figures = figures
        figures.values = table.records.count - table.deletions
        figures.deletions = table.deletions
        figures.bytes = table.byteCount
        return figures
    }

    /// When ``tick(at:)`` has something to do, if nothing happens before.
    public var nextDeadline: Duration {
        peers.values.reduce(nextAging) { min($0, $1.deadline) }
    }

    // MARK: What happens

    /// Writes a value, which is JSON, or deletes the key. Of a key that is not known nothing is to
    /// be deleted, and then nothing is done.
    ///
    /// - Parameters:
    ///   - value: JSON of at most 32 KiB; nil deletes.
    ///   - key: what for.
    ///   - wantsAcknowledgement: whether peers are asked to say when they have it.
    ///   - time: the time of the write, by both clocks.
    /// - Returns: the number of the write, which acknowledgements bear, and what is to be done.
    /// - Throws: `.full` when there is no room; what
    ///   ``StateEntry/init(key:value:timestamp:seen:)`` throws.
    public mutating func write(
        _ value: [UInt8]?, for key: StateKey, wantsAcknowledgement: Bool = false, at time: StateTime
    ) throws(StateError) -> (number: UInt64, actions: [StateAction]) {
        let known = table[key]?.entry
        lastWrite += 1
        if value == nil, known?.isDeletion ?? true { return (lastWrite, []) }
        var timestamp = clock.tick(at: time)
        // Later than what it replaces, though that be ahead of the clock; and later than all that
        // could have been deleted long ago.
        for other in [known?.timestamp, horizon].compactMap({ $0 }) where other >= timestamp {
            timestamp = other.successor(of: id)
        }
        let entry = try StateEntry(key: key, value: value, timestamp: timestamp, seen: known?.timestamp)
        guard makeRoom(for: entry, at: time) else {
            throw StateError(
                .full, "the shared state has \(table.records.count) entries and \(table.byteCount) bytes; delete some")
        }
        figures.written += 1
        put(entry, from: .local, isClockAhead: false, at: time)
        broadcast([entry], acknowledge: wantsAcknowledgement ? lastWrite : nil)
        return (lastWrite, takeActions())
    }

    /// Compares with all peers now; ``StateAction/inStep(_:)`` says with whom there is no
    /// difference.
    public mutating func compareNow(at time: StateTime) -> [StateAction] {
        for peer in peers.keys { peers[peer]?.nextComparison = time.monotonic }
        compare(at: time)
        return takeActions()
    }

    /// What was stored when this node ran before. May come when writes and peers have, too; the
    /// last write of each key wins.
    public mutating func restore(_ stored: StoredState, at time: StateTime) -> [StateAction] {
        restoreHorizon(stored.horizon, inStep: stored.inStep, at: time)
        for entry in stored.entries { restore(entry, at: time) }
        return compareNow(at: time)
    }

    /// Messages to and from a peer are possible from now on.
    public mutating func linkOpened(to peer: ReplicaID, at time: StateTime) -> [StateAction] {
        guard peer != id else { return [] }
        // One of the two begins at once.
        peers[peer] = StatePeer(comparesAt: time.monotonic + (id > peer ? .zero : Self.comparisonInterval), at: time)
        compare(at: time)
        return takeActions()
    }

    /// No more messages to or from a peer.
    public mutating func linkClosed(to peer: ReplicaID, at time: StateTime) -> [StateAction] {
        peers[peer] = nil
        return []
    }

    /// A message could not be sent to a peer: it is compared with again soon.
    public mutating func sendFailed(to peer: ReplicaID, at time: StateTime) -> [StateAction] {
        peers[peer]?.compareSoon(at: time)
        return []
    }

    /// A text came from a peer.
    public mutating func receive(_ text: String, from peer: ReplicaID, at time: StateTime) -> [StateAction] {
        receive(StateMessage(parsing: text), from: peer, at: time)
    }

    /// A message came from a peer; nil for one that could not be read.
    public mutating func receive(
        _ message: StateMessage?, from peer: ReplicaID, at time: StateTime
    ) -> [StateAction] {
        guard peers[peer] != nil, let message else {
            figures.ignored += 1
            return []
        }
        switch message {
        case .entries(let entries, let number): take(entries, acknowledge: number, from: peer, at: time)
        case .answer(let entries, let next): takeAnswer(entries, next: next, from: peer, at: time)
        case .acknowledgement(let number, let isStored):
            actions.append(.acknowledged(number, by: peer, isStored: isStored))
        case .ranges(let ranges, let horizon):
            for digest in ranges { compare(digest, horizon: horizon, with: peer, at: time) }
        case .same(let horizon): noteInStep(with: peer, horizon: horizon, at: time)
        case .held(let digests, let range): compare(digests, all: range, with: peer, at: time)
        case .wantedKeys(let keys): answer(keys, to: peer, at: time)
        case .wantedRange(let range): answer(range, to: peer, at: time)
        }
        return takeActions()
    }

    /// Time has passed.
    public mutating func tick(at time: StateTime) -> [StateAction] {
        if nextAging <= time.monotonic {
            nextAging = time.monotonic + Self.agingInterval
            forgetDeletions(at: time)
        }
        expireQuestions(at: time)
        compare(at: time)
        return takeActions()
    }

    mutating func takeActions() -> [StateAction] {
        defer {
            actions = []
            losers = []
        }
        return actions
    }

    /// Sends entries to all peers.
    mutating func broadcast(_ entries: [StateEntry], acknowledge number: UInt64? = nil) {
        guard !peers.isEmpty else { return }
        actions.append(.send(peers.keys.sorted(), .entries(entries, acknowledge: number)))
    }
}
