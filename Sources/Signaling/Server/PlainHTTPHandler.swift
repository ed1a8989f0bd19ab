internal import NIOCore
internal import NIOHTTP1
internal import NIOWebSocket

/// Answers what is no WebSocket upgrade: says what this server is, and closes.
final class PlainHTTPHandler: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    /// The paths that are WebSockets.
    static func isWebSocketPath(_ uri: String) -> Bool {
        let path = uri.prefix { $0 != "?" }
        return path == "/" || path == "/ws"
    }

    private var head: HTTPRequestHead?

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head): self.head = head
        case .body: break
        case .end:
            guard let head else { return }
            self.head = nil
            respond(to: head, context)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // An upgrade that is refused is a request like any other, and gets its answer.
        if error is NIOWebSocketUpgradeError || error is HTTPServerUpgradeErrors { return }
        context.close(promise: nil)
    }

    private func respond(to request: HTTPRequestHead, _ context: ChannelHandlerContext) {
        let status: HTTPResponseStatus
        let text: String
        switch (request.method, request.uri.prefix { $0 != "?" }) {
        case (.GET, "/"), (.HEAD, "/"):
            (status, text) = (.ok, "This is a swift-webrtc signaling server. Connect with a WebSocket to / or /ws.\n")
        case (.GET, "/ws"), (.HEAD, "/ws"):
            (status, text) = (.upgradeRequired, "Connect with a WebSocket.\n")
        case (.GET, _), (.HEAD, _):
            (status, text) = (.notFound, "There is nothing here; the WebSocket is at / and /ws.\n")
        default: (status, text) = (.methodNotAllowed, "Connect with a WebSocket to / or /ws.\n")
        }
        var headers: HTTPHeaders = [
            "content-type": "text/plain; charset=utf-8", "content-length": "\(text.utf8.count)", "connection": "close",
        ]
        if status == .upgradeRequired { headers.replaceOrAdd(name: "connection", value: "close, upgrade") }
        if status == .upgradeRequired { headers.add(name: "upgrade", value: "websocket") }
        if status == .methodNotAllowed { headers.add(name: "allow", value: "GET, HEAD") }
        context.write(
            wrapOutboundOut(.head(HTTPResponseHead(version: .http1_1, status: status, headers: headers))), promise: nil)
        if request.method != .HEAD {
            context.write(
                wrapOutboundOut(.body(.byteBuffer(context.channel.allocator.buffer(string: text)))), promise: nil)
        }
        let channel = context.channel
        context.writeAndFlush(wrapOutboundOut(.end(nil))).whenComplete { _ in channel.close(promise: nil) }
    }
}
