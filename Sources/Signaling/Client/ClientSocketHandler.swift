internal import AsyncQueues
internal import Logging
internal import NIOCore

/// The client's WebSocket: frames in and out, heartbeats, the closing handshake. Lives on its event
/// loop.
final class ClientSocketHandler<Dialect: ClientDialect>: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private static var closingTime: TimeAmount { .seconds(2) }

    private let configuration: SignalingClientConfiguration
    private let inbox: ClientInbox<Dialect.Message, SignalingError>
    private let notices: ServerNotices
    private var reader: WebSocketReader
    private var context: ChannelHandlerContext?
    private var heartbeat: [UInt8]?
    private var heartbeats: RepeatedTask?
    private var lastHeard = NIODeadline.distantPast
    /// How many beats there have been since. A process that has slept has not listened meanwhile.
    private var beatsSinceHeard = 0
    private var isPaused = false
    private var isClosing = false
    /// What the server has complained of last, if it has said nothing else since.
    private var complaint: ErrorMessage?
    /// What the greeting has led to, and who waits for that.
    private var welcome: ServerNotices.Welcome?
    private var welcomed: EventLoopPromise<ServerNotices.Welcome>?
    private var unwritten = 0
    private var unwrittenBytes = 0

    init(
        configuration: SignalingClientConfiguration, inbox: ClientInbox<Dialect.Message, SignalingError>,
        notices: ServerNotices = ServerNotices()
    ) {
        self.configuration = configuration
        self.inbox = inbox
        self.notices = notices
        let limit = configuration.maximumMessageSize
        reader = WebSocketReader(limit: limit, dropLimit: limit, isServer: false)
    }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        heard(context)
        let interval = TimeAmount.nanoseconds(max(1_000_000, configuration.heartbeatInterval.clampedNanoseconds))
        let bound = NIOLoopBound(self, eventLoop: context.eventLoop)
        heartbeats = context.eventLoop.scheduleRepeatedTask(initialDelay: interval, delay: interval) { _ in
            bound.value.beat(interval)
        }
        inbox.onRoom { bound.execute { $0.resume() } }
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        heartbeats?.cancel()
        heartbeats = nil
        inbox.onRoom(nil)
        end()
        self.context = nil
    }

    func channelInactive(context: ChannelHandlerContext) {
        end(SignalingError(.connectionFailed, "the connection to the signaling server broke"))
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        end(
            SignalingError(
                .connectionFailed, "the connection to the signaling server failed: \(networkReason(error))"))
        context.close(promise: nil)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        heard(context)
        var buffer = unwrapInboundIn(data)
        while let event = reader.next(&buffer) { take(event, context) }
    }

    private func take(_ event: WebSocketReader.Event, _ context: ChannelHandlerContext) {
        switch event {
        case .text(let bytes): receive(bytes)
        case .binary, .tooLarge: configuration.logger.debug("a message of the signaling server is binary")
        case .ping(let data):
            // A server that does not read its answers gets no more of them (RFC 6455 §5.5.3).
            if !isClosing, unwritten < configuration.queueLimit { write(.pong, data.readableBytesView) }
        case .pong: break
        case .close(let code):
            end(
                SignalingError(
                    .closed,
                    "the signaling server closed the connection with \(code.map { "\($0)" } ?? "no code")"
                        + (complaint.map { "; the last it said was \($0.text)" } ?? ""),
                    closeCode: code))
            if isClosing { return context.close(promise: nil) }
            finish(code: code, reason: "")
        case .violation(let code, let reason):
            end(
                SignalingError(
                    code == 1009 ? .messageTooLarge : .invalidMessage,
                    "the signaling server broke the WebSocket protocol: \(reason)"))
            // Nothing is heard any more, so there is no answer to wait for (RFC 6455 §7.1.7).
            if isClosing { context.close(promise: nil) } else { finish(code: code, reason: reason, closesOutput: true) }
        }
    }

    /// What is sent in each interval from now on.
    func startHeartbeats(_ message: [UInt8]) { heartbeat = message }

    /// Sends a text; the promise tells when it has been handed to the system.
    func send(_ bytes: [UInt8], promise: EventLoopPromise<Void>) {
        guard context != nil, !isClosing else {
            return promise.fail(SignalingError(.closed, "the connection is closed"))
        }
        guard unwritten < configuration.queueLimit, unwrittenBytes < configuration.queueBytes else {
            return promise.fail(
                SignalingError(.outboxFull, "\(unwritten) messages wait to be sent; the server reads too slowly"))
        }
        write(.text, bytes, promise: promise)
    }

    /// Closes in order; the channel closes when the server answers, or its time is up.
    func close() {
        end()
        guard let context else { return }
        if isPaused { context.channel.setOption(.autoRead, value: true).whenComplete { _ in } }
        if !isClosing { finish(code: 1000, reason: "") }
    }

    /// The same, and what the server has sent by then is still received.
    func leave() {
        if !isClosing { finish(code: 1000, reason: "") }
    }

    /// Tells what the greeting has led to: that is a new place where the server has not said so in
    /// time.
    func awaitWelcome(within time: TimeAmount, _ promise: EventLoopPromise<ServerNotices.Welcome>) {
        guard let context, !isClosing else { return promise.succeed(.ended) }
        if let welcome { return promise.succeed(welcome) }
        welcomed = promise
        let bound = NIOLoopBound(self, eventLoop: context.eventLoop)
        context.eventLoop.scheduleTask(in: time) { bound.value.take(welcome: .anew) }
    }

    private func take(welcome new: ServerNotices.Welcome) {
        if welcome == nil { welcome = new }
        welcomed?.succeed(new)
        welcomed = nil
    }

    /// Nothing more is received.
    private func end(_ error: SignalingError? = nil) {
        inbox.finish(throwing: error)
        notices.draining.finish()
        take(welcome: .ended)
    }

    private func finish(code: UInt16?, reason: String, closesOutput: Bool = false) {
        isClosing = true
        guard let context else { return }
        let bound = NIOLoopBound(self, eventLoop: context.eventLoop)
        let frame = WebSocketFrame.close(code: code, reason: reason, isMasked: true)
        context.writeAndFlush(wrapOutboundOut(frame)).assumeIsolated().whenComplete { _ in
            if closesOutput { bound.value.context?.close(mode: .output, promise: nil) }
        }
        // RFC 6455 §7.1.1: it is the server that closes the TCP connection, if it does.
        context.eventLoop.scheduleTask(in: Self.closingTime) { bound.value.context?.close(promise: nil) }
    }

    private func receive(_ bytes: [UInt8]) {
        let message: Dialect.Message
        let note: NegotiationNote?
        do throws(SignalingRefusal) {
            let parsed = try SignalingMessage(parsing: bytes)
            guard parsed.type != "server-draining" else {
                notices.draining.push(ServerNotices.Draining(parsed))
                return
            }
            if let welcome = notices.welcome(in: parsed, Dialect.welcomes) { take(welcome: welcome) }
            note = NegotiationNote(parsed)
            message = try Dialect.decode(parsed)
        } catch {
            configuration.logger.debug(
                "a message of the signaling server is not understood", metadata: ["reason": "\(error.message)"])
            return
        }
        complaint = nil
        if case .refused(let error) = Dialect.news(in: message) {
            complaint = error
            if welcome == nil { take(welcome: .refused(error)) }
        }
        guard !inbox.push(message, note: note).hasRoom, !isPaused, let context else { return }
        isPaused = true
        context.channel.setOption(.autoRead, value: false).whenComplete { _ in }
    }

    private func resume() {
        guard isPaused, let context else { return }
        isPaused = false
        heard(context)
        context.channel.setOption(.autoRead, value: true).whenComplete { _ in }
    }

    private func heard(_ context: ChannelHandlerContext) {
        lastHeard = context.eventLoop.now
        beatsSinceHeard = 0
    }

    private func beat(_ interval: TimeAmount) {
        guard let context, !isClosing else { return }
        beatsSinceHeard += 1
        // While the reader sleeps nothing is read, so nothing can be heard.
        if !isPaused, beatsSinceHeard >= 3, context.eventLoop.now - lastHeard >= interval * 3 {
            end(
                SignalingError(
                    .timedOut, "the signaling server is silent for \(interval.nanoseconds * 3 / 1_000_000) ms"))
            return context.close(promise: nil)
        }
        guard unwritten < configuration.queueLimit else { return }
        write(.ping, [])
        if let heartbeat { write(.text, heartbeat) }
    }

    private func write(
        _ opcode: WebSocketFrame.Opcode, _ payload: some Collection<UInt8>, promise: EventLoopPromise<Void>? = nil
    ) {
        guard let context else { return }
        let frame = WebSocketFrame.encode(opcode, payload, isMasked: true)
        let bytes = frame.readableBytes
        unwritten += 1
        unwrittenBytes += bytes
        let future = context.writeAndFlush(wrapOutboundOut(frame))
        let bound = NIOLoopBound(self, eventLoop: context.eventLoop)
        future.assumeIsolated().whenComplete { result in
            bound.value.unwritten -= 1
            bound.value.unwrittenBytes -= bytes
            promise?.completeWith(result)
        }
    }
}
