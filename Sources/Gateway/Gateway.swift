internal import Foundation
internal import HTTPTypes
public import Hummingbird
internal import ICE
internal import HummingbirdCore
internal import Logging
internal import Metrics
internal import NIOCore
internal import NIOPosix
public import ServiceLifecycle
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
    private let sessions: SessionService
    private let routes: [GatewayRoute]
    private let bound = Mutex<Int?>(nil)

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
            refusal: { await sessions.isDraining ? "draining" : nil }, metrics: configuration.metrics
        ).routes
        if configuration.mode.servesHTTP { routes += RPCRoutes(dispatcher: dispatcher).routes }
        if configuration.mode.servesSessions {
            routes +=
                SessionRoutes(service: sessions) { caller in
                    // Who is not known gets no password.
                    guard let subject = caller.identity?.subject else { return servers.filter { $0.credential == nil } }
                    return servers + (turn?.servers(for: subject) ?? [])
                }.routes
        }
        routes += turn?.routes ?? []
        routes.append(OpenAPIDocument.route)
        self.routes = routes
    }

    /// The port that the gateway's own server listens on; nil while it does not.
    public var port: Int? { bound.withLock { $0 } }

    /// Adds the gateway's routes to a router of the application's, each under its whole path. The
    /// gateway is not run then: call ``drain()`` when the application ends.
    ///
    /// - Parameter router: with a context that knows where a request came from, such as
    ///   ``GatewayContext``.
    public func addRoutes<Context: RemoteAddressRequestContext>(to router: some RouterMethods<Context>) {
        add(routes, to: router)
    }

    /// Ends all sessions, after their requests had ``GatewayConfiguration/drainTime``.
    public func drain() async { await sessions.drain(within: configuration.drainTime) }

    /// Listens, until the task is cancelled or the service group shuts down; then no session is
    /// made any more, those that there are end after ``GatewayConfiguration/drainTime`` at most,
    /// and connections after their requests.
    ///
    /// - Throws: when it cannot listen, or its certificate cannot be read.
    public func run() async throws {
        let router = Router(context: GatewayContext.self)
        router.add(middleware: NotFoundMiddleware(gateway: self))
        add(routes + (configuration.pages.map { StaticPages(folder: $0).routes } ?? []), to: router)
        var acceptor: TLSAcceptor?
        if let tls = configuration.tls { acceptor = try await TLSAcceptor.make(tls, logger: configuration.logger) }
        let tls = acceptor
        let app = Application(
            router: router, server: .init { responder in GatewayChannel(responder: responder, tls: tls) },
            configuration: .init(
                address: .hostname(configuration.host, port: configuration.port),
                availableConnectionsDelegate: MaximumAvailableConnections(configuration.connections)),
            services: [SessionDrain(sessions: sessions, time: configuration.drainTime)],
            onServerRunning: { [self] channel in bound.withLock { $0 = channel.localAddress?.port } },
            logger: configuration.logger)
        defer { bound.withLock { $0 = nil } }
        try await app.run()
        await sessions.drain(within: .zero)
    }
}

/// Ends the sessions while the server still answers.
private struct SessionDrain: Service {
    let sessions: SessionService
    let time: Duration

    func run() async throws {
        try? await gracefulShutdown()
        await sessions.drain(within: time)
    }
}
