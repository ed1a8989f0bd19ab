/// The keys from one, which belongs to it, up to another, which does not.
public struct StateRange: Sendable, Hashable {
    /// The first key; nil for the first of all.
    public var from: StateKey?
    /// The key behind the last; nil if there is none.
    public var to: StateKey?

    /// All keys, or those from `from` up to `to`.
    public init(from: StateKey? = nil, to: StateKey? = nil) {
        self.from = from
        self.to = to
    }
}

/// What a replica says of the entries in a range, instead of naming them.
public struct RangeDigest: Sendable, Hashable {
    /// Which keys.
    public var range: StateRange
    /// How many entries it has there, deleted ones included.
    public var count: Int
    /// The digests of these entries, all in one.
    public var hash: UInt64

    /// A digest from its parts.
    public init(range: StateRange, count: Int, hash: UInt64) {
        self.range = range
        self.count = count
        self.hash = hash
    }
}

/// What a replica says of one entry, instead of sending it.
public struct EntryDigest: Sendable, Hashable {
    /// The key.
    public var key: StateKey
    /// Of the entry.
    public var timestamp: HybridTimestamp
    /// The same for equal entries.
    public var hash: UInt64

    /// A digest from its parts.
    public init(key: StateKey, timestamp: HybridTimestamp, hash: UInt64) {
        self.key = key
        self.timestamp = timestamp
        self.hash = hash
    }
}
