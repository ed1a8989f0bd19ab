internal import HTTPTypes
internal import Hummingbird
internal import Signaling

/// Lets requests in, or says why not: by their number, by `Host` and `Origin`, and by their token.
struct Gatekeeper: Sendable {
    /// What answers expose to pages beside the usual.
    static let exposed = "Location, Link, ETag, Accept-Patch, Retry-After"

    private static let host = HTTPField.Name("Host") ?? .via

    let table: AccessTable
    let access: RequestAccess
    let tokens: (any TokenVerifier)?
    let limits: AddressLimits
    let now: @Sendable () -> Duration

    /// Checks what does not depend on who asks.
    func check(_ request: Request, from address: String, to route: RouteClass) throws(GatewayFailure) {
        guard limits.take(RequestAccess.limitKey(address), now: now()) else {
            throw .tooMany("rate-limited", "There are too many requests from this address; wait a little.")
        }
        // The first is the authority, and others are still there; one is allowed (RFC 9112 §3.2).
        let hosts = (request.head.authority.map { [$0] } ?? []) + request.headers[values: Self.host]
        // A load balancer has no origin, and perhaps no name either; and there is nothing in it for
        // a page.
        if route == .health && hosts.isEmpty { return }
        let origins = route == .health ? [] : request.headers[values: .origin]
        do throws(RequestAccess.Refusal) {
            try access.check(hosts: hosts, origins: origins)
        } catch {
            let code = [400: "malformed", 403: "wrong-origin"][error.status] ?? "wrong-host"
            throw GatewayFailure(.init(code: error.status), code, error.text)
        }
    }

    /// Finds out who asks, and whether that one may.
    func admit(_ request: Request, from address: String, to route: RouteClass) async throws(GatewayFailure) -> Caller {
        let requirement = table.requirement(for: route)
        let identity = try await identity(of: request)
        switch requirement {
        case .open: break
        case .token:
            if identity == nil { throw missing }
        case .scope(let scope):
            guard let identity else { throw missing }
            // Who runs the server may do with streams what their publishers may.
            guard identity.scopes.contains(scope) || route == .whip && identity.scopes.contains("api") else {
                throw GatewayFailure(
                    .forbidden, "forbidden", "The token needs the scope \"\(scope)\".",
                    headers: [.wwwAuthenticate: "Bearer error=\"insufficient_scope\", scope=\"\(scope)\""])
            }
        }
        return Caller(identity: identity, address: address)
    }

    private func identity(of request: Request) async throws(GatewayFailure) -> TokenIdentity? {
        guard let tokens, let token = token(of: request) else { return nil }
        do throws(TokenError) {
            return try await tokens.identity(of: token)
        } catch {
            throw GatewayFailure(
                .unauthorized, "unauthorized", "The token is refused: \(error.message)",
                headers: [.wwwAuthenticate: "Bearer error=\"invalid_token\""])
        }
    }

    private func token(of request: Request) -> String? {
        RequestAccess.bearer(in: request.headers[values: .authorization])
            ?? request.uri.queryParameters["token"].map { String($0) }
    }

    private var missing: GatewayFailure {
        GatewayFailure(
            .unauthorized, "unauthorized",
            tokens == nil
                ? "This needs a token, and the server was given no keys to check one with."
                : "This needs a token, in Authorization: Bearer.",
            headers: [.wwwAuthenticate: "Bearer"])
    }

    /// What says to the browser that the page may read the answer.
    func crossOriginHeaders(for request: Request, to route: RouteClass) -> HTTPFields {
        // Whose page asks after health was not looked at.
        guard route != .health, let origin = request.headers[.origin] else { return [:] }
        return [
            .accessControlAllowOrigin: origin, .vary: "Origin", .accessControlExposeHeaders: Self.exposed,
        ]
    }

    /// The answer to the browser's question before a request of a page (Fetch §4.8).
    func preflight(_ routes: [GatewayRoute], _ methods: [HTTPRequest.Method]) -> Response {
        var headers: HTTPFields = [
            .accessControlAllowMethods: methods.map(\.rawValue).joined(separator: ", "),
            .accessControlAllowHeaders: "authorization, content-type, if-match", .accessControlMaxAge: "600",
        ]
        for route in routes where route.method == .post { headers[.acceptPost] = route.accepts }
        for route in routes where route.method == .patch { headers[.acceptPatch] = route.accepts }
        return Response(status: .noContent, headers: headers)
    }
}
