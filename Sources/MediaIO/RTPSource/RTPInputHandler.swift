internal import NIOCore

/// Hands the datagrams of a port on.
final class RTPInputHandler: ChannelInboundHandler {
    typealias InboundIn = AddressedEnvelope<ByteBuffer>

    private let input: RTPInput
    private let isControl: Bool
    private let origin = ContinuousClock.now
    /// The last sender: addresses are made to text once.
    private var sender: (address: SocketAddress, text: String, port: Int)?

    init(_ input: RTPInput, isControl: Bool) {
        self.input = input
        self.isControl = isControl
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let envelope = unwrapInboundIn(data)
        guard !isControl else { return input.receiveControl() }
        let known = sender.flatMap { $0.address == envelope.remoteAddress ? $0 : nil }
        let from =
            known
            ?? (envelope.remoteAddress, envelope.remoteAddress.ipAddress ?? "", envelope.remoteAddress.port ?? 0)
        sender = from
        input.receive(
            envelope.data.readableBytesUInt8Span, from: from.text, port: from.port, now: origin.duration(to: .now))
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // A datagram that could not be read; others follow.
    }
}
