internal import Foundation
internal import HTTPTypes
public import Hummingbird
internal import ICE
internal import Logging
internal import Metrics
public import ServiceLifecycle
internal import Mesh
internal import Signaling
internal import Synchronization
internal import WebRTC

/// WebRTC for a server's own protocol: clients open sessions over HTTP and send requests over
/// their data channels, and one handler answers them, and those over plain HTTP.
///
/// It is a service with a server of its own, or routes in an application's router:
///
/// ```swift
/// let gateway = Gateway { request in
///     guard request.action == "greet" else { throw RPCError.unknownAction(request.action) }
///     return try .value("hello " + (request["name"] ?? "you"))
/// }
/// try await gateway.run()                   // a server of its own, or:
/// gateway.addRoutes(to: router)             // into a Hummingbird router of the application's
/// ```
public final class Gateway: Service {
    /// Answers requests; called from many tasks at once.
    public typealias Handler = @Sendable (RPCRequest) async throws -> RPCResponse

    let configuration: GatewayConfiguration
    let gatekeeper: Gatekeeper
    let metrics: GatewayMetrics
    let proxies: TrustedProxies
    let connections: OpenConnections
    let signaling: SignalingServer?
    let sessions: SessionService
    let routes: [GatewayRoute]
    let mesh: MeshSurface?
    let streams: StreamService?
    /// WebSockets of the gateway's own.
    let sockets: [SocketRoute]
    let bound = Mutex(Bound())

    /// A gateway that does not listen yet.
    ///
    /// - Parameters:
    ///   - configuration: what it serves, where, and to whom. Where its routes are added to another
    ///     router, ``GatewayConfiguration/host`` says what that one listens on.
    ///   - handler: answers requests; what it throws is told to the client as ``RPCError`` says.
    public init(configuration: GatewayConfiguration = .init(), handler: @escaping Handler) {
        self.configuration = configuration
        let start = ContinuousClock.now
        let now: @Sendable () -> Duration = { ContinuousClock.now - start }
        let isOnLoopback = RequestAccess.isLoopback(configuration.host)
        metrics = GatewayMetrics(factory: configuration.metrics ?? MetricsSystem.factory)
        gatekeeper = Gatekeeper(
            table: AccessTable(isOnLoopback: isOnLoopback, open: configuration.open),
            access: RequestAccess(
                hostNames: configuration.hostNames, allowedOrigins: configuration.allowedOrigins,
                isOnLoopback: isOnLoopback, isSecure: configuration.tls != nil),
            tokens: configuration.tokens,
            limits: AddressLimits(burst: configuration.requestBurst, perSecond: configuration.requestsPerSecond),
            now: now)
        proxies = TrustedProxies(configuration.trustedProxies)
        connections = OpenConnections(perAddress: configuration.connectionsPerAddress)
        signaling = configuration.signalingConfiguration.map { SignalingServer(configuration: $0) }
        mesh = configuration.mesh.map { MeshSurface($0) }
        let dispatcher = RPCDispatcher(
            handler: handler, limit: configuration.requestLimit, logger: configuration.logger, metrics: metrics,
            info: SystemInfo())
        let sessions = SessionService(
            settings: configuration.sessions, dispatcher: dispatcher, metrics: metrics, logger: configuration.logger,
            now: now)
        self.sessions = sessions
        let turn = configuration.turn.map { TURNCredentials(settings: $0, now: now) }
        let servers = configuration.sessions.connection.iceServers
        var routes = OperationsRoutes(
            refusal: { await sessions.isDraining ? "draining" : nil },
            metrics: configuration.metricsAddress == nil ? configuration.metrics : nil
        ).routes
        if configuration.mode.servesHTTP { routes += RPCRoutes(dispatcher: dispatcher).routes }
        let iceServers: @Sendable (Caller) -> [ICEServer] = { caller in
            // Who is not known gets no password.
            guard let subject = caller.identity?.subject else { return servers.filter { $0.credential == nil } }
            return servers + (turn?.servers(for: subject) ?? [])
        }
        if configuration.mode.servesSessions {
            routes += SessionRoutes(service: sessions, iceServers: iceServers).routes
        }
        let counted = metrics
        streams = configuration.streams.flatMap { settings in
            configuration.mode == .all
                ? StreamService(settings: settings, metrics: counted, logger: configuration.logger) : nil
        }
        if let streams {
            routes += StreamRoutes(service: streams, iceServers: iceServers).routes
            let streamers = StreamerRoutes(service: streams, iceServers: iceServers)
            routes += streamers.routes
            sockets = streamers.sockets
        } else {
            sockets = []
        }
        routes += turn?.routes ?? []
        routes += mesh.map { MeshRoutes(surface: $0).routes } ?? []
        if signaling != nil { routes.append(Self.socketRoute(sessions)) }
        routes.append(OpenAPIDocument.route(of: routes))
        self.routes = routes
    }

    /// What `/ws` says to a request that asks for no WebSocket.
    private static func socketRoute(_ sessions: SessionService) -> GatewayRoute {
        GatewayRoute(.get, "/ws", .mesh) { _ throws(GatewayFailure) in
            if await sessions.isDraining { throw .draining }
            throw .upgradeRequired
        }
    }

    /// Adds the gateway's routes to a router of the application's, each under its whole path. The
    /// gateway is not run then: give ``connections()`` to the application as its server, which has
    /// the sockets, and call ``drain()`` when the application ends.
    ///
    /// - Parameter router: with a context that knows where a request came from, such as
    ///   ``GatewayContext``.
    public func addRoutes<Context: RemoteAddressRequestContext>(to router: some RouterMethods<Context>) {
        add(routes, to: router)
    }

    /// Ends all sessions and sockets, after their requests had
    /// ``GatewayConfiguration/drainTime``. Clients of signaling are told to go elsewhere.
    public func drain() async {
        async let sockets: Void? = signaling?.drain(within: configuration.drainTime)
        async let node: Void? = mesh?.stop()
        async let media: Void? = streams?.drain()
        await sessions.drain(within: configuration.drainTime)
        _ = await (sockets, node, media)
    }
}
