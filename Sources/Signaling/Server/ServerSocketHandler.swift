internal import NIOCore
internal import NIOWebSocket

/// One WebSocket of the server: frames in and out, the outbox's limit, the closing handshake.
final class ServerSocketHandler: ChannelInboundHandler {
    typealias InboundIn = WebSocketFrame
    typealias OutboundOut = WebSocketFrame

    /// How long the other end has to answer a close frame, and a slow reader to take what is left for it.
    private static let closingTime = TimeAmount.seconds(5)

    private let hub: SignalingHub
    private var assembler: MessageAssembler
    private var id: SignalingServerCore.SocketID = 0
    private var context: ChannelHandlerContext?
    private var unwritten = 0
    private var isClosing = false

    init(hub: SignalingHub) {
        self.hub = hub
        assembler = MessageAssembler(limit: hub.limits.messageSize, isServer: true)
    }

    var channelID: ObjectIdentifier? { context.map { ObjectIdentifier($0.channel) } }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        id = hub.add(self)
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.context = nil
        hub.remove(id)
    }

    func channelInactive(context: ChannelHandlerContext) {
        isClosing = true
        hub.remove(id)
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        isClosing = true
        hub.remove(id)
        context.close(promise: nil)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard let event = assembler.receive(unwrapInboundIn(data)) else { return }
        switch event {
        case .ping(let data):
            guard !isClosing else { return }
            hub.receive(event, from: id)
            write(WebSocketFrame(fin: true, opcode: .pong, data: data))
            if unwritten > hub.limits.outbox { end(code: 1013, reason: "messages are read too slowly") }
        case .close(let code):
            if isClosing {
                context.close(promise: nil)
            } else {
                end(code: code.flatMap { WebSocketFrame.maySend($0) ? $0 : nil }, reason: "", closesChannel: true)
            }
        case .violation(let code, let reason): if !isClosing { end(code: code, reason: reason) }
        case .text, .binary, .tooLarge, .pong: if !isClosing { hub.receive(event, from: id) }
        }
    }

    /// False when the outbox is full; then the message is not queued.
    func send(_ bytes: [UInt8]) -> Bool {
        guard let context, !isClosing else { return true }
        guard unwritten < hub.limits.outbox else { return false }
        write(WebSocketFrame(fin: true, opcode: .text, data: context.channel.allocator.buffer(bytes: bytes)))
        return true
    }

    /// Sends a close frame behind what waits, and closes the channel when the other end answers or its time is up.
    func close(code: UInt16, reason: String, within time: TimeAmount = closingTime) {
        guard !isClosing else { return }
        sendClose(code: code, reason: reason, closesChannel: false, within: time)
    }

    /// Ends the socket from inside: the hub hears of it first.
    private func end(code: UInt16?, reason: String, closesChannel: Bool = false) {
        hub.remove(id)
        sendClose(code: code, reason: reason, closesChannel: closesChannel, within: Self.closingTime)
    }

    private func sendClose(code: UInt16?, reason: String, closesChannel: Bool, within time: TimeAmount) {
        isClosing = true
        guard let context else { return }
        let bound = NIOLoopBound(self, eventLoop: context.eventLoop)
        let frame = WebSocketFrame.close(code: code, reason: reason, maskKey: nil, ByteBufferAllocator())
        context.writeAndFlush(wrapOutboundOut(frame)).assumeIsolated().whenComplete { _ in
            if closesChannel { bound.value.context?.close(promise: nil) }
        }
        context.eventLoop.scheduleTask(in: time) { bound.value.context?.close(promise: nil) }
    }

    private func write(_ frame: WebSocketFrame) {
        guard let context else { return }
        unwritten += 1
        let bound = NIOLoopBound(self, eventLoop: context.eventLoop)
        context.writeAndFlush(wrapOutboundOut(frame)).assumeIsolated().whenComplete { _ in bound.value.unwritten -= 1 }
    }
}
