internal import HTTPTypes
internal import Hummingbird
internal import Mesh
internal import Signaling
internal import StrictJSON

/// `/api/mesh`: the surface of a mesh node for pages.
struct MeshRoutes: Sendable {
    /// The most bytes of a request: 32 KiB of text, each byte of which may be escaped.
    private static let requestLimit = 256 * 1024

    let surface: MeshSurface

    var routes: [GatewayRoute] {
        [
            GatewayRoute(.post, "/api/mesh/start_peer", .api) { request throws(GatewayFailure) in
                try await start(request)
            },
            GatewayRoute(.post, "/api/mesh/send_control_message", .api) { request throws(GatewayFailure) in
                try await send(request)
            },
            GatewayRoute(.get, "/api/mesh/get_connected_peers", .api) { _ throws(GatewayFailure) in
                .json(await surface.peers())
            },
            GatewayRoute(.get, "/api/mesh/get_leader_status", .api) { _ throws(GatewayFailure) in
                .json(await surface.leaderStatus())
            },
            GatewayRoute(.get, "/api/mesh/events", .api) { request throws(GatewayFailure) in
                try await surface.subscribe(request.caller).response()
            },
        ]
    }

    private func start(_ request: GatewayRequest) async throws(GatewayFailure) -> Response {
        let object = try await request.object(upTo: Self.requestLimit)
        let name = try object.required("displayName", upTo: 64)
        guard let type = PeerType(rawValue: try object.required("peerType", upTo: 64)) else {
            throw .malformed("\"peerType\" should be \"controller\" or \"display\".")
        }
        return .json(.string(try await surface.start(type, name: name).description))
    }

    private func send(_ request: GatewayRequest) async throws(GatewayFailure) -> Response {
        let object = try await request.object(upTo: Self.requestLimit)
        guard let text = object["message"]?.text else { throw .malformed("\"message\" should be a string.") }
        var peer: PeerID?
        if let target = object["targetPeerId"], target != .null {
            guard let id = target.text.flatMap({ PeerID($0) }) else {
                throw .malformed("\"targetPeerId\" should be a node's id, or null for all.")
            }
            peer = id
        }
        return .json(.object(["sent": .number(try await surface.send(text, to: peer))]))
    }
}
