/// How fast a group of pictures is sent once more: some packets at once, so that there is a picture
/// to be seen, and the rest a few times as fast as the stream itself runs, for all of it at once
/// would flow over in the receiver's socket. Pure; time is a parameter.
struct ReplayPace: Sendable {
    /// What goes at once, in bytes.
    static let burst = 64 << 10
    /// The least time until the next part goes.
    static let tick: Duration = .milliseconds(5)
    /// How many times as fast as the stream runs.
    static let speed = 8.0
    /// All of it is sent within this time, and what follows is delayed no longer.
    static let longest: Duration = .milliseconds(500)

    private let start: Duration
    private let bytesPerSecond: Double
    private var sent = 0
    private var last: Duration

    /// - Parameters:
    ///   - bytes: of the group.
    ///   - length: from its first picture to its last.
    init(bytes: Int, length: Duration, now: Duration) {
        let whole = Double(max(0, bytes))
        let shortest = max(Self.tick, length / Self.speed)
        bytesPerSecond = whole / (min(shortest, Self.longest) / .seconds(1))
        (start, last) = (now, now)
    }

    /// Whether this many bytes go now; if so, they are counted.
    mutating func take(_ count: Int, now: Duration) -> Bool {
        last = now
        let passed = min(max(.zero, now - start), Self.longest) / .seconds(1)
        guard Double(sent) < Double(Self.burst) + passed * bytesPerSecond else { return false }
        sent += count
        return true
    }

    /// When more goes, after what was taken.
    var next: Duration {
        let due = start + .seconds(max(0, Double(sent - Self.burst)) / max(1, bytesPerSecond))
        return max(last + Self.tick, min(due, start + Self.longest))
    }
}
