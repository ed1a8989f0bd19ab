internal import NIOCore
internal import NIOHTTP1

/// Turns a connection into a WebSocket when the request's rules allow it. A request that is refused
/// goes on to ``PlainHTTPHandler``, which says why.
struct ServerUpgrader: HTTPServerProtocolUpgrader, Sendable {
    let supportedProtocol = "websocket"
    let requiredUpgradeHeaders: [String] = []  // OpeningHandshake checks them, and says which is missing

    let gatekeeper: NIOLoopBound<UpgradeGatekeeper>
    let hub: HubAccess
    let mayJoinRooms: Bool

    func buildUpgradeResponse(
        channel: any Channel, upgradeRequest: HTTPRequestHead, initialResponseHeaders: HTTPHeaders
    ) -> EventLoopFuture<HTTPHeaders> {
        gatekeeper.value.check(upgradeRequest, on: channel.eventLoop).flatMap { more in
            prepare(channel).map { more }
        }.map { more in
            var headers = initialResponseHeaders
            headers.replaceOrAdd(name: "upgrade", value: supportedProtocol)
            headers.add(contentsOf: more)
            return headers
        }
    }

    func upgrade(context: ChannelHandlerContext, upgradeRequest: HTTPRequestHead) -> EventLoopFuture<Void> {
        open(context.channel)
    }

    /// Where the hub is on another event loop it knows the socket before the other end knows that
    /// it has one, as on its own.
    private func prepare(_ channel: any Channel) -> EventLoopFuture<Void> {
        let (hub, loop, gatekeeper) = (hub, channel.eventLoop, gatekeeper)
        guard hub.loop !== loop, let make = socket(of: channel) else { return loop.makeSucceededVoidFuture() }
        return hub.loop.submit {
            let socket = make()
            socket.opened()
            return socket.start
        }.hop(to: loop).map { start in
            gatekeeper.value.start = start
            // It may never have a handler.
            channel.closeFuture.whenComplete { _ in start.crossing?.news.value.add(.ended, to: start.socket) }
        }
    }

    /// Makes the socket, on the hub's event loop; nil where it has no place.
    private func socket(of channel: any Channel) -> (@Sendable () -> ServerSocket)? {
        guard let id = gatekeeper.value.id else { return nil }
        let (hub, mayJoinRooms) = (hub, mayJoinRooms)
        let (identity, host) = (gatekeeper.value.identity, gatekeeper.value.host)
        return {
            ServerSocket(
                hub: hub.value, id: id, channel: channel, mayJoinRooms: mayJoinRooms, identity: identity, host: host,
                orders: hub.value.orders(to: channel.eventLoop))
        }
    }

    /// Adds the handler of the WebSocket, on the connection's event loop.
    func open(_ channel: any Channel) -> EventLoopFuture<Void> {
        channel.eventLoop.makeCompletedFuture {
            let start =
                if hub.loop === channel.eventLoop { socket(of: channel)?().start } else { gatekeeper.value.start }
            guard let start else { throw SignalingError(.closed, "there is no place for another socket") }
            try channel.pipeline.syncOperations.addHandler(ServerSocketHandler(start))
        }
    }
}
