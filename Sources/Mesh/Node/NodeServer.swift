internal import GroupKeys
internal import Signaling

/// The node's own signaling server.
///
/// It listens from the start to the end of the node's life, not only while the node leads: the
/// announced port is then always the right one, and the others can register the moment they elect
/// this node.
actor NodeServer {
    private let configuration: SignalingServerConfiguration
    private let node: MeshConfiguration
    private let id: PeerID
    private var server: SignalingServer?
    private var leader: PeerID?
    private var passphrase: GroupPassphrase?
    /// Who came in vain; the oldest go when nobody reads.
    nonisolated let refusals: AsyncStream<GroupGate.Refused>
    private let feed: AsyncStream<GroupGate.Refused>.Continuation

    init(_ node: MeshConfiguration, id: PeerID) {
        configuration = node.serverConfiguration
        self.node = node
        self.id = id
        (refusals, feed) = AsyncStream.makeStream(
            of: GroupGate.Refused.self, bufferingPolicy: .bufferingNewest(64))
    }

    /// Listens on the port, or on a free one when it is taken. Returns the port.
    func start(port: UInt16) async throws(MeshError) -> UInt16 {
        await server?.stop()
        var configuration = configuration
        configuration.port = port
        if let key = node.groupKey {
            let gate = try await gate(key)
            configuration.dialects = SignalingServerConfiguration.usualDialects.map { dialect in
                dialect is MeshDialect ? MeshDialect(gate: gate) : dialect
            }
        }
        let new = SignalingServer(configuration: configuration)
        server = new
        do throws(SignalingError) {
            let bound = try await new.start()
            new.setLeader(leader?.text)
            return bound
        } catch {
            throw MeshError(.serverFailed, error.message)
        }
    }

    private func gate(_ key: GroupKey) async throws(MeshError) -> GroupGate {
        if let text = node.groupPassphrase, passphrase == nil {
            do throws(GroupKeyError) {
                passphrase = try await GroupPassphrase(text, group: key.advertisement)
            } catch {
                throw MeshError(.serverFailed, error.message)
            }
        }
        let feed = feed
        return GroupGate(key: key, passphrase: passphrase, server: id) { _ = feed.yield($0) }
    }

    /// The leader that the peer lists name.
    func nameLeader(_ id: PeerID?) {
        leader = id
        server?.setLeader(id?.text)
    }

    func stop() async {
        await server?.stop()
        server = nil
    }
}

extension MeshConfiguration {
    /// The settings of the node's own server but for the port.
    var serverConfiguration: SignalingServerConfiguration {
        SignalingServerConfiguration(
            host: listenAddress, usesAnotherPort: true, hostNames: hostNames, allowedOrigins: allowedOrigins,
            opensRooms: opensRooms, logger: logger)
    }
}
