internal import Logging
internal import Metrics
internal import NIOCore
internal import NIOHTTP1
internal import NIOPosix
internal import Synchronization

/// The signaling server: WebSockets on `/` and `/ws` that speak the mesh, the room, the call or an
/// application's own ``SignalingDialect``.
///
/// Its connections are spread over ``SignalingServerConfiguration/eventLoops``; who is there and
/// what becomes of a message is decided on one of these, so messages from one peer to another keep
/// their order. May be used from any thread.
public final class SignalingServer: Sendable {
    private enum State {
        case idle
        case starting
        case running(Listener)
        case stopped
    }

    struct Listener: Sendable {
        /// Nil where others listen for it.
        let channel: (any Channel)?
        let hub: HubAccess
        let port: UInt16
    }

    let configuration: SignalingServerConfiguration
    private let state = Mutex(State.idle)

    /// A server that does not listen yet.
    public init(configuration: SignalingServerConfiguration = .init()) {
        self.configuration = configuration
    }

    /// The port the server listens on; nil when it does not, or others do for it.
    public var port: UInt16? { listener.flatMap { $0.channel == nil ? nil : $0.port } }

    var listener: Listener? {
        state.withLock { state in
            guard case .running(let listener) = state else { return nil }
            return listener
        }
    }

    /// Listens.
    ///
    /// - Returns: the port, which differs from the configured one when that is 0, or in use and
    ///   another may be taken.
    /// - Throws: `.bindFailed` when the address cannot be listened on; `.invalidState` when it was
    ///   started before; what ``SignalingServerConfiguration/validate()`` throws;
    ///   `.invalidConfiguration` when the files of its ``SignalingServerConfiguration/tls`` hold no
    ///   certificate with its key.
    @discardableResult
    public func start() async throws(SignalingError) -> UInt16 {
        let loops = ConnectionLoops(count: configuration.eventLoops)
        let listener = try await begin(on: loops.home) { hub throws(SignalingError) in
            var tls: TLSAcceptor?
            if let source = configuration.tls {
                tls = try await TLSAcceptor.make(source, logger: configuration.logger)
            }
            return try await bind(loops, hub, tls)
        }
        configuration.logger.debug("signaling server listens", metadata: ["port": "\(listener.port)"])
        if !Self.isLoopback(listener.channel?.localAddress) {
            configuration.logger.warning(
                "whoever reaches this port can register in the mesh; listen on 127.0.0.1 if nobody else should",
                metadata: ["port": "\(listener.port)"])
        }
        return listener.port
    }

    /// Starts without a port: sockets come from another HTTP server, see
    /// ``upgrader(for:isSecure:clientAddress:)``. What the configuration says of host, port and
    /// TLS is of no meaning then.
    ///
    /// - Throws: as ``start()``, but for `.bindFailed`.
    public func startWithoutListening() async throws(SignalingError) {
        _ = try await begin(on: MultiThreadedEventLoopGroup.singleton.next()) { _ in nil }
    }

    private func begin(
        on loop: any EventLoop, _ listen: (HubAccess) async throws(SignalingError) -> (any Channel)?
    ) async throws(SignalingError) -> Listener {
        try configuration.validate()
        let isIdle = state.withLock { state in
            guard case .idle = state else { return false }
            state = .starting
            return true
        }
        guard isIdle else {
            throw SignalingError(.invalidState, "a signaling server is started once; make another one")
        }
        let hub: HubAccess
        let channel: (any Channel)?
        do throws(SignalingError) {
            hub = try await makeHub(on: loop)
            do throws(SignalingError) {
                channel = try await listen(hub)
                do throws(SignalingError) {
                    try await join(hub)
                } catch {
                    channel?.close(promise: nil)
                    throw error
                }
            } catch {
                loop.execute { _ = hub.value.stop() }
                throw error
            }
        } catch {
            state.withLock { $0 = .idle }
            throw error
        }
        let port = UInt16(clamping: channel?.localAddress?.port ?? 0)
        let listener = Listener(channel: channel, hub: hub, port: port)
        let wasStopped = state.withLock { state in
            guard case .starting = state else { return true }
            state = .running(listener)
            return false
        }
        if wasStopped {
            await close(listener)
            throw SignalingError(.invalidState, "the server was stopped while it started")
        }
        loop.execute { hub.value.readiness = .ready }
        return listener
    }

