internal import NIOCore
internal import NIOHTTP1

/// The client's opening handshake: asks for a WebSocket and checks the answer (RFC 6455 §4.1).
struct ClientUpgrader<Dialect: ClientDialect>: NIOTypedHTTPClientProtocolUpgrader, Sendable {
    /// What becomes of a connection that is a WebSocket now.
    struct Upgraded: Sendable {
        let handler: NIOLoopBound<ClientSocketHandler<Dialect>>
        let subprotocol: String?
    }

    let supportedProtocol = "websocket"
    let requiredUpgradeHeaders: [String] = []

    private let key = OpeningHandshake.newKey()
    private let subprotocols: [String]
    private let open: @Sendable (any Channel) throws -> NIOLoopBound<ClientSocketHandler<Dialect>>

    /// - Parameter open: adds the handler of the WebSocket, on the connection's event loop.
    init(
        subprotocols: [String],
        open: @escaping @Sendable (any Channel) throws -> NIOLoopBound<ClientSocketHandler<Dialect>>
    ) {
        self.subprotocols = subprotocols
        self.open = open
    }

    func addCustom(upgradeRequestHeaders headers: inout HTTPHeaders) {
        headers.add(name: "Sec-WebSocket-Key", value: key)
        headers.add(name: "Sec-WebSocket-Version", value: OpeningHandshake.version)
        guard !subprotocols.isEmpty else { return }
        headers.add(name: "Sec-WebSocket-Protocol", value: subprotocols.joined(separator: ", "))
    }

    /// The answer is checked when it is taken, where an error can say what is wrong with it.
    func shouldAllowUpgrade(upgradeResponse: HTTPResponseHead) -> Bool { true }

    func upgrade(channel: any Channel, upgradeResponse: HTTPResponseHead) -> EventLoopFuture<EventLoopFuture<Upgraded>>
    {
        channel.eventLoop.makeCompletedFuture {
            let chosen = try OpeningHandshake.check(upgradeResponse, key: key, subprotocols: subprotocols)
            let upgraded = Upgraded(handler: try open(channel), subprotocol: chosen)
            return channel.eventLoop.makeSucceededFuture(upgraded)
        }
    }

    /// The answer is no upgrade, or a wrong one: fails with what it says once it has been read.
    func refused(_ channel: any Channel) -> EventLoopFuture<EventLoopFuture<Upgraded>> {
        channel.eventLoop.makeCompletedFuture {
            let promise = channel.eventLoop.makePromise(of: Upgraded.self)
            let reader = RefusalReader(fail: { promise.fail($0) }) { response in
                do throws(SignalingError) {
                    _ = try OpeningHandshake.check(response, key: key, subprotocols: subprotocols)
                    return SignalingError(.upgradeRefused, "the server answers, but not with a WebSocket")
                } catch {
                    return error
                }
            }
            try channel.pipeline.syncOperations.addHandler(reader)
            return promise.futureResult
        }
    }
}

/// Waits for the head of an answer that refuses, to say why.
private final class RefusalReader: ChannelInboundHandler {
    typealias InboundIn = HTTPClientResponsePart

    private let fail: (SignalingError) -> Void
    private let reason: (HTTPResponseHead) -> SignalingError

    init(fail: @escaping (SignalingError) -> Void, reason: @escaping (HTTPResponseHead) -> SignalingError) {
        self.fail = fail
        self.reason = reason
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard case .head(let head) = unwrapInboundIn(data) else { return }
        fail(reason(head))
    }

    func channelInactive(context: ChannelHandlerContext) {
        fail(SignalingError(.connectionFailed, "the server closed the connection instead of answering"))
        context.fireChannelInactive()
    }
}
