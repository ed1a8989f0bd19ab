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

/// Waits for an answer that refuses, to say why, with the server's own words where they are text.
private final class RefusalReader: ChannelInboundHandler {
    typealias InboundIn = HTTPClientResponsePart

    private static let longestText = 200

    private let fail: (SignalingError) -> Void
    private let reason: (HTTPResponseHead) -> SignalingError
    private var error: SignalingError?
    private var isText = false
    private var text: [UInt8] = []

    init(fail: @escaping (SignalingError) -> Void, reason: @escaping (HTTPResponseHead) -> SignalingError) {
        self.fail = fail
        self.reason = reason
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head):
            error = reason(head)
            isText = head.headers.first(name: "content-type")?.lowercased().hasPrefix("text/plain") == true
            if !isText { finish() }
        case .body(let bytes):
            text += bytes.readableBytesView.prefix(Self.longestText - text.count)
            if text.count == Self.longestText { finish() }
        case .end: finish()
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        finish()
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        finish()
        context.fireErrorCaught(error)
    }

    private func finish() {
        guard let error else {
            return fail(SignalingError(.connectionFailed, "the server closed the connection instead of answering"))
        }
        // A line for a log: nothing in it that is no character.
        let words = String(decoding: text, as: UTF8.self).split {
            !($0.isLetter || $0.isNumber || $0.isPunctuation || $0.isSymbol)
        }
        .joined(separator: " ")
        fail(words.isEmpty ? error : SignalingError(error.code, "\(error.message); it says: \(words)"))
    }
}
