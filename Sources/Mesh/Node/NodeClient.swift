internal import Foundation
internal import JSEP
internal import Logging
internal import Signaling
internal import WebRTC

/// The node's connection to a signaling server, registered.
final class NodeClient: Sendable {
    /// A leader that vanished without a word is missed after three of these; servers want one in 15
    /// s at least.
    private static let heartbeat = Duration.seconds(2)

    private let client: DialectClient<NodeDialect>

    /// How long a server has to show that a node is there.
    private static let proofTimeout = Duration.seconds(2)

    /// Whether at one of the URLs there is a server that has `peer` among its clients, as a
    /// leader's has the leader. Anybody can announce an address and an id; this much, an
    /// announcement alone cannot do.
    ///
    /// - Returns: whether it is so, and why the server was not believed to be of the group.
    static func lists(
        _ peer: PeerID, at urls: [String], as node: MeshCore.Configuration, entrance: GroupEntrance? = nil,
        logger: Logger
    ) async -> (isListed: Bool, refusal: String?) {
        var refusal: String?
        for url in urls where !Task.isCancelled {
            let client: NodeClient
            do throws(MeshError) {
                client = try await NodeClient(url: url, as: node, entrance: entrance, logger: logger)
            } catch {
                if error.code == .notOfGroup { refusal = error.message }
                continue
            }
            let deadline = Task {
                try? await Task.sleep(for: proofTimeout)
                await client.close()
            }
            let isListed = await client.lists(peer)
            deadline.cancel()
            await deadline.value
            if isListed { return (true, nil) }
        }
        return (false, refusal)
    }

    /// Whether the first list of the server names the peer.
    private func lists(_ peer: PeerID) async -> Bool {
        do throws(SignalingError) {
            for try await message in client.messages {
                guard case .mesh(let message, _) = message, case .peerList(let list) = SignalReceived(message)
                else { continue }
                return list.contains { $0.id == peer && $0.isConnected }
            }
        } catch {
            return false
        }
        return false
    }

    /// Connects and registers.
    ///
    /// - Parameter entrance: what the server has to prove before; nil where it has no key.
    init(
        url: String, as node: MeshCore.Configuration, entrance: GroupEntrance? = nil, logger: Logger
    ) async throws(MeshError) {
        do throws(SignalingError) {
            client = try await DialectClient<NodeDialect>.connect(
                to: url,
                configuration: SignalingClientConfiguration(
                    connectTimeout: .seconds(2), heartbeatInterval: Self.heartbeat, logger: logger))
        } catch {
            throw MeshError(.signalingFailed, error.message)
        }
        do throws(MeshError) {
            try await entrance?.pass(client)
        } catch {
            await client.close()
            throw error
        }
        do throws(SignalingError) {
            try await client.introduce(
                NodeDialect(
                    registration: Registration(
                        peerID: node.id.text, peerType: node.peerType, displayName: node.displayName)))
        } catch {
            throw MeshError(.signalingFailed, error.message)
        }
    }

    /// Says early what could never work.
    static func validate(_ url: String) throws(MeshError) {
        guard let parts = URLComponents(string: url), parts.scheme?.lowercased() == "ws", parts.host?.isEmpty == false,
            (1...65535).contains(parts.port ?? 80)
        else {
            throw MeshError(
                .invalidConfiguration, "the signaling server \"\(url.prefix(80))\" is not like ws://host:port/ws")
        }
    }

    /// Hands over what arrives until the connection ends; returns why it did.
    func read(_ take: (SignalReceived, LinkSeal?) async -> Void) async -> String {
        do throws(SignalingError) {
            for try await message in client.messages {
                guard case .mesh(let message, let seal) = message, let signal = SignalReceived(message)
                else { continue }
                await take(signal, seal)
            }
            return "the connection was closed"
        } catch {
            return error.message
        }
    }

    /// Sends to a peer. What cannot be sent is lost with its connection, and the core begins the
    /// link anew.
    func send(_ signal: SignalingPayload, _ seal: LinkSeal? = nil, to peer: PeerID, from own: PeerID) async {
        guard let message = MeshMessage(signal, from: own.text, to: peer.text) else { return }
        try? await client.send(.mesh(message, seal))
    }

    func close() async {
        await client.close()
    }
}

extension SignalReceived {
    /// What the node acts on; nil for the rest, and for senders without a valid id.
    init?(_ message: MeshMessage) {
        switch message {
        case .peerList(let peers):
            self = .peerList(
                peers.compactMap { peer in
                    PeerID(peer.id).map {
                        ListedPeer(
                            id: $0, peerType: peer.peerType, displayName: DisplayName.cleaned(peer.displayName),
                            isConnected: peer.isConnected, isLeader: peer.isLeader)
                    }
                })
        case .offer(let from, _, let sdp):
            guard let from = from.flatMap(PeerID.init) else { return nil }
            self = .offer(from: from, sdp: sdp)
        case .answer(let from, _, let sdp):
            guard let from = from.flatMap(PeerID.init) else { return nil }
            self = .answer(from: from, sdp: sdp)
        case .ice(let from, _, let candidate):
            guard let from = from.flatMap(PeerID.init) else { return nil }
            self = .candidate(from: from, candidate.map(TrickledCandidate.init))
        case .error(let error):
            guard let to = error.to.flatMap(PeerID.init) else { return nil }
            self = .undeliverable(to: to)
        case .register, .heartbeat: return nil
        }
    }
}

extension TrickledCandidate {
    init(_ candidate: CandidateMessage) {
        self.init(
            candidate: candidate.candidate, sdpMid: candidate.sdpMid, sdpMLineIndex: candidate.sdpMLineIndex,
            usernameFragment: candidate.usernameFragment)
    }
}

extension MeshMessage {
    /// Nil for what the mesh has no message for: a refusal, which the offerer notices by its
    /// attempt's timeout.
    init?(_ signal: SignalingPayload, from own: String, to peer: String) {
        switch signal {
        case .description(let description, _):
            switch description.type {
            case .offer: self = .offer(from: own, to: peer, sdp: description.sdp)
            case .answer: self = .answer(from: own, to: peer, sdp: description.sdp)
            case .pranswer, .rollback: return nil
            }
        case .candidate(let candidate):
            self = .ice(from: own, to: peer, candidate: candidate.map(CandidateMessage.init))
        }
    }
}
