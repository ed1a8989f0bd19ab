/// What somebody who runs a node should know of the shared state.
public enum StateReport: Sendable, Hashable, CustomStringConvertible {
    /// What the replica has written bears a time that far ahead of this node's clock, in
    /// milliseconds: one of the two clocks is wrong. The entry was taken and is marked. Said once
    /// in ten minutes of each replica.
    case clockAhead(ReplicaID, milliseconds: UInt64)
    /// A timestamp is more than 30 years ahead: the entry was not taken.
    case clockUnbelievable(ReplicaID, milliseconds: UInt64)
    /// There is no room for what a peer has sent: this replica is not in step with it. Said once
    /// until there is room again.
    case full(entries: Int, bytes: Int)
    /// What is written is not stored; it is tried again, and the state goes on in memory.
    case storageFailed(String)
    /// All is stored again.
    case storageRecovered
    /// The file could not be read and was set aside; the state begins with what peers have.
    case storageSetAside(path: String, reason: String)
    /// So many stored entries could not be read, and were left out.
    case storedEntriesUnreadable(Int)

    /// In words.
    public var description: String {
        switch self {
        case .clockAhead(let replica, let milliseconds):
            "the clock of \(replica) is \(milliseconds / 1000) s ahead of this one; one of them is wrong"
        case .clockUnbelievable(let replica, let milliseconds):
            "the clock of \(replica) is \(milliseconds / 86_400_000) days ahead; what it writes is not taken"
        case .full(let entries, let bytes):
            "the shared state is full with \(entries) entries and \(bytes) bytes; more of peers is not taken"
        case .storageFailed(let reason): "the shared state is not stored: \(reason)"
        case .storageRecovered: "the shared state is stored again"
        case .storageSetAside(let path, let reason):
            "the stored state could not be read (\(reason)) and was set aside as \(path)"
        case .storedEntriesUnreadable(let count): "\(count) stored entries could not be read"
        }
    }
}
