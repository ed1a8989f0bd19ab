internal import Hummingbird
internal import NIOCore
internal import NIOHTTP1

/// The WebSockets of the gateway's own beside signaling's, for connections whose first request
/// asks for one.
struct SocketRoutes: Sendable {
    /// Lets a request of an address in to one of them, or says why not.
    typealias Open =
        @Sendable (Request, Parameters, SocketAddress?, SocketRoute) async throws(GatewayFailure) ->
        SocketRoute.Body

    let all: [SocketRoute]
    let open: Open

    /// What makes a WebSocket of a connection; nil where the path has none of the gateway's own.
    func upgrader(for head: HTTPRequestHead, of channel: any Channel) -> SocketUpgrader? {
        let path = head.uri.prefix { $0 != "?" && $0 != "#" }
        for route in all {
            guard let parameters = route.parameters(of: path) else { continue }
            return SocketUpgrader(route, of: self, parameters: parameters, loop: channel.eventLoop)
        }
        return nil
    }
}
