internal import Metrics

/// What the gateway counts.
struct GatewayMetrics: Sendable {
    private let factory: any MetricsFactory
    private let active: Meter
    private let connected: Meter

    init(factory: any MetricsFactory) {
        self.factory = factory
        active = Meter(label: "gateway_sessions", dimensions: [("state", "active")], factory: factory)
        connected = Meter(label: "gateway_sessions", dimensions: [("state", "connected")], factory: factory)
    }

    func sessions(active: Int, connected: Int) {
        self.active.set(active)
        self.connected.set(connected)
    }

    func requestTook(_ time: Duration, _ transport: RPCRequest.Transport) {
        Timer(label: "gateway_rpc_seconds", dimensions: [("transport", transport.rawValue)], factory: factory)
            .recordNanoseconds(Int64(time / .nanoseconds(1)))
    }

    /// - Parameter error: why it had no result; its code becomes a label where it is one of ours.
    func requestEnded(_ transport: RPCRequest.Transport, _ error: RPCError?) {
        let known = ["malformed", "too-large", "unknown-action", "internal", "cancelled"]
        let result = error.map { known.contains($0.code) ? $0.code : "error" } ?? "ok"
        Counter(
            label: "gateway_rpc_total", dimensions: [("transport", transport.rawValue), ("result", result)],
            factory: factory
        ).increment()
    }

    func answered(_ method: String, _ path: String, status: Int, in time: Duration) {
        Counter(
            label: "gateway_http_requests_total",
            dimensions: [("method", method), ("path", path), ("status", "\(status)")], factory: factory
        ).increment()
        Timer(label: "gateway_http_seconds", dimensions: [("path", path)], factory: factory)
            .recordNanoseconds(Int64(time / .nanoseconds(1)))
    }
}
