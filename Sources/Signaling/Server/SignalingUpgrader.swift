public import NIOCore
public import NIOHTTP1

/// Makes a WebSocket of a ``SignalingServer`` out of a connection that another HTTP server on
/// SwiftNIO has accepted, for which see
/// ``SignalingServer/upgrader(for:isSecure:clientAddress:)``. For one connection, and to be used on
/// its event loop.
public struct SignalingUpgrader: HTTPServerProtocolUpgrader, Sendable {
    /// `websocket`.
    public let supportedProtocol = "websocket"
    /// None: what is missing in a request is said when its answer is built.
    public let requiredUpgradeHeaders: [String] = []

    private let upgrader: ServerUpgrader
    private let refusals: NIOLoopBound<PlainHTTPHandler>

    init(_ upgrader: ServerUpgrader, refusals: NIOLoopBound<PlainHTTPHandler>) {
        self.upgrader = upgrader
        self.refusals = refusals
    }

    /// The headers of the 101 answer; fails where the request is refused, which
    /// ``refusal`` then says to the client.
    public func buildUpgradeResponse(
        channel: any Channel, upgradeRequest: HTTPRequestHead, initialResponseHeaders: HTTPHeaders
    ) -> EventLoopFuture<HTTPHeaders> {
        upgrader.buildUpgradeResponse(
            channel: channel, upgradeRequest: upgradeRequest, initialResponseHeaders: initialResponseHeaders)
    }

    /// See ``open(_:)``.
    public func upgrade(context: ChannelHandlerContext, upgradeRequest: HTTPRequestHead) -> EventLoopFuture<Void> {
        open(context.channel)
    }

    /// The connection is the signaling server's from here on; its handler is added at the end of
    /// the pipeline, in which no handlers of HTTP may be any more.
    ///
    /// - Parameter channel: the one that the upgrader was made for.
    public func open(_ channel: any Channel) -> EventLoopFuture<Void> {
        let upgrader = upgrader
        return channel.eventLoop.makeCompletedFuture {
            guard let options = channel.syncOptions else { return }
            try options.setOption(.allowRemoteHalfClosure, value: false)
            try options.setOption(.writeBufferWaterMark, value: SignalingServer.waterMark)
            try options.setOption(.maxMessagesPerRead, value: 1)
            try options.setOption(.socketOption(.tcp_nodelay), value: 1)
        }.flatMap { upgrader.open(channel) }
    }

    /// Where the other server does not answer a refused request itself: takes its parts
    /// (`HTTPServerRequestPart`), answers with the status and the reason, and closes the
    /// connection.
    public var refusal: any ChannelInboundHandler & RemovableChannelHandler { refusals.value }
}
