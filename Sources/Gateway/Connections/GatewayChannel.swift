internal import HTTPTypes
internal import Hummingbird
internal import HummingbirdCore
internal import Logging
internal import NIOCore
internal import NIOHTTP1
internal import NIOHTTPTypes
internal import NIOHTTPTypesHTTP1
internal import Signaling

/// A connection of the server: TLS, if the server has a certificate, and on it HTTP, or a WebSocket
/// of the signaling server, or of the gateway's own, if its first request asks for one.
struct GatewayChannel: ServerChildChannel {
    /// What the connection has become.
    enum Kind: Sendable {
        case http(HTTP1Channel.Value)
        /// Its handlers do the rest.
        case socket
    }

    struct Value: ServerChildChannelValue {
        let channel: any Channel
        let kind: EventLoopFuture<Kind>
    }

    /// How long a connection may be silent between two requests.
    private static let idleTime = TimeAmount.seconds(75)
    /// How long a connection has for TLS and the head of its first request.
    private static let firstTime = TimeAmount.seconds(20)

    private let http: HTTP1Channel
    private let tls: TLSAcceptor?
    private let signaling: SignalingServer?
    private let proxies: TrustedProxies
    private let connections: OpenConnections
    private let sockets: SocketRoutes

    init(
        responder: @escaping HTTPChannelHandler.Responder, tls: TLSAcceptor?, signaling: SignalingServer?,
        proxies: TrustedProxies, connections: OpenConnections, sockets: SocketRoutes
    ) {
        http = HTTP1Channel(responder: responder)
        self.tls = tls
        self.signaling = signaling
        self.proxies = proxies
        self.connections = connections
        self.sockets = sockets
    }

    func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Value> {
        guard connections.admit(channel) else {
            channel.close(promise: nil)
            return channel.eventLoop.makeFailedFuture(ChannelError.operationUnsupported)
        }
        let secured = tls.map { $0.secure(channel) } ?? channel.eventLoop.makeSucceededVoidFuture()
        return secured.flatMapThrowing { Value(channel: channel, kind: try configure(channel, logger)) }
    }

    func handle(value: Value, logger: Logger) async {
        guard let kind = try? await value.kind.get() else {
            value.channel.close(promise: nil)
            return
        }
        switch kind {
        case .http(let connection): await http.handle(value: connection, logger: logger)
        case .socket: try? await value.channel.closeFuture.get()
        }
    }

    private func configure(_ channel: any Channel, _ logger: Logger) throws -> EventLoopFuture<Kind> {
        let timeout = channel.eventLoop.scheduleTask(in: Self.firstTime) { channel.close(promise: nil) }
        // Where signaling has ended already, the request is answered as HTTP.
        let upgrader = try? signaling?.upgrader(
            for: channel, isSecure: tls != nil,
            clientAddress: { [proxies] head in
                proxies.client(behind: channel.remoteAddress?.ipAddress ?? "", head.headers["x-forwarded-for"])
            })
        let (encoder, decoder) = (HTTPResponseEncoder(), Self.makeDecoder())
        let sockets = sockets
        let choose: (HTTPRequestHead) -> (any ConnectionUpgrader)? = { head in
            sockets.upgrader(for: head, of: channel) ?? upgrader
        }
        let gate = HeadGate { choose($0) != nil }
        let kind = channel.eventLoop.makePromise(of: Kind.self)
        let first = FirstRequestHandler(
            readers: [gate, decoder], encoder: encoder, kind: kind, choose: choose
        ) { try Self.http($0, logger) }
        try channel.pipeline.syncOperations.addHandlers(encoder, decoder, gate, first)
        kind.futureResult.whenComplete { _ in timeout.cancel() }
        return kind.futureResult
    }

    static func makeDecoder() -> ByteToMessageHandler<HTTPRequestDecoder> {
        var limits = NIOHTTPDecoderLimitConfiguration()
        limits.maxHeaderFieldSize = 16 * 1024
        limits.maxHeaderListSize = 32 * 1024
        limits.maxHeaderFieldCount = 100
        return ByteToMessageHandler(
            HTTPRequestDecoder(leftOverBytesStrategy: .forwardBytes, limitConfiguration: limits))
    }

    private static func http(_ channel: any Channel, _ logger: Logger) throws -> Kind {
        let pipeline = channel.pipeline.syncOperations
        try pipeline.addHandler(HTTP1ToHTTPServerCodec(secure: false))
        try pipeline.addHandler(HTTPConnectionStateHandler(idleTimeout: .init(idleTime), logger: logger))
        return .http(
            try NIOAsyncChannel(
                wrappingChannelSynchronously: channel, configuration: .init(isOutboundHalfClosureEnabled: true)))
    }
}
