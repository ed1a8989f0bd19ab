/// A key has another value than before.
public struct StateChange: Sendable, Hashable {
    /// Where the value has come from.
    public enum Source: Sendable, Hashable {
        /// It was written here.
        case local
        /// A peer has sent it, which need not be who wrote it.
        case peer(ReplicaID)
        /// It was stored.
        case store
    }

    /// What is there now; a deletion if nothing is.
    public let entry: StateEntry
    /// What was there before; nil for nothing, or a deletion that is forgotten.
    public let previous: StateEntry?
    /// Where it has come from.
    public let source: Source
    /// Whether its timestamp was more than a minute ahead of this node's clock when it came: one of
    /// the two clocks is wrong.
    public let isClockAhead: Bool

    /// The key.
    public var key: String { entry.key.description }
    /// Who wrote it.
    public var writer: ReplicaID { entry.timestamp.replica }
}

/// Two writes of a key, of which neither writer had seen the other's.
public struct StateConflict: Sendable, Hashable {
    /// What is there now: the later one, by the clocks of the writers.
    public let kept: StateEntry
    /// What has lost against it.
    public let lost: StateEntry

    /// The key.
    public var key: String { kept.key.description }
}
