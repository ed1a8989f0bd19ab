internal import Logging
internal import Metrics
internal import NIOCore
internal import NIOHTTP1
internal import NIOPosix
internal import Synchronization

/// The signaling server: WebSockets on `/` and `/ws` that speak the mesh, the room, the call or an
/// application's own ``SignalingDialect``.
///
/// All its sockets are on one event loop, so messages from one peer to another keep their order.
/// May be used from any thread.
public final class SignalingServer: Sendable {
    private enum State {
        case idle
        case starting
        case running(Listener)
        case stopped
    }

    private struct Listener: Sendable {
        let channel: any Channel
        let loop: any EventLoop
        let hub: NIOLoopBound<SignalingHub>
        let port: UInt16
    }

    private let configuration: SignalingServerConfiguration
    private let state = Mutex(State.idle)

    /// A server that does not listen yet.
    public init(configuration: SignalingServerConfiguration = .init()) {
        self.configuration = configuration
    }

    /// The port the server listens on; nil when it does not.
    public var port: UInt16? { listener?.port }

    private var listener: Listener? {
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
        try configuration.validate()
        let isIdle = state.withLock { state in
            guard case .idle = state else { return false }
            state = .starting
            return true
        }
        guard isIdle else {
            throw SignalingError(.invalidState, "a signaling server is started once; make another one")
        }
        let loop = MultiThreadedEventLoopGroup.singleton.next()
        let configuration = configuration
        let tracer = configuration.tracer ?? SocketSpan.bootstrapped
        let hub: NIOLoopBound<SignalingHub>
        let channel: any Channel
        do throws(SignalingError) {
            var tls: TLSAcceptor?
            if let source = configuration.tls {
                tls = try await TLSAcceptor.make(source, logger: configuration.logger)
            }
            do {
                hub = try await loop.submit {
                    let hub = SignalingHub(
                        limits: configuration.limits, dialects: configuration.dialects, tokens: configuration.tokens,
                        loop: loop, logger: configuration.logger,
                        metrics: configuration.metrics ?? MetricsSystem.factory, tracer: tracer)
                    hub.startTicking()
                    return NIOLoopBound(hub, eventLoop: loop)
                }.get()
            } catch {
                throw SignalingError(.bindFailed, "the event loop is shutting down: \(error)")
            }
            do throws(SignalingError) {
                channel = try await bind(loop, hub, tls)
                do throws(SignalingError) {
                    try await join(hub, on: loop)
                } catch {
                    channel.close(promise: nil)
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
        let port = UInt16(clamping: channel.localAddress?.port ?? 0)
        let listener = Listener(channel: channel, loop: loop, hub: hub, port: port)
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
        configuration.logger.debug("signaling server listens", metadata: ["port": "\(port)"])
        if !Self.isLoopback(channel.localAddress) {
            configuration.logger.warning(
                "whoever reaches this port can register in the mesh; listen on 127.0.0.1 if nobody else should",
                metadata: ["port": "\(port)"])
        }
        return port
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
        try? await listener.loop.flatSubmit { listener.hub.value.drain(to: reconnect, within: nanoseconds) }.get()
        await stop()
    }

    var drainTime: Duration { configuration.drainTime }

    /// Says who leads the mesh: `is_leader` in the peer list, which goes to everyone when it
    /// changes.
    ///
    /// - Parameter peerID: a peer's UUID, registered or not; nil for nobody.
    public func setLeader(_ peerID: String?) {
        guard let listener else { return }
        listener.loop.execute {
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
        return try? await listener.loop.submit { listener.hub.value.with(type, body) }.get()
    }

    /// The peers registered in the mesh dialect, in the order in which they came.
    public func peers() async -> [PeerInfo] {
        await withDialect(MeshDialect.self) { mesh, _ in mesh.peers } ?? []
    }

    /// Joins the cluster, if there is one.
    private func join(_ hub: NIOLoopBound<SignalingHub>, on loop: any EventLoop) async throws(SignalingError) {
        guard let backplane = configuration.backplane else { return }
        let node = configuration.nodeName ?? "node-" + String(UInt64.random(in: .min ... .max), radix: 16)
        let receive: @Sendable (BackplaneEvent) -> Void
        do {
            receive = try await loop.submit { hub.value.join(backplane, as: node) }.get()
        } catch {
            throw SignalingError(.bindFailed, "the event loop is shutting down: \(error)")
        }
        try await backplane.join(as: node, receive)
    }

    /// Whether the other servers of the cluster can be reached; true where there are none.
    public func reachesCluster() async -> Bool {
        guard let listener else { return false }
        return (try? await listener.loop.submit { listener.hub.value.reachesCluster }.get()) ?? false
    }

    private func close(_ listener: Listener) async {
        try? await listener.channel.close().get()
        let ends = (try? await listener.loop.submit { listener.hub.value.stop() }.get()) ?? []
        await configuration.backplane?.leave()
        for end in ends { try? await end.get() }
    }

    private func bind(
        _ loop: any EventLoop, _ hub: NIOLoopBound<SignalingHub>, _ tls: TLSAcceptor?
    ) async throws(SignalingError) -> any Channel {
        let configuration = configuration
        let bootstrap = ServerBootstrap(group: loop)
            .serverChannelOption(.backlog, value: 256)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.socketOption(.tcp_nodelay), value: 1)
            .childChannelOption(.writeBufferWaterMark, value: .init(low: 16384, high: 32768))
            // Little from each socket at a time: the others wait for no more than that.
            .childChannelOption(.maxMessagesPerRead, value: 1)
            .childChannelOption(.recvAllocator, value: FixedSizeRecvByteBufferAllocator(capacity: 8192))
            .childChannelInitializer { channel in
                let configured = channel.eventLoop.makeCompletedFuture {
                    try Self.configure(channel, hub, configuration)
                }
                // Behind it, so that the limits count also while the handshake waits.
                return tls.map { tls in configured.flatMap { tls.secure(channel) } } ?? configured
            }
        // "::" takes IPv4 as well; a machine without IPv6 has only the other.
        let hosts = configuration.host.map { [$0] } ?? ["::", "0.0.0.0"]
        let ports =
            configuration.usesAnotherPort && configuration.port != 0 ? [configuration.port, 0] : [configuration.port]
        var failure = "no address"
        for port in ports {
            for host in hosts {
                do {
                    return try await bootstrap.bind(host: host, port: Int(port)).get()
                } catch {
                    failure = networkReason(error)
                    // In use is in use; the other family must not be listened on alone then.
                    if (error as? IOError)?.errnoCode == Self.addressInUse { break }
                }
            }
        }
        throw SignalingError(
            .bindFailed,
            "cannot listen on \(configuration.host ?? "any address"), port \(configuration.port): \(failure)")
    }

    private static let addressInUse: Int32 = 98  // EADDRINUSE on Linux

    private static func isLoopback(_ address: SocketAddress?) -> Bool {
        address?.ipAddress.map(Authority.isLoopback) ?? false
    }

    private static func configure(
        _ channel: any Channel, _ hub: NIOLoopBound<SignalingHub>, _ configuration: SignalingServerConfiguration
    ) throws {
        let admitted = hub.value.admit(channel)
        // Whoever finds no place has a moment to ask whether there is one.
        guard admitted != nil || hub.value.guests.admit(channel) else {
            throw SignalingError(.closed, "the server is stopped")
        }
        let readiness = { admitted == nil && hub.value.readiness == .ready ? .full : hub.value.readiness }
        // What the server is bound to, which tells more than where this connection came in.
        let isOnLoopback = isLoopback(channel.parent?.localAddress)
        let rules = RequestRules(configuration: configuration, isOnLoopback: isOnLoopback)
        let plain = NIOLoopBound(
            PlainHTTPHandler(rules: rules, metrics: hub.value.metrics, readiness: readiness),
            eventLoop: channel.eventLoop)
        let gatekeeper = NIOLoopBound(
            UpgradeGatekeeper(rules: rules, tokens: configuration.tokens, plain: plain.value, readiness: readiness),
            eventLoop: channel.eventLoop)
        let wholeTime = TimeAmount.nanoseconds(max(1_000_000, configuration.limits.registrationTime.clampedNanoseconds))
        let time = admitted == nil ? min(wholeTime, Guests.time) : wholeTime
        let timeout = channel.eventLoop.scheduleTask(in: time) {
            hub.value.metrics.evicted(.timeout)
            channel.close(promise: nil)
        }
        channel.closeFuture.whenComplete { _ in timeout.cancel() }
        let upgrader = ServerUpgrader(gatekeeper: gatekeeper) { channel in
            timeout.cancel()
            guard let id = admitted else { throw SignalingError(.closed, "there is no place for another socket") }
            try channel.pipeline.syncOperations.addHandler(
                ServerSocketHandler(
                    hub: hub.value, id: id, mayJoinRooms: configuration.opensRooms || isOnLoopback,
                    identity: gatekeeper.value.identity))
        }
        var headLimits = NIOHTTPDecoderLimitConfiguration()
        headLimits.maxHeaderFieldSize = configuration.limits.requestHead
        headLimits.maxHeaderListSize = configuration.limits.requestHead
        let gate = NIOLoopBound(RequestHeadGate(), eventLoop: channel.eventLoop)
        try channel.pipeline.syncOperations.addHandler(gate.value)
        try channel.pipeline.syncOperations.configureHTTPServerPipeline(
            withServerUpgrade: (
                upgraders: [upgrader],
                completionHandler: { context in
                    context.pipeline.syncOperations.removeHandler(plain.value, promise: nil)
                    context.pipeline.syncOperations.removeHandler(gate.value, promise: nil)
                }
            ), withEncoderConfiguration: .init(), withDecoderLimitConfiguration: headLimits)
        try channel.pipeline.syncOperations.addHandler(plain.value)
    }
}
