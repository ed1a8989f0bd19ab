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

    /// Counts the failures in a row.
    package struct Count: Sendable {
        private let policy: RestartPolicy
        private var failures = 0

        /// None so far.
        package init(_ policy: RestartPolicy) { self.policy = policy }

        /// It has failed once more.
        ///
        /// - Parameter time: for how long it had gone well; nil where it had not at all.
        /// - Returns: how long to wait; nil for: no more.
        package mutating func failed(after time: Duration?) -> Duration? {
            let wasWell = time.map { $0 >= policy.memory } ?? false
            failures = wasWell ? 1 : failures + 1
            return policy.wait(after: failures)
        }
    }

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
