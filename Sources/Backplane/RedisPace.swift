/// How long to wait before each attempt: twice as long each time, from 100 ms to 2 s, and half of
/// it random, so that the servers of a cluster do not all come at once.
struct RedisPace: Sendable, Hashable {
    static let initial = Duration.milliseconds(100)
    static let maximum = Duration.seconds(2)

    private var attempts = 0

    /// The next wait: between half of the step and the step.
    mutating func next(using generator: inout some RandomNumberGenerator) -> Duration {
        let step = min(Self.initial * (1 << min(attempts, 10)), Self.maximum)
        attempts = min(attempts + 1, 10)
        return step * Double.random(in: 0.5...1, using: &generator)
    }

    /// Begins anew: the server was there.
    mutating func reset() { attempts = 0 }
}
