/// The value of `t=` (RFC 8866 §5.9): seconds since 1900, both 0 for a session that has no
/// schedule.
public struct Timing: Sendable, Hashable {
    /// When the session starts.
    public var start: UInt64
    /// When it stops.
    public var stop: UInt64

    /// A session from `start` to `stop`; without arguments the unbounded session of RFC 9429
    /// §5.2.1.
    public init(start: UInt64 = 0, stop: UInt64 = 0) {
        self.start = start
        self.stop = stop
    }
}
