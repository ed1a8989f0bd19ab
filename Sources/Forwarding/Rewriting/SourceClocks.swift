import RTP

/// The wall clocks of the sources that a watcher's stream may be made of, by their reports.
/// Bounded: the one whose report is the oldest makes room.
struct SourceClocks: Sendable {
    /// How many.
    static let maximumCount = 16
    /// How far the times of two pictures by their sender's clock may be from those of their
    /// arrival, in seconds: more than any delay that is of use.
    static let tolerance = 10.0

    private var clocks: [(source: UInt32, clock: SourceClock)] = []

    var count: Int { clocks.count }

    mutating func note(_ report: SenderReport, clockRate: Int) {
        let index = clocks.firstIndex { $0.source == report.ssrc }
        var clock = index.map { clocks.remove(at: $0).clock } ?? SourceClock(clockRate: clockRate)
        clock.note(report)
        clocks.append((report.ssrc, clock))
        if clocks.count > Self.maximumCount { clocks.removeFirst() }
    }

    /// The sender's wall clock at a timestamp of a source, since 1970; nil before its first report.
    func wallTime(of timestamp: UInt32, source: UInt32) -> Duration? {
        clocks.first { $0.source == source }?.clock.wallTime(of: timestamp)
    }
}
