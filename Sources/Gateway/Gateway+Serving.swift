internal import Hummingbird
public import HummingbirdCore
internal import Logging
internal import NIOCore
internal import ServiceLifecycle
public import Signaling
internal import Synchronization

// The gateway's own server, and its connections in another one's.
extension Gateway {
    /// What listens, and who waits for it.
    struct Bound: Sendable {
        var port: Int?
        var hasEnded = false
        var waiting: [CheckedContinuation<Int?, Never>] = []
    }

    /// The port that the gateway's own server listens on; nil while it does not.
    public var port: Int? { bound.withLock { $0.port } }

    /// Waits until the gateway's own server listens.
    ///
    /// - Returns: its port; nil where the server has ended.
    public func listening() async -> Int? {
        await withCheckedContinuation { waiter in
            let isDone = bound.withLock { bound in
                let isDone = bound.port != nil || bound.hasEnded
                if !isDone { bound.waiting.append(waiter) }
                return isDone
            }
            if isDone { waiter.resume(returning: port) }
        }
    }

    private func set(port: Int?) {
        let waiting = bound.withLock { bound in
            bound.port = port
            bound.hasEnded = port == nil
            defer { bound.waiting = [] }
            return bound.waiting
        }
        for waiter in waiting { waiter.resume(returning: port) }
    }

    /// The connections of a server with the gateway's TLS, limits and, on `/` and `/ws`, WebSockets
    /// of its signaling, for an application of Hummingbird's that has the gateway's routes in its
    /// router:
    ///
    /// ```swift
    /// gateway.addRoutes(to: router)
    /// let app = Application(router: router, server: try await gateway.connections())
    /// ```
    ///
    /// - Throws: `.invalidConfiguration` for what cannot be, as when the certificate cannot be
    ///   read; what starting the signaling server throws.
    public func connections() async throws(SignalingError) -> HTTPServerBuilder {
        try configuration.validate()
        var acceptor: TLSAcceptor?
        if let tls = configuration.tls { acceptor = try await TLSAcceptor.make(tls, logger: configuration.logger) }
        try await signaling?.startWithoutListening()
        // Two event loops that make the first one of a generic class at once have ended a process:
        // the runtime found its metadata half made.
        _ = GatewayChannel.makeDecoder()
        return HTTPServerBuilder { [self, tls = acceptor] responder in
            GatewayChannel(
                responder: responder, tls: tls, signaling: signaling, proxies: proxies, connections: connections,
                sockets: SocketRoutes(all: sockets) { request, parameters, remote, route throws(GatewayFailure) in
                    try await self.openSocket(request, parameters, from: remote, by: route)
                })
        }
    }

    /// Listens, until the task is cancelled or the service group shuts down; then clients of
    /// signaling are told to go elsewhere, no session is made any more, those that there are end
    /// after ``GatewayConfiguration/drainTime`` at most, and connections after their requests.
    ///
    /// - Throws: what ``connections()`` throws, and when it cannot listen.
    public func run() async throws {
        let router = Router(context: GatewayContext.self)
        router.add(middleware: NotFoundMiddleware(gateway: self))
        let pages = configuration.pages.map { StaticPages(folder: $0).routes } ?? []
        let paths = Set(routes.map(\.path))
        add(routes + pages.filter { !paths.contains($0.path) }, to: router)
        defer { set(port: nil) }
        let app = Application(
            router: router, server: try await connections(),
            configuration: .init(
                address: .hostname(configuration.host, port: configuration.port),
                availableConnectionsDelegate: MaximumAvailableConnections(configuration.connections)),
            onServerRunning: { [self] channel in set(port: channel.localAddress?.port) },
            logger: configuration.logger)
        // The last is the first to shut down: the server still answers while the gateway drains.
        var services: [any Service] = [app]
        if let metrics = metricsServer() { services.append(metrics) }
        services.append(Drain(gateway: self))
        do {
            try await ServiceGroup(configuration: .init(services: services, logger: configuration.logger)).run()
        } catch {
            await end()
            throw error
        }
        await end()
    }

    private func end() async {
        await signaling?.stop()
        await sessions.drain(within: .zero)
        await mesh?.stop()
        await streams?.drain()
    }

    /// `/metrics` on an address of its own.
    private func metricsServer() -> (any Service)? {
        guard let address = configuration.metricsAddress, let metrics = configuration.metrics else { return nil }
        let router = Router(context: GatewayContext.self)
        router.get("/metrics") { _, _ in OperationsRoutes.answer(metrics) }
        return Application(
            router: router,
            configuration: .init(
                address: .hostname(address.host, port: address.port),
                availableConnectionsDelegate: MaximumAvailableConnections(16)),
            logger: configuration.logger)
    }
}

/// Ends what the gateway has while its server still answers.
private struct Drain: Service {
    let gateway: Gateway

    func run() async throws {
        try? await gracefulShutdown()
        let deadline = ContinuousClock.now + gateway.configuration.drainTime
        await gateway.drain()
        // The server ends next, and waits for its connections. Whoever sends or reads too slowly
        // holds it up no longer than that.
        let connections = gateway.connections
        Task {
            try? await Task.sleep(until: deadline, clock: .continuous)
            connections.close()
        }
    }
}
