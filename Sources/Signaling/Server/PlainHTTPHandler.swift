internal import NIOCore
internal import NIOHTTP1

/// Answers what is no WebSocket, and what must not be one, and closes.
final class PlainHTTPHandler: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private let rules: RequestRules
    private let metrics: ServerMetrics
    private let readiness: () -> Readiness
    /// Why the request became no WebSocket, where the rules alone would have let it.
    var refusal: HTTPAnswer?
    private var head: HTTPRequestHead?
    private var hasAnswered = false

    /// - Parameter readiness: asked when there is a request.
    init(rules: RequestRules, metrics: ServerMetrics, readiness: @escaping () -> Readiness) {
        self.rules = rules
        self.metrics = metrics
        self.readiness = readiness
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
        let answer = refusal ?? rules.answer(request, readiness: readiness())
        if let reason = reason(of: answer) { metrics.refused(reason) }
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
        case 503: refusal != nil && readiness() == .draining ? .draining : nil
        case 401: .token
        case 403: .origin
        case 421: .host
        default: .request
        }
    }
}
