internal import SharedState

/// A write whose writer wants to know that others have it.
struct WaitingWrite: Sendable {
    let entry: StateEntry
    /// How many are to have it.
    let count: Int
    /// Nil until somebody waits.
    var continuation: CheckedContinuation<StateReceipt, Never>?
    private var holders: Set<ReplicaID> = []
    private var stored: Set<ReplicaID> = []

    init(_ entry: StateEntry, count: Int) {
        self.entry = entry
        self.count = count
    }

    var receipt: StateReceipt { StateReceipt(holders: holders.count, stored: stored.count) }

    var isDone: Bool { holders.count >= count }

    mutating func note(_ peer: ReplicaID, isStored: Bool) {
        holders.insert(peer)
        if isStored { stored.insert(peer) }
    }

    /// Lets the writer go on. To be called once, and under no lock.
    func finish() {
        continuation?.resume(returning: receipt)
    }
}

/// Who has a write, as far as was heard when the call returned.
public struct StateReceipt: Sendable, Hashable {
    /// How many other nodes hold it.
    public let holders: Int
    /// How many of these have it on disk.
    public let stored: Int
}
