internal import NIOCore
internal import NIOHTTP1
internal import Signaling

/// Sees the head of each request of a connection before all others.
///
/// It refuses a request whose head would be dear to compare (``DearText``): header values may hold
/// any bytes (RFC 9110 §5.5). And it makes a request that asks for another protocol, and will not
/// get it, the last of its connection: NIO's decoder reads nothing behind one; so is one of
/// HTTP/1.0. A request has so
/// long to come whole, and an answer so long to be read on; then the connection is closed.
final class HeadGate: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    /// How long a request may take from its head to its end, and an answer that is not read wait.
    static let patience = TimeAmount.seconds(60)

    private let mayUpgrade: (HTTPRequestHead) -> Bool
    private var wholeTimer: Scheduled<Void>?
    private var readTimer: Scheduled<Void>?
    private var hasPassed = false
    private var hasRefused = false

    /// - Parameter mayUpgrade: whether there is a WebSocket for a first request that asks for one.
    init(mayUpgrade: @escaping (HTTPRequestHead) -> Bool) {
        self.mayUpgrade = mayUpgrade
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !hasRefused else { return }
        switch unwrapInboundIn(data) {
        case .head(let head): take(head, data, context)
        case .body: context.fireChannelRead(data)
        case .end:
            wholeTimer?.cancel()
            wholeTimer = nil
            context.fireChannelRead(data)
        }
    }

    private func take(_ head: HTTPRequestHead, _ data: NIOAny, _ context: ChannelHandlerContext) {
        wholeTimer?.cancel()
        wholeTimer = closing(context.channel)
        if DearText.isFound(in: head.uri) || head.headers.contains(where: { DearText.isFound(in: $0.value) }) {
            return refuse(context)
        }
        let isFirst = !hasPassed
        hasPassed = true
        // A client of HTTP/1.0 waits for the end of the connection (RFC 9112 §9.3).
        let isOld = head.version.major == 1 && head.version.minor == 0
        guard isOld || !head.headers["upgrade"].isEmpty, !(isFirst && Self.asksForSocket(head) && mayUpgrade(head))
        else {
            return context.fireChannelRead(data)
        }
        var last = head
        last.headers.remove(name: "upgrade")
        last.headers.replaceOrAdd(name: "connection", value: "close")
        context.fireChannelRead(wrapInboundOut(.head(last)))
    }

    func handlerRemoved(context: ChannelHandlerContext) { forget() }

    func channelInactive(context: ChannelHandlerContext) {
        forget()
        context.fireChannelInactive()
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        readTimer?.cancel()
        readTimer = context.channel.isWritable ? nil : closing(context.channel)
        context.fireChannelWritabilityChanged()
    }

    private func closing(_ channel: any Channel) -> Scheduled<Void> {
        channel.eventLoop.scheduleTask(in: Self.patience) { channel.close(promise: nil) }
    }

    private func forget() {
        wholeTimer?.cancel()
        readTimer?.cancel()
        (wholeTimer, readTimer) = (nil, nil)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // Of a first request that is none, nobody else hears.
        guard error is HTTPParserError, !hasPassed else { return context.fireErrorCaught(error) }
        if !hasRefused { refuse(context) }
    }

    static func asksForSocket(_ head: HTTPRequestHead) -> Bool {
        head.headers[canonicalForm: "upgrade"].contains { $0.lowercased() == "websocket" }
    }

    private func refuse(_ context: ChannelHandlerContext) {
        hasRefused = true
        let head = HTTPResponseHead(
            version: .http1_1, status: .badRequest, headers: ["connection": "close", "content-length": "0"])
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        let channel = context.channel
        context.writeAndFlush(wrapOutboundOut(.end(nil))).whenComplete { _ in channel.close(promise: nil) }
    }
}
