/// Which numbers of a watcher belong to which of its sources: runs of packets that were let through
/// one after the other, and were shifted by the same. Bounded. Pure.
struct NumberRuns: Sendable {
    /// How many are kept; each packet that is left out ends one.
    static let maximumCount = 256

    /// One of them.
    struct Run: Sendable, Hashable {
        let source: UInt32
        /// By the source's numbers.
        let first: Int64
        /// By the source's numbers; those that are missing in between are counted in.
        var last: Int64
        /// What is added to the source's numbers.
        let shift: Int64
        /// What is added to the source's timestamps, modulo 2^32.
        let timestampShift: UInt32
    }

    /// In the order of the watcher's numbers; in front of `start` they are gone.
    private var runs: [Run] = []
    private var start = 0

    var count: Int { runs.count - start }

    /// Appends numbers behind all others. If they go on where the last run ends, they are of it.
    mutating func append(_ run: Run) {
        guard run.first <= run.last else { return }
        if let last = runs.last, last.source == run.source, last.last + 1 == run.first, last.shift == run.shift,
            last.timestampShift == run.timestampShift
        {
            return runs[runs.count - 1].last = run.last
        }
        runs.append(run)
        if count > Self.maximumCount { start += 1 }
        if start > Self.maximumCount { (runs, start) = (Array(runs[start...]), 0) }
    }

    /// The run of a source's number; nil if it was left out, or is too old.
    func run(of source: UInt32, number: Int64) -> Run? {
        runs[start...].last { $0.source == source && $0.first <= number && number <= $0.last }
    }

    /// The run of a watcher's number; nil if it is too old.
    func run(of number: Int64) -> Run? {
        runs[start...].last { $0.first + $0.shift <= number && number <= $0.last + $0.shift }
    }
}
