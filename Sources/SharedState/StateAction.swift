/// What a ``StateReplica`` wants done, in this order.
public enum StateAction: Sendable, Hashable {
    /// Send a message to each of these peers. If it cannot be, say so with
    /// ``StateReplica/sendFailed(to:at:)``.
    case send([ReplicaID], StateMessage)
    /// Store it, if there is where.
    case persist(StateRecord)
    /// Tell the peer by an acknowledgement with that number when all that was to be stored so far
    /// is.
    case acknowledge(ReplicaID, UInt64)
    /// A peer has what the write with that number wrote, and on disk if `isStored`.
    case acknowledged(UInt64, by: ReplicaID, isStored: Bool)
    /// A peer holds the same.
    case inStep(ReplicaID)
    /// A key has another value than before.
    case changed(StateChange)
    /// Two have written a key without knowing of each other.
    case conflict(StateConflict)
    /// Somebody should know.
    case report(StateReport)
}

/// What is to be stored.
public enum StateRecord: Sendable, Hashable {
    /// In the place of what its key had.
    case entry(StateEntry)
    /// Nothing is known of the key any more.
    case forgotten(StateKey)
    /// Deletions up to that time have been forgotten.
    case horizon(HybridTimestamp)
    /// What others had up to that time was known here, in milliseconds since 1970.
    case inStep(UInt64)
}
