public import NIOCore
public import NIOHTTP1

// Sockets that came to another HTTP server.
extension SignalingServer {
    /// What makes a WebSocket of a connection that another HTTP server on SwiftNIO has accepted,
    /// so that signaling is on its port: one of the `upgraders` of
    /// `configureHTTPServerPipeline(withServerUpgrade:)`.
    ///
    /// The requests that it takes are those for `/` and `/ws`, by the same rules as on a port of
    /// the signaling server's own: `Host`, `Origin`, subprotocols, tokens, the limits of sockets.
    /// The connection may be on any event loop.
    ///
    /// - Parameters:
    ///   - channel: the connection; called on its event loop, before it has read anything.
    ///   - isSecure: whether the other server speaks TLS on it.
    ///   - clientAddress: the IP address that a request counts for; nil, the default, is the
    ///     connection's. Asked on its event loop.
    /// - Throws: `.invalidState` where the server was not started, see ``startWithoutListening()``.
    public func upgrader(
        for channel: any Channel, isSecure: Bool,
        clientAddress: (@Sendable (HTTPRequestHead) -> String?)? = nil
    ) throws(SignalingError) -> SignalingUpgrader {
        guard let listener else { throw SignalingError(.invalidState, "the signaling server does not run") }
        let (hub, loop) = (listener.hub, channel.eventLoop)
        let isOnLoopback = Self.isLoopback(channel.parent?.localAddress)
        let rules = RequestRules(configuration: configuration, isOnLoopback: isOnLoopback, isSecure: isSecure)
        let gatekeeper = NIOLoopBound(
            UpgradeGatekeeper(rules: rules, tokens: configuration.tokens) { request in
                let address = clientAddress?(request)
                return hub.loop.submit {
                    if let refusal = hub.value.readiness.refusal { throw refusal }
                    guard let id = hub.value.admit(channel, from: address) else { throw Readiness.full.noPlace }
                    return id
                }
            } release: { id in
                hub.tell { $0.release(id) }
            }, eventLoop: loop)
        let refusals = PlainHTTPHandler(rules: rules, gatekeeper: gatekeeper.value, readiness: { .ready }) { reason in
            hub.tell { $0.metrics.refused(reason) }
        }
        return SignalingUpgrader(
            ServerUpgrader(
                gatekeeper: gatekeeper, hub: hub, mayJoinRooms: configuration.opensRooms || isOnLoopback),
            refusals: NIOLoopBound(refusals, eventLoop: loop))
    }
}
