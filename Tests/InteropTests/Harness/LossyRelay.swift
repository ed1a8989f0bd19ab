import NIOCore
import NIOPosix
import Synchronization
import TestSupport

/// A way that loses packets, or has a rate, between a browser and us: the browser is given the relay's address for ours. For each of the
/// browser's sockets the relay has one of its own towards us, as a NAT would.
final class LossyRelay: Sendable {
    /// Where the browser sends to.
    let host: String
    let port: Int
    private let front: any Channel
    private let fate: RelayFate

    /// - Parameters:
    ///   - host: of our candidate.
    ///   - port: of our candidate.
    ///   - percent: of the packets each way, lost at random.
    ///   - bitrate: what passes to the browser, in bit/s, with a queue of 200 ms; nil for all.
    init(
        to host: String, _ port: Int, losing percent: Double = 0, bitrate: Double? = nil, seed: UInt64 = 1
    ) async throws {
        let ours = try SocketAddress(ipAddress: host, port: port)
        let fate = RelayFate(percent: percent, bitrate: bitrate, seed: seed)
        front = try await DatagramBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(RelayFront(to: ours, fate))
                }
            }
            .bind(host: host, port: 0).get()
        self.fate = fate
        self.host = host
        self.port = front.localAddress?.port ?? 0
    }

    /// How many packets were lost so far.
    var lost: Int { fate.lost }

    func close() async { try? await front.close() }
}

/// Decides which packets are lost, and when those to the browser leave.
private final class RelayFate: Sendable {
    private static let queue = TimeAmount.milliseconds(200)

    private let state: Mutex<(random: SeededGenerator, lost: Int, free: NIODeadline)>
    private let percent: Double
    private let bitrate: Double?

    init(percent: Double, bitrate: Double?, seed: UInt64) {
        self.percent = percent
        self.bitrate = bitrate
        state = Mutex((SeededGenerator(seed: seed), 0, .distantPast))
    }

    /// When a packet of this size has passed, with its headers of UDP and IP; nil if it is lost.
    func departure(_ size: Int) -> NIODeadline? {
        let now = NIODeadline.now()
        guard let bitrate else { return now }
        return state.withLock { state in
            let start = max(now, state.free)
            guard start - now <= Self.queue else {
                state.lost += 1
                return nil
            }
            state.free = start + .nanoseconds(Int64(Double(8 * (size + 28)) / bitrate * 1e9))
            return state.free
        }
    }

    var lost: Int { state.withLock { $0.lost } }

    func loses() -> Bool {
        state.withLock { state in
            guard Double.random(in: 0..<100, using: &state.random) < percent else { return false }
            state.lost += 1
            return true
        }
    }
}

/// The socket that the browser sees.
private final class RelayFront: ChannelInboundHandler {
    typealias InboundIn = AddressedEnvelope<ByteBuffer>

    private let ours: SocketAddress
    private let fate: RelayFate
    private var backs: [SocketAddress: EventLoopFuture<any Channel>] = [:]

    init(to ours: SocketAddress, _ fate: RelayFate) {
        self.ours = ours
        self.fate = fate
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let envelope = unwrapInboundIn(data)
        guard !fate.loses() else { return }
        let back = backs[envelope.remoteAddress] ?? open(for: envelope.remoteAddress, context.channel)
        backs[envelope.remoteAddress] = back
        let packet = AddressedEnvelope(remoteAddress: ours, data: envelope.data)
        back.whenSuccess { $0.writeAndFlush(packet, promise: nil) }
    }

    private func open(for theirs: SocketAddress, _ front: any Channel) -> EventLoopFuture<any Channel> {
        let (ours, fate) = (ours, fate)
        return DatagramBootstrap(group: front.eventLoop)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(RelayBack(front, theirs, fate))
                }
            }
            .bind(host: ours.ipAddress ?? "", port: 0)
    }

    func channelInactive(context: ChannelHandlerContext) {
        for back in backs.values { back.whenSuccess { $0.close(promise: nil) } }
        context.fireChannelInactive()
    }
}

/// A socket of the relay's towards us, which stands for one of the browser's.
private final class RelayBack: ChannelInboundHandler {
    typealias InboundIn = AddressedEnvelope<ByteBuffer>

    private let front: any Channel
    private let theirs: SocketAddress
    private let fate: RelayFate

    init(_ front: any Channel, _ theirs: SocketAddress, _ fate: RelayFate) {
        self.front = front
        self.theirs = theirs
        self.fate = fate
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let packet = unwrapInboundIn(data).data
        guard !fate.loses(), let time = fate.departure(packet.readableBytes) else { return }
        let envelope = AddressedEnvelope(remoteAddress: theirs, data: packet)
        let front = front
        if time <= .now() { return front.writeAndFlush(envelope, promise: nil) }
        front.eventLoop.scheduleTask(deadline: time) { front.writeAndFlush(envelope, promise: nil) }
    }
}
