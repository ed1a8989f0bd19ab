/// How much a player sends at most, whatever times the file has: 1000 frames and 16 MiB a second,
/// measured over a second. What is more waits, and the time of the file is stretched by that.
struct PlayRate: Sendable {
    static let frames = 1000
    static let bytes = 16 << 20
    /// What may be sent at once.
    static let burst: Duration = .seconds(1)
    /// When all that was sent would have been, at that rate.
    private var time: Duration = .zero

    /// How long to wait before the next frame.
    func wait(now: Duration) -> Duration { max(.zero, time - now - Self.burst) }

    /// A frame has been sent.
    mutating func note(_ count: Int, now: Duration) {
        let cost = max(1 / Double(Self.frames), Double(count) / Double(Self.bytes))
        time = max(time, now) + .seconds(cost)
    }
}
