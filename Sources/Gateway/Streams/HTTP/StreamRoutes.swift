internal import HTTPTypes
internal import Hummingbird
internal import ICE
internal import JSEP
internal import NIOCore
internal import Signaling

/// WHIP (RFC 9725) and WHEP (draft-ietf-wish-whep-04): streams in and out, a request and an answer
/// each.
struct StreamRoutes: Sendable {
    /// The most bytes that a body may have: a description and some.
    private static let bodyLimit = 128 * 1024
    private static let sdp = "application/sdp"

    let service: StreamService
    /// The ICE servers that a client is told.
    let iceServers: @Sendable (Caller) -> [ICEServer]

    var routes: [GatewayRoute] {
        var routes = resource("/whip/:stream/:session", .whip, .publisher)
        routes += resource("/whep/:stream/:session", .whep, .watcher)
        var publish = GatewayRoute(.post, "/whip/:stream", .whip) { request throws(GatewayFailure) in
            try await self.publish(request)
        }
        publish.accepts = Self.sdp
        var watch = GatewayRoute(.post, "/whep/:stream", .whep) { request throws(GatewayFailure) in
            try await self.watch(request)
        }
        watch.accepts = Self.sdp
        routes += [publish, watch]
        // WHEP is discovered by it; WHIP has no other method than POST and OPTIONS (RFC 9725 §4.2).
        routes.append(
            GatewayRoute(.head, "/whep/:stream", .whep) { request throws(GatewayFailure) in
                _ = try Self.name(of: request)
                return Response(status: .ok, headers: [.acceptPost: Self.sdp, .cacheControl: "no-store"])
            })
        return routes
    }

    private func publish(_ request: GatewayRequest) async throws(GatewayFailure) -> Response {
        let name = try Self.name(of: request)
        let offer = try await text(of: request, Self.sdp)
        let (session, answer) = try await service.publish(name, offer, by: StreamOwner(request.caller))
        return await created(session, answer, .created, request)
    }

    private func watch(_ request: GatewayRequest) async throws(GatewayFailure) -> Response {
        let name = try Self.name(of: request)
        let offer = try await text(of: request, Self.sdp)
        switch try await service.watch(name, offer, by: StreamOwner(request.caller)) {
        case .answer(let session, let answer): return await created(session, answer, .created, request)
        case .counterOffer(let session, let offer): return await created(session, offer, .notAcceptable, request)
        }
    }

    private func created(
        _ session: StreamSession, _ description: SessionDescription, _ status: HTTPResponse.Status,
        _ request: GatewayRequest
    ) async -> Response {
        let kind = session.role == .publisher ? "whip" : "whep"
        var headers: HTTPFields = [
            .contentType: Self.sdp, .location: "/\(kind)/\(session.stream)/\(session.id)",
            .acceptPatch: session.role == .publisher
                ? SDPFragment.type : "\(SDPFragment.type), \(Self.sdp)", .cacheControl: "no-store",
        ]
        headers[.eTag] = await session.tag
        for server in iceServers(request.caller) {
            for link in Self.links(server) { headers.append(.init(name: .link, value: link)) }
        }
        return Response(
            status: status, headers: headers, body: .init(byteBuffer: ByteBuffer(string: description.sdp)))
    }

    // MARK: A session's own URL

    private func resource(_ path: String, _ access: RouteClass, _ role: StreamSession.Role) -> [GatewayRoute] {
        var patch = GatewayRoute(.patch, path, access) { request throws(GatewayFailure) in
            try await self.patch(request, try await session(of: request, role))
        }
        patch.accepts = role == .publisher ? SDPFragment.type : "\(SDPFragment.type), \(Self.sdp)"
        let delete = GatewayRoute(.delete, path, access) { request throws(GatewayFailure) in
            await service.end(try await session(of: request, role))
            return Response(status: .ok, headers: [.contentLength: "0"])
        }
        return [patch, delete]
    }

    private func patch(_ request: GatewayRequest, _ session: StreamSession) async throws(GatewayFailure) -> Response {
        let type = Self.type(of: request)
        if type == Self.sdp, session.role == .watcher {
            try await session.take(answer: try await text(of: request, Self.sdp))
            return Response(status: .noContent)
        }
        let fragment = try SDPFragment(parsing: try await text(of: request, SDPFragment.type))
        let matches = request.request.headers[values: .ifMatch]
        guard let ours = try await session.take(fragment, ifMatch: matches) else {
            return Response(status: .noContent, headers: [.eTag: await session.tag])
        }
        return Response(
            status: .ok,
            headers: [.contentType: SDPFragment.type, .eTag: await session.tag, .cacheControl: "no-store"],
            body: .init(byteBuffer: ByteBuffer(string: ours.text)))
    }

    private func session(
        of request: GatewayRequest, _ role: StreamSession.Role
    ) async throws(GatewayFailure) -> StreamSession {
        try await service.session(
            request.parameters.get("session") ?? "", of: request.parameters.get("stream") ?? "", role)
    }

    // MARK: Requests

    /// The name of a stream: up to 64 letters and digits of ASCII, `-`, `.` and `_`.
    static func name(of request: GatewayRequest) throws(GatewayFailure) -> String {
        let name = request.parameters.get("stream") ?? ""
        guard isName(name) else {
            throw .malformed("The name of a stream has 1 to 64 letters, digits, -, . and _.")
        }
        return name
    }

    static func isName(_ name: String) -> Bool {
        (1...64).contains(name.utf8.count) && ![".", "..", "events"].contains(name)
            && name.utf8.allSatisfy { byte in
                switch byte {
                case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"):
                    true
                default: false
                }
            }
    }

    private func text(of request: GatewayRequest, _ type: String) async throws(GatewayFailure) -> String {
        guard Self.type(of: request) == type else {
            throw GatewayFailure(.unsupportedMediaType, "unsupported-type", "The body should be \(type).")
        }
        let bytes = try await request.bytes(upTo: Self.bodyLimit)
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw .malformed("The body is not UTF-8.")
        }
        guard !text.isEmpty else { throw .malformed("The body is empty.") }
        // Descriptions are compared line by line.
        guard !DearText.isFound(in: text) else {
            throw .malformed("The body has more than \(DearText.longestRun) bytes in a row that are not ASCII.")
        }
        return text
    }

    /// The media type without its parameters.
    private static func type(of request: GatewayRequest) -> String {
        let value = request.request.headers[.contentType] ?? ""
        return value.prefix { $0 != ";" }.trimmingPrefix { $0 == " " }.lowercased()
            .split(separator: " ").first.map(String.init) ?? ""
    }

    /// An ICE server as a link (RFC 9725 §4.6).
    private static func links(_ server: ICEServer) -> [String] {
        server.urls.map { url in
            var link = "<\(url)>; rel=\"ice-server\""
            if let username = server.username { link += "; username=\(quoted(username))" }
            if let credential = server.credential {
                link += "; credential=\(quoted(credential)); credential-type=\"password\""
            }
            return link
        }
    }

    private static func quoted(_ text: String) -> String {
        "\"" + text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"") + "\""
    }
}

extension HTTPField.Name {
    /// What a resource takes by POST (RFC 9725 §4.2) and PATCH (RFC 5789 §3.1).
    static let acceptPost = Self("Accept-Post") ?? .accept
    static let acceptPatch = Self("Accept-Patch") ?? .accept
    fileprivate static let link = Self("Link") ?? .via
}
