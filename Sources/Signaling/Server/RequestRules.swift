internal import Foundation
internal import NIOHTTP1

/// What the server says to a request: a WebSocket on `/` and `/ws` for whom the access rules let
/// in, words for the rest.
struct RequestRules: Sendable {
    private let access: RequestAccess
    private let subprotocols: [String]

    init(configuration: SignalingServerConfiguration, isOnLoopback: Bool, isSecure: Bool) {
        access = RequestAccess(
            hostNames: configuration.hostNames, allowedOrigins: configuration.allowedOrigins,
            isOnLoopback: isOnLoopback, isSecure: isSecure)
        subprotocols = configuration.subprotocols
    }

    /// The headers of a 101 answer.
    func upgrade(_ request: HTTPRequestHead) throws(HTTPAnswer) -> HTTPHeaders {
        try checkAccess(request, origins: request.headers["origin"])
        guard isWebSocketPath(request) else { throw Self.notFound }
        guard OpeningHandshake.isAsked(by: request) else { throw Self.upgradeRequired }
        return try OpeningHandshake.accept(request, subprotocols: subprotocols)
    }

    /// What a request gets that is no WebSocket, or must not be one.
    func answer(_ request: HTTPRequestHead, readiness: Readiness = .ready) -> HTTPAnswer {
        do throws(HTTPAnswer) {
            if let probe = Readiness.Probe(rawValue: String(path(request))) {
                // A load balancer has no origin, and there is nothing in it for a page.
                try checkAccess(request, origins: [])
                return readiness.answer(to: probe, request.method)
            }
            if OpeningHandshake.isAsked(by: request) {
                _ = try upgrade(request)
                // It was refused before it came here, so this is not reached but by a change in
                // between.
                return HTTPAnswer(status: .badRequest, text: "Try again.")
            }
            try checkAccess(request, origins: request.headers["origin"])
            guard isWebSocketPath(request) else { throw Self.notFound }
            guard request.method == .GET || request.method == .HEAD else {
                return HTTPAnswer(
                    status: .methodNotAllowed, text: "Connect with a WebSocket to / or /ws.",
                    headers: ["allow": "GET, HEAD"])
            }
            guard path(request) == "/ws" else {
                return HTTPAnswer(
                    status: .ok, text: "This is a swift-webrtc signaling server. Connect with a WebSocket to / or /ws.")
            }
            return Self.upgradeRequired
        } catch {
            return error
        }
    }

    /// What a request calls the server.
    func host(of request: HTTPRequestHead) -> String? { target(request).host ?? request.headers["host"].first }

    /// The token that a request shows: in `Authorization: Bearer` (RFC 6750 §2.1), or, as pages
    /// cannot set that for a WebSocket, in the query as `token`. Nil where there is none.
    func token(of request: HTTPRequestHead) -> String? {
        if let token = RequestAccess.bearer(in: request.headers["authorization"]) { return token }
        let query = target(request).path.drop { $0 != "?" }.dropFirst().prefix { $0 != "#" }
        let member = query.split(separator: "&").first { $0.hasPrefix("token=") }
        return member.map { String($0.dropFirst(6)) }.map { $0.removingPercentEncoding ?? $0 }
    }

    private static let upgradeRequired = HTTPAnswer(
        status: .upgradeRequired, text: "Connect with a WebSocket.",
        headers: ["upgrade": "websocket", "sec-websocket-version": OpeningHandshake.version])
    private static let notFound = HTTPAnswer(
        status: .notFound, text: "There is nothing here; the WebSocket is at / and /ws.")

    private func isWebSocketPath(_ request: HTTPRequestHead) -> Bool { ["/", "/ws"].contains(path(request)) }

    private func path(_ request: HTTPRequestHead) -> Substring { target(request).path.prefix { $0 != "?" } }

    /// A request may name the whole URL, whose host then counts in place of the header's (RFC 6455
    /// §4.1, RFC 9112 §3.2.2).
    private func target(_ request: HTTPRequestHead) -> (host: String?, path: Substring) {
        let lowered = request.uri.lowercased()
        guard let scheme = ["http://", "https://"].first(where: lowered.hasPrefix) else {
            return (nil, request.uri[...])
        }
        let rest = request.uri.dropFirst(scheme.count)
        let path = rest.drop { $0 != "/" && $0 != "?" }
        return (String(rest.dropLast(path.count)), path.first == "/" ? path : "/" + path)
    }

    private func checkAccess(_ request: HTTPRequestHead, origins: [String]) throws(HTTPAnswer) {
        // HTTP/1.0 needs no Host; who sends none was not led here by a name.
        let hosts = target(request).host.map { [$0] } ?? request.headers["host"]
        do throws(RequestAccess.Refusal) {
            try access.check(
                hosts: hosts.isEmpty && request.version.minor == 0 ? ["localhost"] : hosts, origins: origins)
        } catch {
            throw HTTPAnswer(status: HTTPResponseStatus(statusCode: error.status), text: error.text)
        }
    }
}
