internal import NIOCore
internal import NIOHTTP1

/// Answers what is no WebSocket, and what must not be one, and closes.
final class PlainHTTPHandler: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private let rules: RequestRules
    private let readiness: () -> Readiness
    private let gatekeeper: UpgradeGatekeeper
    private let isRefused: (ServerMetrics.Refusal) -> Void
    private var head: HTTPRequestHead?
    private var hasAnswered = false

    /// - Parameters:
    ///   - gatekeeper: has seen the request, if it is one for a WebSocket.
    ///   - readiness: asked when there is a request.
    ///   - isRefused: told of a request that is refused.
    init(
        rules: RequestRules, gatekeeper: UpgradeGatekeeper, readiness: @escaping () -> Readiness,
        isRefused: @escaping (ServerMetrics.Refusal) -> Void
    ) {
        self.rules = rules
        self.gatekeeper = gatekeeper
        self.readiness = readiness
        self.isRefused = isRefused
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head): self.head = head
        case .body: break
        case .end:
            guard let head, !hasAnswered else { return }
            hasAnswered = true
            respond(to: head, context)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // An upgrade that is refused is a request like any other, and gets its answer.
        if error is HTTPAnswer { return }
        context.close(promise: nil)
    }

    private func respond(to request: HTTPRequestHead, _ context: ChannelHandlerContext) {
        let answer = gatekeeper.refusal ?? rules.answer(request, readiness: readiness())
        if let reason = reason(of: answer) { isRefused(reason) }
        let text = answer.text + "\n"
        var headers: HTTPHeaders = [
            "content-type": answer.contentType, "content-length": "\(text.utf8.count)",
            "connection": answer.headers["upgrade"] == nil ? "close" : "close, upgrade",
        ]
        for (name, value) in answer.headers { headers.add(name: name, value: value) }
        context.write(
            wrapOutboundOut(.head(HTTPResponseHead(version: .http1_1, status: answer.status, headers: headers))),
            promise: nil)
        if request.method != .HEAD {
            context.write(
                wrapOutboundOut(.body(.byteBuffer(context.channel.allocator.buffer(string: text)))), promise: nil)
        }
        let channel = context.channel
        context.writeAndFlush(wrapOutboundOut(.end(nil))).whenComplete { _ in channel.close(promise: nil) }
    }

    /// What an answer is counted as; nil where nothing is refused, or it was counted already: a
    /// connection without a place is one before it asks.
    private func reason(of answer: HTTPAnswer) -> ServerMetrics.Refusal? {
        switch answer.status.code {
        case ..<400: nil
        case 503: gatekeeper.refusal != nil && readiness() == .draining ? .draining : nil
        case 401: .token
        case 403: .origin
        case 421: .host
        default: .request
        }
    }
}
