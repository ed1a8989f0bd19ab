internal import HTTPTypes
internal import Hummingbird
internal import ICE
internal import Signaling
internal import StrictJSON

/// The streams for those who run them, and who watch them: make, list, look at, end, follow, and a
/// watcher's socket.
struct StreamerRoutes: Sendable {
    /// The most bytes that a body may have: settings, with an SDP among them.
    private static let bodyLimit = 128 * 1024

    let service: StreamService
    /// The ICE servers that a client is told.
    let iceServers: @Sendable (Caller) -> [ICEServer]

    /// A watcher's WebSocket.
    var sockets: [SocketRoute] {
        [
            SocketRoute(path: "/api/streamers/:stream/peer", access: .streamers) {
                request throws(GatewayFailure) in
                let name = try StreamRoutes.name(of: request)
                let stream = try await service.known(name)
                let (owner, servers) = (StreamOwner(request.caller), iceServers(request.caller))
                return { [service] socket in
                    let peer = PeerSocket(
                        service: service, stream: stream, name: name, owner: owner, iceServers: servers, socket: socket)
                    await peer.run()
                }
            }
        ]
    }

    var routes: [GatewayRoute] {
        var post = GatewayRoute(.post, "/api/streamers", .whip) { request throws(GatewayFailure) in
            let wanted = try StreamerRequest(reading: try await request.object(upTo: Self.bodyLimit))
            try await service.host(wanted, by: StreamOwner(request.caller))
            guard let stream = await service.streams[wanted.streamerID] else { throw Self.unknown(wanted.streamerID) }
            return .json(
                await StreamDocument.summary(wanted.streamerID, stream), status: .created,
                headers: [.location: "/api/streamers/\(wanted.streamerID)"])
        }
        post.accepts = "application/json"
        let recordings = RecordingRoutes(service: service) { name, request throws(GatewayFailure) in
            try await checkOwner(of: name, request)
        }
        return [post] + streamers + recordings.routes
    }

    private var streamers: [GatewayRoute] {
        [
            GatewayRoute(.get, "/api/streamers/:stream/peer", .streamers) { request throws(GatewayFailure) in
                _ = try await service.known(try StreamRoutes.name(of: request))
                throw .upgradeRequired
            },
            GatewayRoute(.get, "/api/streamers", .streamers) { _ throws(GatewayFailure) in
                var all: [JSONValue] = []
                for (name, stream) in await service.streams.sorted(by: { $0.key < $1.key }) {
                    all.append(await StreamDocument.summary(name, stream))
                }
                return .json(.array(all))
            },
            GatewayRoute(.get, "/api/streamers/events", .streamers) { request throws(GatewayFailure) in
                try await service.makeEventStream(for: request.caller).response()
            },
            GatewayRoute(.get, "/api/streamers/:stream", .streamers) { request throws(GatewayFailure) in
                let name = try StreamRoutes.name(of: request)
                guard let stream = await service.streams[name] else { throw Self.unknown(name) }
                return .json(await StreamDocument.whole(name, stream))
            },
            GatewayRoute(.delete, "/api/streamers/:stream", .whip) { request throws(GatewayFailure) in
                let name = try StreamRoutes.name(of: request)
                try await checkOwner(of: name, request)
                guard await service.stop(name) else { throw Self.unknown(name) }
                return Response(status: .noContent)
            },
            GatewayRoute(.delete, "/api/streamers/:stream/peers/:peer", .whip) { request throws(GatewayFailure) in
                let name = try StreamRoutes.name(of: request)
                try await checkOwner(of: name, request)
                let peer = request.parameters.get("peer") ?? ""
                guard await service.endWatcher(peer, of: name) else {
                    throw GatewayFailure(.notFound, "unknown-peer", "Nobody of that id watches \"\(name)\".")
                }
                return Response(status: .noContent)
            },
        ]
    }

    /// A user's stream is that user's to end, and an operator's, whose token has the scope `api`.
    private func checkOwner(of name: String, _ request: GatewayRequest) async throws(GatewayFailure) {
        guard let owner = await service.streams[name]?.owner, owner.subject != nil,
            owner != StreamOwner(request.caller), request.caller.identity?.scopes.contains("api") != true
        else { return }
        throw GatewayFailure(.forbidden, "forbidden", "The stream \"\(name)\" is another user's.")
    }

    private static func unknown(_ name: String) -> GatewayFailure {
        GatewayFailure(.notFound, "unknown-stream", "There is no stream \"\(name)\".")
    }
}
