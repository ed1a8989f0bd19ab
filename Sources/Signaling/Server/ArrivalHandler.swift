internal import NIOCore

/// Stands at a listener's end, before connections go to their event loops: the hub decides on them
/// in the order in which they come, and those that have to go cost nothing more.
final class ArrivalHandler: ChannelInboundHandler {
    typealias InboundIn = any Channel
    typealias InboundOut = any Channel

    /// What the hub has decided on a connection.
    enum Reception: Sendable {
        /// It has a place.
        case admitted(SignalingSocketID)
        /// There is no place for it; it has a moment to ask whether there is one.
        case guest
    }

    private let hub: SignalingHub

    init(_ hub: SignalingHub) {
        self.hub = hub
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let channel = unwrapInboundIn(data)
        guard hub.arrived(channel) else { return channel.close(promise: nil) }
        context.fireChannelRead(data)
    }
}
