internal import NIOCore

/// The end of a connection that is a WebSocket: reads messages out of its bytes for its
/// ``ServerSocket``.
///
/// Where that is on the connection's event loop, each goes there at once. Where it is on another,
/// their JSON is read here too, and all that has come in a turn of the loop goes over together, in
/// its order; what it has the connection do comes back so. The connection is not read from while
/// more than a little of it is under way.
final class ServerSocketHandler: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    /// What one is made with.
    struct Start: Sendable {
        let socket: NIOLoopBound<ServerSocket>
        /// The largest message that is taken, in bytes.
        let messageSize: Int
        /// The way to the socket, where it is on another event loop.
        let crossing: (news: NIOLoopBoundBox<SocketNewsQueue>, ledger: SocketLedger)?
    }

    /// How much may be under way to another event loop, by its weight.
    private static let mostUnderWay = 32 * 1024
    /// A message up to this size is dropped and answered with an error; above it the socket is
    /// closed with 1009.
    private static let dropLimit = 1 << 20

    private let socket: NIOLoopBound<ServerSocket>
    /// Nil where the socket is here.
    private let crossing: (news: SocketNewsQueue, ledger: SocketLedger)?
    private var reader: WebSocketReader
    private var context: ChannelHandlerContext?

    // What is under way to another event loop.
    private var sent = 0
    private var held = 0
    private var untold = 0
    private var waitsToRead = false

    /// The last frame that is to be written, for those before it need no answer each.
    private var last: ByteBuffer?
    private var unflushed = (messages: 0, bytes: 0)

    init(_ start: Start) {
        socket = start.socket
        crossing = start.crossing.map { ($0.news.value, $0.ledger) }
        reader = WebSocketReader(limit: start.messageSize, dropLimit: Self.dropLimit, isServer: true)
    }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        let bound = NIOLoopBound(self, eventLoop: context.eventLoop)
        if let crossing {
            crossing.news.add(.attached(bound), to: socket)
        } else {
            socket.value.attached(bound)
            socket.value.opened()
        }
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.context = nil
        end()
    }

    func channelInactive(context: ChannelHandlerContext) {
        end()
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        end()
        context.close(promise: nil)
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        // Another event loop knows by what was written.
        if crossing == nil { socket.value.pump() }
        context.fireChannelWritabilityChanged()
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        // A server that keeps half-closed connections says so; nobody closes half of a WebSocket.
        if case ChannelEvent.inputClosed? = event as? ChannelEvent { context.close(promise: nil) }
        context.fireUserInboundEventTriggered(event)
    }

    private func end() {
        if let crossing { crossing.news.add(.ended, to: socket) } else { socket.value.ended() }
    }

    // MARK: Reading

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var buffer = unwrapInboundIn(data)
        if let crossing { return send(&buffer, context.eventLoop.now, crossing.news) }
        let socket = socket.value
        socket.came(bytes: buffer.readableBytes)
        while let event = reader.next(&buffer) { socket.take(SocketEvent(event, reads: false)) }
        socket.holds(reader.heldBytes)
    }

    private func send(_ buffer: inout ByteBuffer, _ now: NIODeadline, _ news: SocketNewsQueue) {
        untold += buffer.readableBytes
        var (events, weight) = ([SocketEvent](), 0)
        while let event = reader.next(&buffer) {
            let event = SocketEvent(event, reads: true)
            weight += event.weight
            events.append(event)
        }
        guard !events.isEmpty || reader.heldBytes != held else { return }
        held = reader.heldBytes
        let read = SocketNews.Read(time: now, bytes: untold, events: events, held: held, weight: weight)
        untold = 0
        sent += weight
        news.add(.read(read), to: socket, weight: weight)
    }

    func read(context: ChannelHandlerContext) {
        guard !waitsToRead else { return }
        if mayRead { context.read() } else { waitsToRead = true }
    }

    private var mayRead: Bool {
        guard let crossing else { return true }
        if sent - crossing.ledger.taken.total > Self.mostUnderWay {
            crossing.ledger.taken.ask()
            guard sent - crossing.ledger.taken.total <= Self.mostUnderWay else { return false }
        }
        return crossing.news.mayRead(self)
    }

    /// There may be room for more.
    func readOn() {
        guard waitsToRead, mayRead else { return }
        waitsToRead = false
        context?.read()
    }

    /// Keeps no messages any more.
    func keepNothing() { reader.keepNothing() }

    // MARK: Orders of a socket on another event loop

    /// Does as it is told; what is to be written goes with the next ``flush()``.
    func carryOut(_ order: SocketOrder) {
        switch order {
        case .write(let frame, let isMessage, let since):
            write(frame)
            unflushed.messages += isMessage ? 1 : 0
            unflushed.bytes += frame.readableBytes
            if let since, let crossing, let context {
                crossing.news.add(.delivered(since: since, at: context.eventLoop.now), to: socket)
            }
        case .sayClose(let frame, let closesOutput):
            guard let channel = context?.channel else { return }
            write(frame)
            flush { if closesOutput { channel.close(mode: .output, promise: nil) } }
        case .keepNothing: keepNothing()
        case .readOn: readOn()
        }
    }

    private func write(_ frame: ByteBuffer) {
        if let former = last { context?.write(wrapOutboundOut(former), promise: nil) }
        last = frame
    }

    /// Sends what was written.
    func flush() { flush {} }

    private func flush(then: @escaping @Sendable () -> Void) {
        guard let frame = last, let context, let crossing else { return }
        let (messages, bytes) = unflushed
        (last, unflushed) = (nil, (0, 0))
        let (bound, ledger) = (NIOLoopBound(self, eventLoop: context.eventLoop), crossing.ledger)
        context.writeAndFlush(wrapOutboundOut(frame)).whenComplete { _ in
            ledger.writtenMessages.pass(messages)
            if ledger.writtenBytes.pass(bytes) { bound.value.tellWritten() }
            then()
        }
    }

    private func tellWritten() { crossing?.news.add(.written, to: socket) }
}
