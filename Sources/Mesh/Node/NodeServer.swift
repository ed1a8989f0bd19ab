internal import Signaling

/// The node's own signaling server.
///
/// It listens from the start to the end of the node's life, not only while the node leads: the
/// announced port is then always the right one, and the others can register the moment they elect
/// this node.
actor NodeServer {
    private let configuration: SignalingServerConfiguration
    private var server: SignalingServer?
    private var leader: PeerID?

    init(_ node: MeshConfiguration) {
        configuration = node.serverConfiguration
    }

    /// Listens on the port, or on a free one when it is taken. Returns the port.
    func start(port: UInt16) async throws(MeshError) -> UInt16 {
        await server?.stop()
        var configuration = configuration
        configuration.port = port
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
