package import AsyncQueues
package import NIOCore
package import NIOHTTP1
internal import Synchronization

/// The server's end of a WebSocket that carries a protocol of its own: texts in and out, on a
/// connection that an HTTP server has accepted. May be used from any thread.
package final class TextSocket: Sendable {
    /// What has come.
    package enum Event: Sendable, Equatable {
        /// A message, in UTF-8.
        case text([UInt8])
        /// A message that is not taken: too large, too many a second, or binary.
        case refused(SignalingRefusal)
    }

    /// What a socket may cost.
    package struct Limits: Sendable {
        /// The largest message that is taken, in bytes.
        package var messageSize = 64 * 1024
        /// How many messages may come at once, and then a second.
        package var messageBurst = 200
        package var messagesPerSecond = 50.0
        /// What may wait to be sent; then the socket is closed with 1013.
        package var outbox = 256
        package var outboxBytes = 1 << 20
        /// The time between two pings; after three without a sign of life the socket is closed.
        package var pingInterval = TimeAmount.seconds(5)

        package init() {}
    }

    /// What has come, in order; ends with the socket. While eight wait nothing more is read.
    package let events = AsyncQueue<Event, Never>(.init(count: 8, overflow: .admit))
    private let channel: any Channel
    private let limits: Limits
    private let waiting = Mutex((messages: 0, bytes: 0, isClosing: false))

    private init(_ channel: any Channel, _ limits: Limits) {
        self.channel = channel
        self.limits = limits
    }

    /// The headers of the 101 answer to a request, beside `Connection` and `Upgrade`.
    ///
    /// - Throws: a status and a text, where it asks for no WebSocket, or not as RFC 6455 §4.2.1
    ///   has it.
    package static func headers(for request: HTTPRequestHead) throws(HTTPAnswer) -> HTTPHeaders {
        try OpeningHandshake.accept(request, subprotocols: [])
    }

    /// Takes a connection over; called on its event loop, when the 101 answer has been written and
    /// no handler of HTTP is left.
    package static func open(on channel: any Channel, limits: Limits = Limits()) throws -> TextSocket {
        let socket = TextSocket(channel, limits)
        if let options = channel.syncOptions {
            try options.setOption(.allowRemoteHalfClosure, value: false)
            try options.setOption(.socketOption(.tcp_nodelay), value: 1)
        }
        try channel.pipeline.syncOperations.addHandler(TextSocketHandler(socket, limits))
        return socket
    }

    /// Sends a message.
    ///
    /// - Parameter text: UTF-8.
    /// - Returns: false where the socket is closed, or is closed now because too much waits.
    @discardableResult
    package func send(_ text: [UInt8]) -> Bool {
        enum Outcome { case sent, closed, full }
        let outcome = waiting.withLock { waiting -> Outcome in
            guard !waiting.isClosing else { return .closed }
            guard waiting.messages < limits.outbox, waiting.bytes + text.count <= limits.outboxBytes else {
                return .full
            }
            waiting.messages += 1
            waiting.bytes += text.count
            return .sent
        }
        switch outcome {
        case .closed: return false
        case .full:
            close(code: 1013, reason: "too much waits to be sent")
            return false
        case .sent:
            channel.writeAndFlush(WebSocketFrame.encode(.text, text, isMasked: false)).whenComplete { [self] _ in
                waiting.withLock { waiting in
                    waiting.messages -= 1
                    waiting.bytes -= text.count
                }
            }
            return true
        }
    }

    /// Closes the socket behind what was sent; nothing is sent or taken any more.
    ///
    /// - Parameters:
    ///   - code: see RFC 6455 §7.4.
    ///   - reason: for people, up to 123 bytes.
    package func close(code: UInt16, reason: String) {
        let isFirst = waiting.withLock { waiting in
            defer { waiting.isClosing = true }
            return !waiting.isClosing
        }
        guard isFirst else { return }
        events.finish()
        let channel = channel
        channel.writeAndFlush(WebSocketFrame.close(code: code, reason: reason, isMasked: false), promise: nil)
        channel.eventLoop.scheduleTask(in: .seconds(5)) { channel.close(promise: nil) }
    }

    /// The connection is gone.
    fileprivate func ended() {
        waiting.withLock { $0.isClosing = true }
        events.finish()
    }

    fileprivate var isClosing: Bool { waiting.withLock { $0.isClosing } }
}

