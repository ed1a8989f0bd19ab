/// When a value was written, by a hybrid logical clock: the wall clock's time, then a counter for
/// what was written within it, then who wrote. No two writes of one key have the same.
public struct HybridTimestamp: Sendable, Hashable, Comparable, CustomStringConvertible {
    /// No clock says more: 8919 years after 1970. What does is not read.
    static let latest: UInt64 = 1 << 48

    /// Milliseconds since 1970, as the writer's clock had them.
    public let milliseconds: UInt64
    /// Grows from write to write in one millisecond, or in one that lies ahead.
    public let counter: UInt32
    /// Who wrote.
    public let replica: ReplicaID

    /// A timestamp from its parts; times after the year 10889 count as that.
    public init(milliseconds: UInt64, counter: UInt32, replica: ReplicaID) {
        self.milliseconds = min(milliseconds, Self.latest)
        self.counter = counter
        self.replica = replica
    }

    /// Reads what ``description`` writes; nil for anything else.
    public init?(_ text: String) {
        let parts = text.split(separator: ".", maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count == 3, let milliseconds = Self.number(parts[0]), milliseconds < Self.latest,
            let counter = Self.number(parts[1]).flatMap({ UInt32(exactly: $0) }),
            let replica = ReplicaID(String(parts[2]))
        else { return nil }
        self.init(milliseconds: milliseconds, counter: counter, replica: replica)
    }

    /// Digits alone, and no zero before others, so that one timestamp has one text.
    private static func number(_ text: Substring) -> UInt64? {
        guard let first = text.utf8.first, text.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
            first != 0x30 || text.utf8.count == 1
        else { return nil }
        return UInt64(text)
    }

    /// `milliseconds.counter.replica`.
    public var description: String { "\(milliseconds).\(counter).\(replica)" }

    /// The next one, of a replica that has seen this one.
    func successor(of replica: ReplicaID) -> HybridTimestamp {
        counter < .max
            ? HybridTimestamp(milliseconds: milliseconds, counter: counter + 1, replica: replica)
            : HybridTimestamp(milliseconds: milliseconds + 1, counter: 0, replica: replica)
    }

    /// Orders by time, then counter, then replica.
    public static func < (left: HybridTimestamp, right: HybridTimestamp) -> Bool {
        if (left.milliseconds, left.counter) != (right.milliseconds, right.counter) {
            return (left.milliseconds, left.counter) < (right.milliseconds, right.counter)
        }
        return left.replica < right.replica
    }
}
