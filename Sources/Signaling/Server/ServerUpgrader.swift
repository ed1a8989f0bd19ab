internal import NIOCore
internal import NIOHTTP1

/// Turns a connection into a WebSocket when the request's rules allow it. A request that is refused
/// goes on to ``PlainHTTPHandler``, which says why.
struct ServerUpgrader: HTTPServerProtocolUpgrader, Sendable {
    let supportedProtocol = "websocket"
    let requiredUpgradeHeaders: [String] = []  // OpeningHandshake checks them, and says which is missing

    let gatekeeper: NIOLoopBound<UpgradeGatekeeper>
    let hub: NIOLoopBound<SignalingHub>
    /// The hub's event loop.
    let home: any EventLoop
    let mayJoinRooms: Bool

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
        open(context.channel)
    }

    /// Adds the handler of the WebSocket, on the connection's event loop.
    func open(_ channel: any Channel) -> EventLoopFuture<Void> {
        guard let id = gatekeeper.value.id else {
            return channel.eventLoop.makeFailedFuture(SignalingError(.closed, "there is no place for another socket"))
        }
        let (home, hub, mayJoinRooms, identity) = (home, hub, mayJoinRooms, gatekeeper.value.identity)
        let make: @Sendable () -> NIOLoopBound<ServerSocket> = {
            NIOLoopBound(
                ServerSocket(
                    hub: hub.value, id: id, channel: channel, mayJoinRooms: mayJoinRooms, identity: identity),
                eventLoop: home)
        }
        let add: @Sendable (NIOLoopBound<ServerSocket>) throws -> Void = { socket in
            try channel.pipeline.syncOperations.addHandler(ServerSocketHandler(socket, home: home))
        }
        if home.inEventLoop { return home.makeCompletedFuture { try add(make()) } }
        return home.submit(make).hop(to: channel.eventLoop).flatMapThrowing(add)
    }
}
