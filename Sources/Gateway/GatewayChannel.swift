internal import HTTPTypes
internal import Hummingbird
internal import HummingbirdCore
internal import Logging
internal import NIOCore
internal import NIOHTTPTypes
internal import Signaling

/// A connection of the server: TLS, if the server has a certificate, and HTTP on it.
///
/// This is the place where a connection may become something else, such as a WebSocket: before
/// `HTTP1Channel` is set up, by the first request's headers.
struct GatewayChannel: ServerChildChannel {
    typealias Value = HTTP1Channel.Value

    /// How long a connection may be silent between two requests.
    private static let idleTime = TimeAmount.seconds(75)

    private let http: HTTP1Channel
    private let tls: TLSAcceptor?

    init(responder: @escaping HTTPChannelHandler.Responder, tls: TLSAcceptor?) {
        http = HTTP1Channel(
            responder: responder,
            configuration: .init(
                idleTimeout: Self.idleTime,
                httpDecoderConfiguration: .init(
                    maxHeaderFieldSize: 16 * 1024, maxHeaderListSize: 32 * 1024, maxHeaderFieldCount: 100)))
        self.tls = tls
    }

    func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Value> {
        guard let tls else { return http.setup(channel: channel, logger: logger) }
        return tls.secure(channel).flatMap { http.setup(channel: channel, logger: logger) }
    }

    func handle(value: Value, logger: Logger) async {
        await http.handle(value: value, logger: logger)
    }
}
