internal import NIOCore
internal import NIOHTTP1
internal import Signaling

/// Makes a WebSocket of one connection, whose first request asks for it. On the connection's event
/// loop.
protocol ConnectionUpgrader {
    /// The headers of the 101 answer; fails where the request is refused, which ``refusal`` then
    /// says to the client.
    func buildUpgradeResponse(
        channel: any Channel, upgradeRequest: HTTPRequestHead, initialResponseHeaders: HTTPHeaders
    ) -> EventLoopFuture<HTTPHeaders>

    /// Adds the handler of the WebSocket, when the 101 answer is written and no handler of HTTP is
    /// left.
    func open(_ channel: any Channel) -> EventLoopFuture<Void>

    /// Takes the parts of a refused request, answers, and closes the connection.
    var refusal: any ChannelInboundHandler & RemovableChannelHandler { get }
}

extension SignalingUpgrader: ConnectionUpgrader {}
