internal import NIOCore
internal import NIOHTTP1

/// Turns a connection into a WebSocket when the request's rules allow it. A request that is refused
/// goes on to ``PlainHTTPHandler``, which says why.
struct ServerUpgrader: HTTPServerProtocolUpgrader, Sendable {
    let supportedProtocol = "websocket"
    let requiredUpgradeHeaders: [String] = []  // OpeningHandshake checks them, and says which is missing

    let gatekeeper: NIOLoopBound<UpgradeGatekeeper>
    /// Adds the handler of the WebSocket, on the connection's event loop.
    let open: @Sendable (any Channel) throws -> Void

    func buildUpgradeResponse(
        channel: any Channel, upgradeRequest: HTTPRequestHead, initialResponseHeaders: HTTPHeaders
    ) -> EventLoopFuture<HTTPHeaders> {
        gatekeeper.value.check(upgradeRequest, on: channel.eventLoop).map { more in
            var headers = initialResponseHeaders
            headers.replaceOrAdd(name: "upgrade", value: supportedProtocol)
            headers.add(contentsOf: more)
            return headers
        }
    }

    func upgrade(context: ChannelHandlerContext, upgradeRequest: HTTPRequestHead) -> EventLoopFuture<Void> {
        let channel = context.channel
        return context.eventLoop.makeCompletedFuture { try open(channel) }
    }
}
