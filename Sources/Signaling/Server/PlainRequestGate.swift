internal import NIOCore
internal import NIOHTTP1

/// Stands before TLS, and tells whoever begins with a plain HTTP request what the port speaks. It
/// goes with the first bytes: those of TLS are no letters (RFC 8446 §5.1).
final class PlainRequestGate: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private var hasAnswered = false

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !hasAnswered else { return }
        let first = unwrapInboundIn(data).readableBytesView.first ?? 0
        guard (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(first) else {
            context.fireChannelRead(data)
            context.pipeline.syncOperations.removeHandler(self, promise: nil)
            return
        }
        hasAnswered = true
        let answer = HTTPAnswer(status: .badRequest, text: "This port speaks TLS: connect with wss: or https:.")
        let bound = NIOLoopBound(context, eventLoop: context.eventLoop)
        context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: answer.wholeResponse)))
            .whenComplete { _ in bound.value.close(promise: nil) }
    }
}
