internal import NIOCore
internal import NIOHTTP1
internal import Signaling

/// Waits for the head of a connection's first request, and makes of the connection what it asks
/// for: a WebSocket, or HTTP. Then it goes.
///
/// NIO's own handler for this loses a request that asks for another protocol and is not given it,
/// such as HTTP/2, or that has a body.
final class FirstRequestHandler: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = HTTPServerRequestPart
    typealias OutboundIn = HTTPServerResponsePart
    typealias OutboundOut = HTTPServerResponsePart

    private enum State {
        case waiting
        /// Whether the request has come whole, and the headers of the 101 answer, when there are
        /// some.
        case asking(HTTPRequestHead, isWhole: Bool, HTTPHeaders?)
        /// It is a WebSocket as soon as its handler is there; bytes that come before are kept.
        case upgrading([NIOAny])
        case done
    }

    private let choose: (HTTPRequestHead) -> (any ConnectionUpgrader)?
    private var upgrader: (any ConnectionUpgrader)?
    /// Handlers that read HTTP, the last one first, which must not see what the others leave; and
    /// the one that writes it.
    private let readers: [any RemovableChannelHandler]
    private let encoder: any RemovableChannelHandler
    private let makeHTTP: (any Channel) throws -> GatewayChannel.Kind
    private let kind: EventLoopPromise<GatewayChannel.Kind>
    private var state = State.waiting
    private var waitsToRead = false

    /// - Parameters:
    ///   - choose: what makes a WebSocket of a request that asks for one; nil where nothing does.
    ///   - kind: succeeds when it is known what the connection is.
    ///   - makeHTTP: adds the handlers of HTTP.
    init(
        readers: [any RemovableChannelHandler], encoder: any RemovableChannelHandler,
        kind: EventLoopPromise<GatewayChannel.Kind>,
        choose: @escaping (HTTPRequestHead) -> (any ConnectionUpgrader)?,
        makeHTTP: @escaping (any Channel) throws -> GatewayChannel.Kind
    ) {
        self.choose = choose
        self.readers = readers
        self.encoder = encoder
        self.kind = kind
        self.makeHTTP = makeHTTP
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        state = .done
        kind.fail(ChannelError.ioOnClosedChannel)
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        // Nobody closes half of a WebSocket.
        if case ChannelEvent.inputClosed? = event as? ChannelEvent {
            switch state {
            case .asking, .upgrading: return context.close(promise: nil)
            case .waiting, .done: break
            }
        }
        context.fireUserInboundEventTriggered(event)
    }

    func read(context: ChannelHandlerContext) {
        // Nothing more is read while it is not known who reads it.
        switch state {
        case .waiting, .done, .asking(_, isWhole: false, _): context.read()
        case .asking, .upgrading: waitsToRead = true
        }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch state {
        case .waiting: begin(unwrapInboundIn(data), data, context)
        case .asking(let head, false, let headers):
            // A body means nothing here (RFC 6455 §4.1: it is a GET).
            guard case .end = unwrapInboundIn(data) else { return }
            state = .asking(head, isWhole: true, headers)
            if let headers { upgrade(headers, context) }
        case .asking: break
        case .upgrading(var kept):
            kept.append(data)
            state = .upgrading(kept)
        case .done: context.fireChannelRead(data)
        }
    }

    private func begin(_ part: HTTPServerRequestPart, _ data: NIOAny, _ context: ChannelHandlerContext) {
        guard case .head(let head) = part else { return }
        upgrader = HeadGate.asksForSocket(head) ? choose(head) : nil
        guard let upgrader else {
            do {
                kind.succeed(try makeHTTP(context.channel))
            } catch {
                return context.close(promise: nil)
            }
            context.fireChannelRead(data)
            return finish(context)
        }
        state = .asking(head, isWhole: false, nil)
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        upgrader.buildUpgradeResponse(
            channel: context.channel, upgradeRequest: head, initialResponseHeaders: ["connection": "upgrade"]
        ).whenComplete { result in
            let (handler, context) = bound.value
            handler.asked(result, context)
        }
    }

    private func asked(_ result: Result<HTTPHeaders, any Error>, _ context: ChannelHandlerContext) {
        guard case .asking(let head, let isWhole, _) = state else { return }
        switch result {
        case .success(let headers):
            state = .asking(head, isWhole: isWhole, headers)
            if isWhole { upgrade(headers, context) }
        case .failure: refuse(head, context)
        }
    }

    private func refuse(_ head: HTTPRequestHead, _ context: ChannelHandlerContext) {
        guard let upgrader, (try? context.pipeline.syncOperations.addHandler(upgrader.refusal)) != nil else {
            return context.close(promise: nil)
        }
        kind.succeed(.socket)
        // Its answer ends the connection, so the rest of the request does not matter.
        context.fireChannelRead(wrapInboundOut(.head(head)))
        context.fireChannelRead(wrapInboundOut(.end(nil)))
        finish(context)
    }

    private func upgrade(_ headers: HTTPHeaders, _ context: ChannelHandlerContext) {
        state = .upgrading([])
        let pipeline = context.pipeline.syncOperations
        let (encoder, channel, loop) = (encoder, context.channel, context.eventLoop)
        let bound = NIOLoopBound((self, context, encoder), eventLoop: loop)
        let head = HTTPResponseHead(version: .http1_1, status: .switchingProtocols, headers: headers)
        let removed = readers.map { pipeline.removeHandler($0) }
        EventLoopFuture.andAllSucceed(removed, on: loop).flatMap {
            let (handler, context, _) = bound.value
            context.write(handler.wrapOutboundOut(.head(head)), promise: nil)
            return context.writeAndFlush(handler.wrapOutboundOut(.end(nil)))
        }.flatMap {
            bound.value.1.pipeline.syncOperations.removeHandler(bound.value.2)
        }.flatMap {
            bound.value.0.upgrader?.open(channel)
                ?? channel.eventLoop.makeFailedFuture(ChannelError.operationUnsupported)
        }.whenComplete { result in
            let (handler, context, _) = bound.value
            switch result {
            case .success: handler.upgraded(context)
            case .failure: context.close(promise: nil)
            }
        }
    }

    private func upgraded(_ context: ChannelHandlerContext) {
        guard case .upgrading(let kept) = state else { return }
        kind.succeed(.socket)
        for data in kept { context.fireChannelRead(data) }
        if !kept.isEmpty { context.fireChannelReadComplete() }
        finish(context)
    }

    private func finish(_ context: ChannelHandlerContext) {
        state = .done
        if waitsToRead { context.read() }
        context.pipeline.syncOperations.removeHandler(context: context, promise: nil)
    }
}
