/// When something that has ended badly is begun again: after a time that doubles from end to end,
/// and is the first one again after one that has gone well.
public struct RestartPolicy: Sendable, Hashable {
    /// How often in a row it is begun again; 0 is never. Default 1,000,000.
    public var attempts: Int
    /// The first time between an end and the next beginning. Default 250 ms.
    public var first: Duration
    /// The longest. Default 30 s.
    public var longest: Duration
    /// How long it has to go well until what was before is forgotten. Default 10 s.
    public var memory: Duration

    /// A policy; the first time is a millisecond at least.
    public init(
        attempts: Int = 1_000_000, first: Duration = .milliseconds(250), longest: Duration = .seconds(30),
        memory: Duration = .seconds(10)
    ) {
        self.attempts = max(0, attempts)
        self.first = max(.milliseconds(1), first)
        self.longest = max(self.first, longest)
        self.memory = max(.zero, memory)
    }

    /// It is never begun again.
    public static let never = RestartPolicy(attempts: 0)

    /// How long to wait; nil for: no more.
    ///
    /// - Parameter failures: how many there were in a row, 1 or more.
    package func wait(after failures: Int) -> Duration? {
        guard failures <= attempts else { return nil }
        var wait = first
        for _ in 1..<max(1, min(failures, 40)) where wait < longest { wait += wait }
        return min(wait, longest)
    }
}