/// Reads the frames of a ``TextSocket``. Lives on its event loop.
private final class TextSocketHandler: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundIn = ByteBuffer

    private static let dropLimit = 1 << 20
    private static let silentPings = 3

    private let socket: TextSocket
    private let limits: TextSocket.Limits
    private var reader: WebSocketReader
    private var rate: RateLimit
    private var isAboveRate = false
    private var pings: RepeatedTask?
    private var pingsSinceSign = 0
    private var waitsToRead = false

    init(_ socket: TextSocket, _ limits: TextSocket.Limits) {
        self.socket = socket
        self.limits = limits
        reader = WebSocketReader(limit: limits.messageSize, dropLimit: Self.dropLimit, isServer: true)
        rate = RateLimit(burst: limits.messageBurst, perSecond: limits.messagesPerSecond)
    }

    func handlerAdded(context: ChannelHandlerContext) {
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        let loop = context.eventLoop
        socket.events.onRoom {
            loop.execute {
                let (handler, context) = bound.value
                guard handler.waitsToRead else { return }
                handler.waitsToRead = false
                context.read()
            }
        }
        pings = loop.scheduleRepeatedTask(initialDelay: limits.pingInterval, delay: limits.pingInterval) { _ in
            let (handler, context) = bound.value
            handler.ping(context)
        }
    }

    func handlerRemoved(context: ChannelHandlerContext) { end() }

    func channelInactive(context: ChannelHandlerContext) {
        end()
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        end()
        context.close(promise: nil)
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        // Nobody closes half of a WebSocket.
        if case ChannelEvent.inputClosed? = event as? ChannelEvent { context.close(promise: nil) }
        context.fireUserInboundEventTriggered(event)
    }

    func read(context: ChannelHandlerContext) {
        if socket.events.hasRoom { context.read() } else { waitsToRead = true }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var buffer = unwrapInboundIn(data)
        while let event = reader.next(&buffer) { take(event, context) }
    }

    private func take(_ event: WebSocketReader.Event, _ context: ChannelHandlerContext) {
        pingsSinceSign = 0
        switch event {
        case .close(let code):
            if socket.isClosing { return context.close(promise: nil) }
            socket.close(code: code ?? 1000, reason: "")
            // Their half of the closing is done (RFC 6455 §7.1.1).
            context.close(mode: .output, promise: nil)
        case .violation(let code, let reason): socket.close(code: code, reason: reason)
        case .ping(let data):
            guard context.channel.isWritable, !socket.isClosing else { return }
            let pong = WebSocketFrame.encode(.pong, data.readableBytesView, isMasked: false)
            context.writeAndFlush(NIOAny(pong), promise: nil)
        case .pong: break
        case .text(let bytes):
            let now = Duration.nanoseconds(context.eventLoop.now.uptimeNanoseconds)
            let isTaken = rate.take(now: now)
            defer { isAboveRate = !isTaken }
            if isTaken { return _ = socket.events.push(.text(bytes)) }
            // Said once: a piece of the stream may have thousands.
            guard !isAboveRate else { return }
            let text = "\(Int(limits.messagesPerSecond)) messages a second are taken; send less"
            socket.events.push(.refused(SignalingRefusal(ErrorMessage.Code.rateLimited, text)))
        case .binary:
            socket.events.push(
                .refused(SignalingRefusal(ErrorMessage.Code.malformed, "a message is text, not binary", isBad: true)))
        case .tooLarge:
            let text = "a message has \(limits.messageSize) bytes at most"
            socket.events.push(.refused(SignalingRefusal(ErrorMessage.Code.tooLarge, text, isBad: true)))
        }
    }

    private func ping(_ context: ChannelHandlerContext) {
        guard !socket.isClosing else { return }
        // Nothing is read while too much waits to be taken: that is nobody's silence.
        pingsSinceSign = waitsToRead ? 0 : pingsSinceSign + 1
        if pingsSinceSign > Self.silentPings { return context.close(promise: nil) }
        guard context.channel.isWritable else { return }
        context.writeAndFlush(NIOAny(WebSocketFrame.encode(.ping, [], isMasked: false)), promise: nil)
    }

    private func end() {
        pings?.cancel()
        pings = nil
        socket.events.onRoom(nil)
        socket.ended()
    }
}
