internal import Foundation
internal import HTTPTypes
internal import Hummingbird
internal import Logging
internal import NIOCore

// Every request goes the same way: in by its number, headers and token, through its route, and out
// with what the browser wants to see.
extension Gateway {
    /// The methods that are answered on every path, if only by saying no.
    private static let methods: [HTTPRequest.Method] =
        [.get, .head, .post, .put, .patch, .delete, .trace, .connect]
        + [HTTPRequest.Method("QUERY")].compactMap { $0 }

    func add<Context: RemoteAddressRequestContext>(_ routes: [GatewayRoute], to router: some RouterMethods<Context>) {
        for (path, ofPath) in Dictionary(grouping: routes, by: \.path) {
            guard let access = ofPath.first?.access else { continue }
            var methods = ofPath.map(\.method)
            for route in ofPath { on(route.method, route, to: router) }
            if let get = ofPath.first(where: { $0.method == .get }) {
                on(.head, get, to: router)
                methods.append(.head)
            }
            let known = methods
            let preflight = GatewayRoute(.options, path, access) { [gatekeeper] _ throws(GatewayFailure) in
                gatekeeper.preflight(ofPath, known)
            }
            on(.options, preflight, to: router)
            let allow = (known + [.options]).map(\.rawValue).joined(separator: ", ")
            for method in Self.methods where !known.contains(method) {
                let refusal = GatewayRoute(method, path, access) { _ throws(GatewayFailure) in
                    throw GatewayFailure(
                        .methodNotAllowed, "method-not-allowed", "This path has \(allow).", headers: [.allow: allow])
                }
                on(method, refusal, to: router)
            }
        }
    }

    /// What is nowhere is refused like everything else is.
    func answerNotFound(_ request: Request, _ context: GatewayContext) async -> Response {
        let nothing = GatewayRoute(request.method, "", .pages) { _ throws(GatewayFailure) in
            throw GatewayFailure(.notFound, "not-found", "There is nothing here.")
        }
        return await answer(request, parameters: context.parameters, from: context.remoteAddress, by: nothing)
    }

    private func on<Context: RemoteAddressRequestContext>(
        _ method: HTTPRequest.Method, _ route: GatewayRoute, to router: some RouterMethods<Context>
    ) {
        router.on(RouterPath(route.path), method: method) { [self] request, context in
            await answer(request, parameters: context.parameters, from: context.remoteAddress, by: route)
        }
    }

    private func answer(
        _ request: Request, parameters: Parameters, from remote: SocketAddress?, by route: GatewayRoute
    ) async -> Response {
        let start = ContinuousClock.now
        let address = proxies.client(behind: remote?.ipAddress ?? "", request.headers[values: .xForwardedFor])
        var response: Response
        do throws(GatewayFailure) {
            try gatekeeper.check(request, from: address, to: route.access)
            do throws(GatewayFailure) {
                // A browser asks before it shows a token, and a path's other methods are no secret.
                let isFree = route.method == .options
                let caller = isFree ? nil : try await gatekeeper.admit(request, from: address, to: route.access)
                response = try await route.handle(
                    GatewayRequest(
                        request: request, parameters: parameters,
                        caller: caller ?? Caller(identity: nil, address: address)))
            } catch {
                response = refuse(error, request, route)
            }
            response.headers.append(contentsOf: gatekeeper.crossOriginHeaders(for: request, to: route.access))
        } catch {
            response = refuse(error, request, route)
            // When to come again is for pages, too; who they are was not looked at yet.
            if error.status == .tooManyRequests {
                response.headers.append(contentsOf: gatekeeper.crossOriginHeaders(for: request, to: route.access))
            }
        }
        if request.method == .head { response = response.createHeadResponse() }
        metrics.answered(
            Self.methods.contains(request.method) ? request.method.rawValue : "OTHER", route.path,
            status: response.status.code, in: ContinuousClock.now - start)
        return response
    }

    /// Lets a request in that becomes a WebSocket: by the same rules as each other one.
    func openSocket(
        _ request: Request, _ parameters: Parameters, from remote: SocketAddress?, by route: SocketRoute
    ) async throws(GatewayFailure) -> SocketRoute.Body {
        let start = ContinuousClock.now
        let address = proxies.client(behind: remote?.ipAddress ?? "", request.headers[values: .xForwardedFor])
        var status = 101
        defer {
            metrics.answered(request.method.rawValue, route.path, status: status, in: ContinuousClock.now - start)
        }
        do throws(GatewayFailure) {
            try gatekeeper.check(request, from: address, to: route.access)
            let caller = try await gatekeeper.admit(request, from: address, to: route.access)
            return try await route.open(GatewayRequest(request: request, parameters: parameters, caller: caller))
        } catch {
            status = error.status.code
            throw error
        }
    }

    private func refuse(_ failure: GatewayFailure, _ request: Request, _ route: GatewayRoute) -> Response {
        // The path as it was declared: what was asked for may have a token in its query.
        configuration.logger.debug(
            "a request is refused",
            metadata: ["path": "\(route.path)", "code": "\(failure.code)", "status": "\(failure.status.code)"])
        return failure.response
    }
}

/// Answers what no route has.
struct NotFoundMiddleware: RouterMiddleware {
    let gateway: Gateway

    func handle(
        _ request: Request, context: GatewayContext,
        next: @concurrent (Request, GatewayContext) async throws -> Response
    ) async throws -> Response {
        do {
            return try await next(request, context)
        } catch let error as HTTPError where error.status == .notFound {
            return await gateway.answerNotFound(request, context)
        }
    }
}

extension HTTPField.Name {
    fileprivate static var xForwardedFor: Self { Self("X-Forwarded-For") ?? .via }
}
