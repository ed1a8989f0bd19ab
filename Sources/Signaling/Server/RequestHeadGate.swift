internal import NIOCore
internal import NIOHTTP1

/// Reads the head of a request before anything else does, and refuses one that would be dear to
/// compare.
///
/// Header values may hold any bytes (RFC 9110 §5.5). Comparing text with many combining marks in a
/// row takes time that grows with the square of their number, and the upgrade compares many a
/// header: a head of 16 KiB took a tenth of a second.
final class RequestHeadGate: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private enum State { case reading, passed, refused }

    private var state = State.reading
    private var dear = DearText()
    private var lineLength = 0
    /// An empty line may stand before the request's own (RFC 9112 §2.2).
    private var hasLine = false

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if state == .reading {
            read(unwrapInboundIn(data).readableBytesView)
            if state == .refused { refuse(context) }
        }
        if state != .refused { context.fireChannelRead(data) }
    }

    private func read(_ bytes: ByteBufferView) {
        for byte in bytes where state == .reading {
            if dear.take(byte) { state = .refused }
            switch byte {
            case 0x0A:
                if lineLength == 0, hasLine { state = .passed }
                lineLength = 0
            case 0x0D: break
            default:
                lineLength += 1
                hasLine = true
            }
        }
    }

    private func refuse(_ context: ChannelHandlerContext) {
        let answer = HTTPAnswer(status: .badRequest, text: "The head of a request is in ASCII.")
        let channel = context.channel
        context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: answer.wholeResponse)))
            .whenComplete { _ in channel.close(promise: nil) }
    }
}
