internal import HTTPTypes
internal import Hummingbird
internal import JSEP
internal import Signaling
internal import StrictJSON
internal import Streaming
internal import WebRTC

/// The streams for those who run them: list, look at, end, and follow.
struct StreamerRoutes: Sendable {
    let service: StreamService

    var routes: [GatewayRoute] {
        [
            GatewayRoute(.get, "/api/streamers", .streamers) { _ throws(GatewayFailure) in
                var all: [JSONValue] = []
                for (name, stream) in await service.streams.sorted(by: { $0.key < $1.key }) {
                    all.append(await Self.summary(name, stream))
                }
                return .json(.array(all))
            },
            GatewayRoute(.get, "/api/streamers/events", .streamers) { _ throws(GatewayFailure) in
                try await service.makeEventStream().response()
            },
            GatewayRoute(.get, "/api/streamers/:stream", .streamers) { request throws(GatewayFailure) in
                let name = try StreamRoutes.name(of: request)
                guard let stream = await service.streams[name] else { throw Self.unknown(name) }
                return .json(await Self.document(name, stream))
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
                guard let session = await service.watcher(peer, of: name) else {
                    throw GatewayFailure(.notFound, "unknown-peer", "Nobody of that id watches \"\(name)\".")
                }
                await service.end(session)
                return Response(status: .noContent)
            },
        ]
    }

    /// A user's stream is that user's to end, and an operator's, whose token has the scope `api`.
    private func checkOwner(of name: String, _ request: GatewayRequest) async throws(GatewayFailure) {
        guard let owner = await service.streams[name]?.publisher?.owner, owner.subject != nil,
            owner != StreamOwner(request.caller), request.caller.identity?.scopes.contains("api") != true
        else { return }
        throw GatewayFailure(.forbidden, "forbidden", "The stream \"\(name)\" is another user's.")
    }

    private static func unknown(_ name: String) -> GatewayFailure {
        GatewayFailure(.notFound, "unknown-stream", "There is no stream \"\(name)\".")
    }

    static func summary(_ name: String, _ stream: StreamService.Stream) async -> JSONValue {
        .object(await members(name, stream))
    }

    private static func members(_ name: String, _ stream: StreamService.Stream) async -> [String: JSONValue] {
        let state = await stream.streamer.state
        let isLive = state == .live && !stream.isSilent
        var members: [String: JSONValue] = [
            "streamer_id": .string(name), "moonlight_connected": .bool(isLive),
            "connected_peers": .number(stream.watchers.count), "created_at": .time(stream.created),
            "kinds": .array(stream.kinds.map(\.rawValue).sorted().map { .string($0) }),
        ]
        switch state {
        case .starting: members["status"] = .string("starting")
        case .live where stream.isSilent:
            members["status"] = .string("failed")
            members["reason"] = .string("The publisher has sent nothing for a second; it may come back.")
        case .live: members["status"] = .string("live")
        case .stopped: members["status"] = .string("stopped")
        case .failed(let reason):
            members["status"] = .string("failed")
            members["reason"] = .string(reason)
        }
        return members
    }

    /// A stream with its publisher and its watchers.
    private static func document(_ name: String, _ stream: StreamService.Stream) async -> JSONValue {
        var members = await members(name, stream)
        if let publisher = stream.publisher { members["publisher"] = await peer(publisher) }
        var watchers: [JSONValue] = []
        for watcher in stream.watchers.values.sorted(by: { $0.created < $1.created }) {
            watchers.append(await peer(watcher))
        }
        members["peers"] = .array(watchers)
        return .object(members)
    }

    private static func peer(_ session: StreamSession) async -> JSONValue {
        let connection = session.connection
        let report = await connection.getStats()
        var members: [String: JSONValue] = [
            "peer_id": .string(session.name), "created_at": .time(session.created),
            "state": .string(connection.connectionState.rawValue),
            "diagnosis": (try? JSONValue(encoding: connection.diagnosis)) ?? .null,
            // In seconds, as the W3C's statistics are.
            "round_trip_time": .number(report.selectedCandidatePair?.currentRoundTripTime),
            "available_outgoing_bitrate": .number(connection.availableOutgoingBitrate.map(Double.init)),
        ]
        if let subject = session.owner.subject { members["subject"] = .string(subject) }
        return .object(members)
    }
}
