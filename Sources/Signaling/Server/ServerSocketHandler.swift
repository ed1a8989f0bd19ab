internal import NIOCore

/// The end of a connection that is a WebSocket: gives what comes to its ``ServerSocket``, at once
/// where that is on the connection's event loop, and behind it where it is on another. Then the
/// connection is not read from while more than a little is on its way.
final class ServerSocketHandler: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundIn = ByteBuffer

    /// How many bytes may be on their way to another event loop.
    private static let mostUnderWay = 32 * 1024

    private let socket: NIOLoopBound<ServerSocket>
    private let home: any EventLoop
    private var underWay = 0
    private var waitsToRead = false
    private var context: ChannelHandlerContext?

    /// - Parameter home: the socket's event loop.
    init(_ socket: NIOLoopBound<ServerSocket>, home: any EventLoop) {
        self.socket = socket
        self.home = home
    }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        tell { $0.opened() }
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.context = nil
        tell { $0.end() }
    }

    func channelInactive(context: ChannelHandlerContext) {
        tell { $0.end() }
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        tell { $0.end() }
        context.close(promise: nil)
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        tell { $0.pump() }
        context.fireChannelWritabilityChanged()
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        // A server that keeps half-closed connections says so; nobody closes half of a WebSocket.
        if case ChannelEvent.inputClosed? = event as? ChannelEvent { context.close(promise: nil) }
        context.fireUserInboundEventTriggered(event)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let buffer = unwrapInboundIn(data)
        guard !home.inEventLoop else { return socket.value.read(buffer) }
        let count = buffer.readableBytes
        underWay += count
        let (socket, loop, this) = (socket, context.eventLoop, NIOLoopBound(self, eventLoop: context.eventLoop))
        home.execute {
            socket.value.read(buffer)
            loop.execute { this.value.arrived(count) }
        }
    }

    func read(context: ChannelHandlerContext) {
        if underWay > Self.mostUnderWay { waitsToRead = true } else { context.read() }
    }

    /// So many bytes are at the socket.
    private func arrived(_ count: Int) {
        underWay -= count
        guard waitsToRead, underWay <= Self.mostUnderWay else { return }
        waitsToRead = false
        context?.read()
    }

    private func tell(_ news: @escaping @Sendable (ServerSocket) -> Void) {
        if home.inEventLoop { return news(socket.value) }
        home.execute { [socket] in news(socket.value) }
    }
}
