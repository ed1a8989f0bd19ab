public import CoreMetrics
internal import Synchronization

/// Counts in memory, and writes it in Prometheus' text format (0.0.4). A `MetricsFactory`: hand it
/// to `MetricsSystem.bootstrap`, to a signaling server and to the gateway, and all of it is at
/// `/metrics`.
///
/// Counters, gauges and histograms; times are in seconds. There may be 4096 series, those beyond
/// are not counted; so labels are for few values, and never for ids. From any thread.
public final class PrometheusMetrics: MetricsFactory {
    private static let most = 4096

    enum Kind: String, Sendable { case counter, gauge, histogram }

    struct Key: Hashable, Sendable {
        let name: String
        /// As it is written, without braces; empty for none.
        let labels: String
    }

    private struct State: Sendable {
        var series: [Key: (kind: Kind, series: MetricSeries)] = [:]
        var kinds: [String: Kind] = [:]
    }

    private let state = Mutex(State())

    /// Nothing is counted yet.
    public init() {}

    /// All that was counted, in Prometheus' text format.
    public var text: String {
        let all = state.withLock { $0.series }
        var text = ""
        var last = ""
        for (key, entry) in all.sorted(by: { ($0.key.name, $0.key.labels) < ($1.key.name, $1.key.labels) }) {
            if key.name != last { text += "# TYPE \(key.name) \(entry.kind.rawValue)\n" }
            last = key.name
            Self.write(entry.series.now, key, entry.kind, to: &text)
        }
        return text
    }

    /// A counter.
    public func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
        PrometheusHandler(series(label, dimensions, .counter))
    }

    /// A counter of fractions.
    public func makeFloatingPointCounter(
        label: String, dimensions: [(String, String)]
    ) -> any FloatingPointCounterHandler {
        PrometheusHandler(series(label, dimensions, .counter))
    }

    /// A gauge.
    public func makeMeter(label: String, dimensions: [(String, String)]) -> any MeterHandler {
        PrometheusHandler(series(label, dimensions, .gauge))
    }

    /// A histogram, or a gauge where the values are not to be aggregated.
    public func makeRecorder(
        label: String, dimensions: [(String, String)], aggregate: Bool
    ) -> any RecorderHandler {
        PrometheusHandler(series(label, dimensions, aggregate ? .histogram : .gauge), isHistogram: aggregate)
    }

    /// A histogram in seconds.
    public func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
        PrometheusHandler(series(label, dimensions, .histogram), isHistogram: true)
    }

    /// Series stay, as Prometheus expects of them.
    public func destroyCounter(_ handler: any CounterHandler) {}
    /// Series stay.
    public func destroyFloatingPointCounter(_ handler: any FloatingPointCounterHandler) {}
    /// Series stay.
    public func destroyMeter(_ handler: any MeterHandler) {}
    /// Series stay.
    public func destroyRecorder(_ handler: any RecorderHandler) {}
    /// Series stay.
    public func destroyTimer(_ handler: any TimerHandler) {}

    private func series(_ label: String, _ dimensions: [(String, String)], _ kind: Kind) -> MetricSeries {
        let key = Key(name: Self.name(label), labels: Self.labels(dimensions))
        return state.withLock { state in
            if let found = state.series[key], found.kind == kind { return found.series }
            let series = MetricSeries(isHistogram: kind == .histogram)
            // One name is of one kind, and the table has an end; what does not fit counts for
            // nobody.
            guard state.kinds[key.name, default: kind] == kind, state.series.count < Self.most else { return series }
            state.kinds[key.name] = kind
            state.series[key] = (kind, series)
            return series
        }
    }

    private static func write(_ values: MetricSeries.Values, _ key: Key, _ kind: Kind, to text: inout String) {
        func line(_ suffix: String, _ extra: String?, _ value: String) {
            let labels = [key.labels, extra ?? ""].filter { !$0.isEmpty }.joined(separator: ",")
            text += "\(key.name)\(suffix)\(labels.isEmpty ? "" : "{\(labels)}") \(value)\n"
        }
        guard kind == .histogram else { return line("", nil, number(values.sum)) }
        var sum: UInt64 = 0
        for (bound, count) in zip(MetricSeries.bounds, values.buckets) {
            sum += count
            line("_bucket", "le=\"\(number(bound))\"", "\(sum)")
        }
        line("_bucket", "le=\"+Inf\"", "\(values.count)")
        line("_sum", nil, number(values.sum))
        line("_count", nil, "\(values.count)")
    }

    private static func number(_ value: Double) -> String {
        if let whole = Int(exactly: value) { return "\(whole)" }
        return value.isNaN ? "NaN" : value == .infinity ? "+Inf" : value == -.infinity ? "-Inf" : "\(value)"
    }

    private static func name(_ label: String) -> String {
        var name = ""
        for scalar in label.unicodeScalars.prefix(200) {
            let isFit =
                scalar.isASCII && (scalar.properties.isAlphabetic || "0123456789_:".unicodeScalars.contains(scalar))
            name.unicodeScalars.append(isFit ? scalar : "_")
        }
        return name.first?.isNumber ?? true ? "_" + name : name
    }

    private static func labels(_ dimensions: [(String, String)]) -> String {
        dimensions.sorted { $0 < $1 }.map { key, value in
            let escaped = value.prefix(200).replacing("\\", with: "\\\\").replacing("\"", with: "\\\"")
                .replacing("\n", with: "\\n")
            return "\(name(key))=\"\(escaped)\""
        }.joined(separator: ",")
    }
}
