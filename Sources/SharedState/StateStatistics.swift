/// Figures of a replica of the shared state.
public struct StateStatistics: Sendable, Hashable, Codable {
    /// Keys that have a value.
    public var values = 0
    /// Deleted keys that are remembered.
    public var deletions = 0
    /// Bytes of keys and values, with 128 for each entry.
    public var bytes = 0
    /// Writes and deletions made here.
    public var written = 0
    /// Entries of peers that were taken.
    public var received = 0
    /// Entries of peers that were known, or older than what is there.
    public var known = 0
    /// Entries of peers that were not taken: no room, a deletion that is forgotten, a time nobody
    /// believes.
    public var refused = 0
    /// Pairs of writes that did not know of each other.
    public var conflicts = 0
    /// Entries that came more than a minute ahead of this node's clock.
    public var clocksAhead = 0
    /// Times that digests were sent, to be compared by a peer.
    public var comparisons = 0
    /// Messages that were not understood, or were more than a peer may ask for.
    public var ignored = 0

    /// All zero.
    public init() {}
}
