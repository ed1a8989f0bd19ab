internal import Hummingbird
internal import NIOCore
internal import StrictJSON

/// For those who run the server: whether it lives, whether it takes more, and what it counts.
struct OperationsRoutes: Sendable {
    /// Why no more is taken; nil while it is.
    let refusal: @Sendable () async -> String?
    let metrics: PrometheusMetrics?

    var routes: [GatewayRoute] {
        var routes = [
            GatewayRoute(.get, "/health", .health) { _ throws(GatewayFailure) in
                .json(.object(["status": .string("ok")]))
            },
            GatewayRoute(.get, "/ready", .health) { _ throws(GatewayFailure) in
                let refusal = await refusal()
                return .json(
                    .object(["status": .string(refusal ?? "ok")]), status: refusal == nil ? .ok : .serviceUnavailable,
                    headers: refusal == nil ? [:] : [.retryAfter: "5"])
            },
        ]
        guard let metrics else { return routes }
        routes.append(
            GatewayRoute(.get, "/metrics", .metrics) { _ throws(GatewayFailure) in Self.answer(metrics) })
        return routes
    }

    /// All that is counted, for Prometheus.
    static func answer(_ metrics: PrometheusMetrics) -> Response {
        Response(
            status: .ok,
            headers: [.contentType: "text/plain; version=0.0.4; charset=utf-8", .cacheControl: "no-store"],
            body: .init(byteBuffer: ByteBuffer(string: metrics.text)))
    }
}