    private func makeHub(on loop: any EventLoop) async throws(SignalingError) -> HubAccess {
        let configuration = configuration
        let tracer = configuration.tracer ?? SocketSpan.bootstrapped
        do {
            return try await loop.submit {
                let hub = SignalingHub(
                    limits: configuration.limits, dialects: configuration.dialects, tokens: configuration.tokens,
                    loop: loop, logger: configuration.logger,
                    metrics: configuration.metrics ?? MetricsSystem.factory, tracer: tracer)
                hub.startTicking()
                return HubAccess(hub)
            }.get()
        } catch {
            throw SignalingError(.invalidState, "the event loop is shutting down: \(error)")
        }
    }

    /// Closes all sockets with 1001 and returns when they are closed. May be called again.
    public func stop() async {
        let listener = state.withLock { state -> Listener? in
            defer { state = .stopped }
            guard case .running(let listener) = state else { return nil }
            return listener
        }
        if let listener { await close(listener) }
    }

    /// Tells all clients to go elsewhere (`server-draining`), lets nobody in any more, and stops
    /// when all are gone or the time is up; who is there then is closed with 1012.
    ///
    /// - Parameters:
    ///   - reconnect: the URL of the server that takes them; nil where they know one.
    ///   - time: how long they have, up to an hour; the message says it in whole seconds.
    public func drain(reconnect: String? = nil, within time: Duration = .seconds(10)) async {
        let listener = state.withLock { state -> Listener? in
            guard case .running(let listener) = state else { return nil }
            return listener
        }
        guard let listener else { return }
        let nanoseconds = TimeAmount.nanoseconds(min(max(.zero, time), .seconds(3600)).clampedNanoseconds)
        try? await listener.hub.loop.flatSubmit { listener.hub.value.drain(to: reconnect, within: nanoseconds) }.get()
        await stop()
    }

    var drainTime: Duration { configuration.drainTime }

    /// Says who leads the mesh: `is_leader` in the peer list, which goes to everyone when it
    /// changes.
    ///
    /// - Parameter peerID: a peer's UUID, registered or not; nil for nobody.
    public func setLeader(_ peerID: String?) {
        guard let listener else { return }
        listener.hub.loop.execute {
            listener.hub.value.with(MeshDialect.self) { mesh, turn in mesh.setLeader(peerID, in: &turn) }
        }
    }

    /// Reads or changes one of the server's dialects, between two messages; what `body` puts into
    /// the turn is sent. Nil where the server does not listen, or has no such dialect.
    ///
    /// - Parameters:
    ///   - type: the dialect's.
    ///   - body: runs on the server's thread, where all sockets wait for it.
    public func withDialect<Dialect: SignalingDialect, Result: Sendable>(
        _ type: Dialect.Type, _ body: @escaping @Sendable (inout Dialect, inout SignalingTurn) -> Result
    ) async -> Result? {
        guard let listener else { return nil }
        return try? await listener.hub.loop.submit { listener.hub.value.with(type, body) }.get()
    }

    /// The peers registered in the mesh dialect, in the order in which they came.
    public func peers() async -> [PeerInfo] {
        await withDialect(MeshDialect.self) { mesh, _ in mesh.peers } ?? []
    }

    /// Joins the cluster, if there is one.
    private func join(_ hub: HubAccess) async throws(SignalingError) {
        guard let backplane = configuration.backplane else { return }
        let node = configuration.nodeName ?? "node-" + String(UInt64.random(in: .min ... .max), radix: 16)
        let receive: @Sendable (BackplaneEvent) -> Void
        do {
            receive = try await hub.loop.submit { hub.value.join(backplane, as: node) }.get()
        } catch {
            throw SignalingError(.bindFailed, "the event loop is shutting down: \(error)")
        }
        try await backplane.join(as: node, receive)
    }

    /// Whether the other servers of the cluster can be reached; true where there are none.
    public func reachesCluster() async -> Bool {
        guard let listener else { return false }
        return (try? await listener.hub.loop.submit { listener.hub.value.reachesCluster }.get()) ?? false
    }

    private func close(_ listener: Listener) async {
        try? await listener.channel?.close().get()
        let ends = (try? await listener.hub.loop.submit { listener.hub.value.stop() }.get()) ?? []
        await configuration.backplane?.leave()
        for end in ends { try? await end.get() }
    }
}
