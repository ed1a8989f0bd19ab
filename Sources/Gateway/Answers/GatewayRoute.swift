internal import Hummingbird

/// One method of one path: who may use it, and what it does.
struct GatewayRoute: Sendable {
    typealias Handler = @Sendable (GatewayRequest) async throws(GatewayFailure) -> Response

    let method: HTTPRequest.Method
    /// As Hummingbird writes paths, parameters with a colon.
    let path: String
    let access: RouteClass
    let handle: Handler
    /// The types of body that it takes, where clients ask for them (`Accept-Post`, `Accept-Patch`).
    var accepts: String?

    init(_ method: HTTPRequest.Method, _ path: String, _ access: RouteClass, handle: @escaping Handler) {
        self.method = method
        self.path = path
        self.access = access
        self.handle = handle
    }
}
