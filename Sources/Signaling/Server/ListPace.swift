/// Says when everybody may be sent the list of peers again.
///
/// A list has an entry for each peer and goes to each of them at each change, so what one stranger
/// causes who comes and goes grows with the square of their number. A small mesh feels nothing of
/// the pace; in a large one several changes are told with one list.
struct ListPace {
    /// How many bytes of lists may be sent a second.
    static let bytesPerSecond = 16 << 20
    /// No list waits for longer.
    static let longestWait = Duration.seconds(2)

    private var next = Duration.zero

    /// How long a list has to wait; zero when it may be sent.
    func wait(now: Duration) -> Duration { max(.zero, next - now) }

    /// So many bytes of lists were sent.
    mutating func sent(_ bytes: Int, now: Duration) {
        next = now + min(Self.longestWait, .seconds(Double(bytes) / Double(Self.bytesPerSecond)))
    }
}
