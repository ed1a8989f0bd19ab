/// When the path is probed, and how fast. Times are in microseconds, rates in bit/s.
///
/// In the beginning three and six times the first estimate are tried, then, as long as all of it
/// gets through, twice what did. Later there is a probe every four seconds, if all is calm: of 1.6
/// times the estimate once it is known that there are limits, of twice the estimate before, and
/// never of more than anybody wants.
struct Probing: Sendable {
    private static let pause: Int64 = 4_000_000
    /// The same if nothing was heard of the last probe, a few times.
    private static let retryPause: Int64 = 1_000_000
    private static let maximumRetries = 4
    /// For how long a probe is sent, at least.
    private static let time = 0.015
    /// The same if others may be there, whose frames leave gaps.
    private static let longTime = 0.04
    private static let maximumBytes = 2 << 20

    var results = ProbeResults()
    /// Whether probes take longer.
    var isLong = false
    private var pending: (first: Double?, second: Double?)
    /// What is tried as soon as all is calm.
    private var next: Double?
    private var nextTime: Int64 = 0
    private var lastID = 0
    private var retries = 0

    mutating func begin(at rate: Double, now: Int64) {
        pending = (3 * rate, 6 * rate)
        nextTime = now + Self.retryPause
    }

    /// A probe has told something.
    mutating func noteResult(now: Int64) {
        retries = 0
        nextTime = max(nextTime, now + Self.pause)
    }

    /// Nothing is to be probed for now.
    mutating func cancel() { (pending, next) = ((nil, nil), nil) }

    /// Asks for a probe of this rate, as soon as all is calm.
    mutating func want(_ rate: Double, now: Int64) { (next, nextTime) = (rate, now) }

    /// Moves the next probe to this time.
    mutating func postpone(to time: Int64) { (next, nextTime) = (nil, time) }

    /// - Parameters:
    ///   - rate: to be tried, unless another was asked for.
    ///   - least: a probe below it would tell nothing.
    ///   - most: no probe is above it.
    mutating func schedule(at rate: Double, above least: Double, below most: Double, isCalm: Bool, now: Int64) {
        guard isCalm || next != nil, now >= nextTime else { return }
        let wish = min(next ?? rate, most)
        next = nil
        nextTime = now + (retries < Self.maximumRetries ? Self.retryPause : Self.pause)
        guard wish >= least else { return }
        retries = min(retries + 1, Self.maximumRetries)
        pending = (wish, nil)
    }

    mutating func take(above least: Double, below most: Double) -> ProbeCluster? {
        guard let wish = pending.first else { return nil }
        let rate = min(wish, most)
        // If this is all that may be tried, there is no second.
        pending = (wish > most ? nil : pending.second, nil)
        guard rate >= least else { return nil }
        lastID = (lastID + 1) & 0xFFFF
        let bitrate = Int(max(10_000, min(rate, Double(BandwidthEstimator.Settings.highest))))
        let bytes = Int(Double(bitrate) * (isLong ? Self.longTime : Self.time) / 8)
        let cluster = ProbeCluster(id: lastID, bitrate: bitrate, minimumBytes: min(bytes, Self.maximumBytes))
        results.begin(cluster)
        return cluster
    }
}
