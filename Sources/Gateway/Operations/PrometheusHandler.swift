internal import CoreMetrics

/// One metric of the application's, which writes to its series.
final class PrometheusHandler: CounterHandler, FloatingPointCounterHandler, MeterHandler, RecorderHandler, TimerHandler
{
    private let series: MetricSeries
    private let isHistogram: Bool

    init(_ series: MetricSeries, isHistogram: Bool = false) {
        self.series = series
        self.isHistogram = isHistogram
    }

    func increment(by amount: Int64) { series.add(Double(amount)) }
    func increment(by amount: Double) { series.add(amount) }
    func decrement(by amount: Double) { series.add(-amount) }
    func set(_ value: Int64) { series.set(Double(value)) }
    func set(_ value: Double) { series.set(value) }
    func record(_ value: Int64) { record(Double(value)) }
    func record(_ value: Double) { isHistogram ? series.observe(value) : series.set(value) }
    func recordNanoseconds(_ duration: Int64) { series.observe(Double(duration) / 1e9) }
    /// Counters only grow, as Prometheus expects.
    func reset() {}
}
