internal import Synchronization

/// What one series of a metric has counted; from any thread.
final class MetricSeries: Sendable {
    /// The upper bounds of histograms' buckets, in seconds or whatever else is measured.
    static let bounds: [Double] = [
        0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10,
    ]

    struct Values: Sendable {
        var sum = 0.0
        var count: UInt64 = 0
        /// Of each bound, those that are not above it and above the one before.
        var buckets: [UInt64] = []
    }

    private let values: Mutex<Values>

    init(isHistogram: Bool) {
        values = Mutex(Values(buckets: isHistogram ? Array(repeating: 0, count: Self.bounds.count) : []))
    }

    var now: Values { values.withLock { $0 } }

    func add(_ amount: Double) { values.withLock { $0.sum += amount } }

    func set(_ value: Double) { values.withLock { $0.sum = value } }

    func observe(_ value: Double) {
        values.withLock { values in
            values.sum += value
            values.count += 1
            if let index = Self.bounds.firstIndex(where: { value <= $0 }) { values.buckets[index] += 1 }
        }
    }
}
