internal import NIOCore
internal import NIOPosix

/// One connection to a signaling server, in some dialect; ``SignalingClient`` is that of the mesh.
///
/// It sends a WebSocket ping in each heartbeat interval, and the dialect's heartbeat, if it has
/// one, once it has been introduced. May be used from any thread. ``close()`` ends it; so does the
/// last reference.
public final class DialectClient<Dialect: ClientDialect>: Sendable {
    private let channel: any Channel
    private let handler: NIOLoopBound<ClientSocketHandler<Dialect>>
    let inbox: ClientInbox<Dialect.Message, SignalingError>
    let notices: ServerNotices
    private let configuration: SignalingClientConfiguration

    /// What the request has called the server: host and port of the URL, as in its `Host` header.
    public let host: String
    /// The subprotocol that the server chose among those asked for; nil when none.
    public let subprotocol: String?

    /// What the server sends, also before anybody reads it, for one task of the application's; what
    /// peers send that have a ``PeerSignaling`` goes to that instead. See ``DialectMessages``.
    public var messages: DialectMessages<Dialect> { DialectMessages(inbox: inbox) }

    private init(
        channel: any Channel, host: String, upgraded: ClientUpgrader<Dialect>.Upgraded,
        inbox: ClientInbox<Dialect.Message, SignalingError>, notices: ServerNotices,
        configuration: SignalingClientConfiguration
    ) {
        self.channel = channel
        self.host = host
        handler = upgraded.handler
        subprotocol = upgraded.subprotocol
        self.inbox = inbox
        self.notices = notices
        self.configuration = configuration
    }

    deinit {
        let handler = handler
        handler.execute { $0.close() }
    }

    /// Connects to a server.
    ///
    /// - Parameters:
    ///   - url: `ws://host:port/path`, or `wss:` with TLS; the path may be missing, IPv6 stands in
    ///     brackets, with a zone if need be.
    ///   - configuration: how long to wait, and how much to take.
    /// - Throws: `.invalidConfiguration` for a setting out of its range; `.invalidURL`;
    ///   `.connectionFailed`, `.timedOut`, `.upgradeRefused` when there is no WebSocket server;
    ///   `.tlsFailed`, and `.certificateUntrusted`, `.certificateExpired`,
    ///   `.certificateForOtherName` or `.certificateNotPinned` when the server of a `wss:` URL is
    ///   not believed; `.unauthorized` when there is no ``SignalingClientConfiguration/token``, or
    ///   the server refuses it.
    public static func connect(
        to url: String, configuration: SignalingClientConfiguration = .init()
    ) async throws(SignalingError) -> DialectClient {
        try configuration.validate()
        let address = try WebSocketURL(url)
        let access = try await BearerAccess.ask(configuration.token)
        do throws(SignalingError) {
            return try await connect(to: address, url, access, configuration)
        } catch {
            guard access != nil, error.code == .unauthorized else { throw error }
            // It may have ended on its way; whoever gives it may have a newer one.
            let access = try await BearerAccess.ask(configuration.token)
            return try await connect(to: address, url, access, configuration)
        }
    }

    private static func connect(
        to address: WebSocketURL, _ url: String, _ access: BearerAccess?,
        _ configuration: SignalingClientConfiguration
    ) async throws(SignalingError) -> DialectClient {
        let tls = address.isSecure ? try await TLSConnector.make(configuration.tls, host: address.host) : nil
        let inbox = DialectMessages<Dialect>.inbox(configuration)
        let opening = ClientOpening<Dialect>(address, tls, access, configuration, inbox)
        do {
            let bootstrap = ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                .connectTimeout(opening.timeout)
                .channelOption(.socketOption(.tcp_nodelay), value: 1)
            let (channel, upgraded) = try await bootstrap.connect(host: address.host, port: address.port) { channel in
                channel.eventLoop.makeCompletedFuture { (channel, try opening.open(channel)) }
            }
            do {
                return DialectClient(
                    channel: channel, host: address.hostHeader, upgraded: try await upgraded.get(), inbox: inbox,
                    notices: opening.notices, configuration: configuration)
            } catch {
                channel.close(promise: nil)
                throw error
            }
        } catch {
            throw opening.reason(error, url)
        }
    }

    /// Says the dialect's greeting, and from then on its heartbeat.
    ///
    /// - Parameter dialect: who this client is.
    public func introduce(_ dialect: Dialect) async throws(SignalingError) {
        for message in dialect.greeting { try await send(message) }
        try startHeartbeats(dialect)
    }

    /// The same, asking for the place of an earlier connection.
    ///
    /// - Parameter resume: what it takes to have it; nil where there is none.
    func introduce(_ dialect: Dialect, resuming resume: String?) async throws(SignalingError) {
        for message in dialect.opening(resuming: resume) { try await send(Dialect.bytes(message)) }
        try startHeartbeats(dialect)
    }

    private func startHeartbeats(_ dialect: Dialect) throws(SignalingError) {
        guard let heartbeat = dialect.heartbeat else { return }
        let bytes = try Dialect.bytes(heartbeat, nil)
        handler.execute { $0.startHeartbeats(bytes) }
    }

    /// Sends a message; returns when it has been handed to the system, which waits while the server
    /// does not read.
    ///
    /// - Throws: `.closed`, `.connectionFailed`; `.outboxFull` when the limit of messages waits
    ///   already; `.messageTooLarge` above 64 KiB, which a server refuses.
    public func send(_ message: Dialect.Message) async throws(SignalingError) { try await send(message, nil) }

    func send(_ message: Dialect.Message, _ note: NegotiationNote?) async throws(SignalingError) {
        try await send(Dialect.bytes(message, note))
    }

    private func send(_ bytes: [UInt8]) async throws(SignalingError) {
        let promise = channel.eventLoop.makePromise(of: Void.self)
        handler.execute { $0.send(bytes, promise: promise) }
        do {
            try await promise.futureResult.get()
        } catch let error as SignalingError {
            throw error
        } catch {
            throw SignalingError(.connectionFailed, "the message was not sent: \(networkReason(error))")
        }
    }

    /// What the greeting has led to. Waits for it, also when the task is cancelled, up to
    /// ``SignalingClientConfiguration/connectTimeout``.
    func welcome() async -> ServerNotices.Welcome {
        let promise = channel.eventLoop.makePromise(of: ServerNotices.Welcome.self)
        let time = TimeAmount.nanoseconds(configuration.connectTimeout.clampedNanoseconds)
        handler.execute { $0.awaitWelcome(within: time, promise) }
        return (try? await promise.futureResult.get()) ?? .ended
    }

    /// Says goodbye, and goes on to receive what is under way. The connection ends soon after.
    func leave() { handler.execute { $0.leave() } }

    /// Closes the connection in order and returns when it is closed. ``messages`` ends. May be
    /// called again.
    public func close() async {
        handler.execute { $0.close() }
        try? await channel.closeFuture.get()
    }
}

extension NIOLoopBound {
    /// Runs `body` on the handler's event loop.
    func execute<Dialect>(_ body: @escaping @Sendable (ClientSocketHandler<Dialect>) -> Void)
    where Value == ClientSocketHandler<Dialect> {
        eventLoop.execute { body(value) }
    }
}
