internal import HTTPTypes
internal import Mesh
internal import Signaling
internal import StrictJSON

/// The mesh node of the gateway, which pages start, write to and hear.
actor MeshSurface {
    private let template: MeshConfiguration
    private var node: MeshNode?
    private var reader: Task<Void, Never>?
    private var listeners = EventStreams()
    private var isStopped = false

    /// - Parameter template: the node's configuration, but for its type and name.
    init(_ template: MeshConfiguration) {
        self.template = template
    }

    /// Starts the node, or finds it started as this one.
    func start(_ type: PeerType, name: String) async throws(GatewayFailure) -> PeerID {
        guard !isStopped else { throw .draining }
        if let node {
            let own = node.configuration
            guard own.peerType == type, own.displayName == name else {
                throw GatewayFailure(
                    .conflict, "already-started",
                    "The node runs already, as \(own.peerType.rawValue) \"\(own.displayName)\".")
            }
            return node.id
        }
        var configuration = template
        configuration.peerType = type
        configuration.displayName = name
        let node = MeshNode(configuration)
        self.node = node
        let events = node.events
        do throws(MeshError) {
            try await node.start()
        } catch {
            self.node = nil
            throw GatewayFailure(error)
        }
        reader = Task { [weak self] in
            for await event in events { await self?.take(event, of: node) }
        }
        return node.id
    }

    /// Sends a text to one peer, or to all that are connected.
    ///
    /// - Returns: how many it was handed to.
    func send(_ text: String, to peer: PeerID?) async throws(GatewayFailure) -> Int {
        guard let node else {
            throw GatewayFailure(.conflict, "not-started", "The node does not run; start it with start_peer.")
        }
        do throws(MeshError) {
            return try await node.send(text, to: peer)
        } catch {
            throw GatewayFailure(error)
        }
    }

    /// All nodes that are known, this one first; none before it is started.
    func peers() async -> JSONValue {
        guard let node else { return .array([]) }
        return await Self.peers(of: node)
    }

    /// Who leads, as the node sees it.
    func leaderStatus() async -> JSONValue {
        let status = await node?.leaderStatus ?? LeaderStatus(leaderID: nil, amILeader: false, peerCount: 0)
        return .object([
            "leaderId": Self.id(status.leaderID), "amILeader": .bool(status.amILeader),
            "peerCount": .number(status.peerCount),
        ])
    }

    /// A stream of all events from now on, and before them of what is so already.
    func subscribe(_ caller: Caller) async throws(GatewayFailure) -> EventStream {
        guard !isStopped else { throw .draining }
        let stream = try listeners.add(for: caller)
        if let node {
            stream.send("webrtc:started", .string(node.id.description))
            stream.send("webrtc:peer_list_changed", await Self.peers(of: node))
            stream.send("webrtc:leader_changed", Self.id(await node.leaderStatus.leaderID))
        }
        return stream
    }

    /// The node leaves the mesh, and all streams end.
    func stop() async {
        isStopped = true
        await node?.stop()
        await reader?.value
        listeners.finish()
    }

    private func take(_ event: MeshEvent, of node: MeshNode) async {
        switch event {
        case .started(let started): listeners.send("webrtc:started", .string(started.id.description))
        case .peerListChanged: listeners.send("webrtc:peer_list_changed", await Self.peers(of: node))
        case .leaderChanged(let status):
            listeners.send("webrtc:leader_changed", Self.id(status.leaderID))
            listeners.send("webrtc:peer_list_changed", await Self.peers(of: node))
        case .message(let message):
            listeners.send(
                "webrtc:message",
                .object(["from": .string(message.from.id.description), "text": .string(message.text)]))
        case .connectionStateChanged(let state):
            var data: [String: JSONValue] = ["state": .string(state.name)]
            if case .error(let reason) = state { data["message"] = .string(reason) }
            listeners.send("webrtc:connection_state_changed", .object(data))
        case .notice: break
        }
    }

    private static func peers(of node: MeshNode) async -> JSONValue {
        let (others, status) = (await node.peers, await node.leaderStatus)
        let own = MeshPeer(
            id: node.id, peerType: node.configuration.peerType, displayName: node.configuration.displayName,
            isConnected: true, isLeader: status.amILeader)
        return .array(
            ([own] + others).map { peer in
                .object([
                    "id": .string(peer.id.description), "peerType": .string(peer.peerType.rawValue),
                    "displayName": .string(peer.displayName), "isConnected": .bool(peer.isConnected),
                    "isLeader": .bool(peer.isLeader),
                ])
            })
    }

    private static func id(_ id: PeerID?) -> JSONValue { id.map { .string($0.description) } ?? .null }
}

extension GatewayFailure {
    /// What a mesh node has refused.
    fileprivate init(_ error: MeshError) {
        let status: HTTPResponse.Status =
            switch error.code {
            case .notConnected: .notFound
            case .textTooLong: .contentTooLarge
            case .invalidState: .conflict
            case .peerTooSlow: .gatewayTimeout
            case .sendFailed: .badGateway
            default: .internalServerError
            }
        self.init(status, error.code.description, error.message)
    }
}
