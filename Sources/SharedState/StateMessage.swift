/// What replicas say to each other: one JSON object a message, of less than 64 KiB (Docs/Mesh.md).
public enum StateMessage: Sendable, Hashable {
    /// Values, and deletions. With an `acknowledge`, the receiver says that number when it has
    /// stored them.
    case entries([StateEntry], acknowledge: UInt64?)
    /// The answer to `wantedKeys` or `wantedRange`: the first of them, as many as fit. `next` is
    /// the key at which the rest of a range begins.
    case answer([StateEntry], next: StateKey?)
    /// The entries with that number are there, and on disk if `isStored`.
    case acknowledgement(UInt64, isStored: Bool)
    /// What the sender has in each of these ranges, 16 at most; and its horizon.
    case ranges([RangeDigest], horizon: HybridTimestamp?)
    /// The sender has just what the receiver has said of all its entries; and its horizon.
    case same(horizon: HybridTimestamp?)
    /// Entries of the sender, 32 at most; with a range these are all it has there.
    case held([EntryDigest], all: StateRange?)
    /// Asks for the entries of these keys, 32 at most.
    case wantedKeys([StateKey])
    /// Asks for the entries of a range.
    case wantedRange(StateRange)

    /// The most bytes of a message that is written; one that is longer is not read.
    public static let maximumBytes = 60 * 1024
    /// The most entries in one message.
    static let maximumEntries = 512
    /// The most ranges in one message. Keys may be written in six times their length.
    static let maximumRanges = 16
    /// The most digests or keys in one message.
    static let maximumKeys = 32
}
