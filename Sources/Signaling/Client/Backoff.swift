/// How long to wait before each attempt: twice as long each time, up to a limit, and a part of it
/// random, so that the clients of a server that comes back do not all come at once.
public struct Backoff: Sendable, Hashable {
    /// The wait after the first failure, 1 ms to one day. Default 0.5 s.
    public var initial: Duration
    /// No wait is longer; at least ``initial``, at most one day. Default 10 s.
    public var maximum: Duration

    /// A back-off from its limits.
    public init(initial: Duration = .milliseconds(500), maximum: Duration = .seconds(10)) {
        self.initial = initial
        self.maximum = maximum
    }

    /// Says which wait is out of its range. ``ReconnectingSignalingClient`` does it before it
    /// connects.
    ///
    /// - Throws: `.invalidConfiguration`, with the wait, its value and the range.
    public func validate() throws(SignalingError) {
        let day = Duration.seconds(86_400)
        try check(initial, "initial", in: .milliseconds(1)...day, "1 ms to one day")
        try check(maximum, "maximum", in: initial...day, "\(initial), which is initial, to one day")
    }

    /// The wait before attempt `attempt` (1, 2, …): between half of the step and the step.
    func delay(beforeAttempt attempt: Int, using generator: inout some RandomNumberGenerator) -> Duration {
        let doublings = min(max(attempt - 1, 0), 16)
        let step = min(max(initial, .milliseconds(1)) * (1 << doublings), max(maximum, .milliseconds(1)))
        return step * Double.random(in: 0.5...1, using: &generator)
    }
}
