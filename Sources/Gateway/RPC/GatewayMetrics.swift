internal import Metrics
internal import Synchronization

/// What the gateway counts. Each counter and timer is made once: making one writes its labels,
/// which costs more than a request.
final class GatewayMetrics: Sendable {
    private enum Key: Hashable {
        case rpcTime(RPCRequest.Transport)
        case rpcEnd(RPCRequest.Transport, String)
        case answer(method: String, path: String, status: Int)
        case answerTime(path: String)
    }

    private struct Made {
        var counters: [Key: Counter] = [:]
        var timers: [Key: Timer] = [:]
    }

    private let factory: any MetricsFactory
    /// As many as there are paths, methods and statuses.
    private let made = Mutex(Made())
    private let active: Meter
    private let connected: Meter
    private let live: Meter
    private let watchers: Meter
    private let silences: Counter
    private let sourceFailures: Counter

    init(factory: any MetricsFactory) {
        self.factory = factory
        active = Meter(label: "gateway_sessions", dimensions: [("state", "active")], factory: factory)
        connected = Meter(label: "gateway_sessions", dimensions: [("state", "connected")], factory: factory)
        live = Meter(label: "gateway_streams", dimensions: [], factory: factory)
        watchers = Meter(label: "gateway_stream_watchers", dimensions: [], factory: factory)
        silences = Counter(label: "gateway_stream_silences_total", dimensions: [], factory: factory)
        sourceFailures = Counter(label: "gateway_stream_source_failures_total", dimensions: [], factory: factory)
    }

    func sessions(active: Int, connected: Int) {
        self.active.set(active)
        self.connected.set(connected)
    }

    func streams(_ live: Int, watchers: Int) {
        self.live.set(live)
        self.watchers.set(watchers)
    }

    /// A publisher or a source sends nothing, and may come back.
    func fellSilent() { silences.increment() }

    /// A source that was asked for could not be begun.
    func sourceFailed() { sourceFailures.increment() }

    func requestTook(_ time: Duration, _ transport: RPCRequest.Transport) {
        timer(.rpcTime(transport), "gateway_rpc_seconds") { [("transport", transport.rawValue)] }
            .recordNanoseconds(Int64(time / .nanoseconds(1)))
    }

    /// - Parameter error: why it had no result; its code becomes a label where it is one of ours.
    func requestEnded(_ transport: RPCRequest.Transport, _ error: RPCError?) {
        let known = ["malformed", "too-large", "unknown-action", "internal", "cancelled"]
        let result = error.map { known.contains($0.code) ? $0.code : "error" } ?? "ok"
        counter(.rpcEnd(transport, result), "gateway_rpc_total") {
            [("transport", transport.rawValue), ("result", result)]
        }.increment()
    }

    func answered(_ method: String, _ path: String, status: Int, in time: Duration) {
        counter(.answer(method: method, path: path, status: status), "gateway_http_requests_total") {
            [("method", method), ("path", path), ("status", "\(status)")]
        }.increment()
        timer(.answerTime(path: path), "gateway_http_seconds") { [("path", path)] }
            .recordNanoseconds(Int64(time / .nanoseconds(1)))
    }

    private func counter(_ key: Key, _ label: String, _ dimensions: () -> [(String, String)]) -> Counter {
        find(key, in: \.counters) { Counter(label: label, dimensions: dimensions(), factory: factory) }
    }

    private func timer(_ key: Key, _ label: String, _ dimensions: () -> [(String, String)]) -> Timer {
        find(key, in: \.timers) { Timer(label: label, dimensions: dimensions(), factory: factory) }
    }

    private func find<Metric: Sendable>(
        _ key: Key, in table: any WritableKeyPath<Made, [Key: Metric]> & Sendable, _ make: () -> Metric
    ) -> Metric {
        if let metric = made.withLock({ $0[keyPath: table][key] }) { return metric }
        // Made outside of the lock: a factory is anybody's. Two made at once count as one.
        let metric = make()
        return made.withLock { made in
            let first = made[keyPath: table][key] ?? metric
            made[keyPath: table][key] = first
            return first
        }
    }
}
