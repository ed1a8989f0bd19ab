/// The time at which something happens to a replica, by both clocks.
public struct StateTime: Sendable, Hashable {
    /// 2020-01-01, in milliseconds since 1970: a clock that says less was never set, and counts as
    /// that.
    static let earliest: UInt64 = 1_577_836_800_000

    /// A count of time that does not run backwards, the same one in all calls.
    public var monotonic: Duration
    /// Milliseconds since 1970, by a clock that people set.
    public var milliseconds: UInt64

    /// A time by both clocks.
    public init(monotonic: Duration, milliseconds: UInt64) {
        self.monotonic = monotonic
        self.milliseconds = min(max(milliseconds, Self.earliest), HybridTimestamp.latest / 2)
    }
}
