import Logging
import Metrics
import NIOCore
import NIOEmbedded
import StrictJSON
import Tracing

@testable import Signaling

/// The sockets of a server in memory, on a loop whose time a test moves, or with their connections on another such loop.
final class HubDriver {
    struct Refused: Error {}

    let loop = EmbeddedEventLoop()
    /// That of the connections.
    let connectionLoop: EmbeddedEventLoop
    let hub: SignalingHub
    private var channels: [EmbeddedChannel] = []

    /// - Parameter isSplit: whether connections are on another loop than the hub.
    init(
        _ limits: SignalingLimits = .init(), isSplit: Bool = false,
        logger: Logger = SignalingServerConfiguration().logger,
        metrics: any MetricsFactory = NOOPMetricsHandler.instance, tracer: (any Tracer)? = nil
    ) {
        connectionLoop = isSplit ? EmbeddedEventLoop() : loop
        hub = SignalingHub(limits: limits, loop: loop, logger: logger, metrics: metrics, tracer: tracer)
    }

    deinit {
        for channel in channels { _ = try? channel.finish(acceptAlreadyClosed: true) }
        run()
        try? loop.syncShutdownGracefully()
        if connectionLoop !== loop { try? connectionLoop.syncShutdownGracefully() }
    }

    /// Lets both loops do what they have to do now.
    func run() {
        // There and back, and there again for what follows.
        for _ in 0..<4 {
            connectionLoop.run()
            loop.run()
        }
    }

    /// Moves the time.
    func advance(by time: TimeAmount) {
        run()
        loop.advanceTime(by: time)
        if connectionLoop !== loop { connectionLoop.advanceTime(by: time) }
        run()
    }

    /// A connection that is no WebSocket yet.
    func connection() throws -> (channel: EmbeddedChannel, id: SignalingHub.SocketID) {
        let channel = EmbeddedChannel(handler: NetworkSide(), loop: connectionLoop)
        channels.append(channel)
        try channel.connect(to: SocketAddress(ipAddress: "192.0.2.1", port: 1)).wait()
        guard let id = hub.admit(channel) else { throw Refused() }
        return (channel, id)
    }

    /// A connection for which there was no place.
    func guest() throws -> EmbeddedChannel {
        let channel = EmbeddedChannel(handler: NetworkSide(), loop: connectionLoop)
        channels.append(channel)
        try channel.connect(to: SocketAddress(ipAddress: "192.0.2.1", port: 1)).wait()
        guard hub.guests.admit(channel) else { throw Refused() }
        return channel
    }

    /// A WebSocket, on which somebody registers if an id is given.
    func socket(as peerID: String? = nil) throws -> Socket {
        let (channel, id) = try connection()
        let server = ServerSocket(
            hub: hub, id: id, channel: channel, mayJoinRooms: true, orders: hub.orders(to: channel.eventLoop))
        if loop !== connectionLoop { server.opened() }
        try channel.pipeline.syncOperations.addHandler(ServerSocketHandler(server.start))
        run()
        let socket = Socket(channel: channel, driver: self)
        if let peerID { try socket.send(CoreDriver.register(peerID, "x")) }
        return socket
    }

    struct Socket {
        let channel: EmbeddedChannel
        let driver: HubDriver

        func send(_ text: String) throws {
            try send(FrameCase.Frame(opcode: 1, payload: Array(text.utf8)))
        }

        func send(_ frame: FrameCase.Frame) throws {
            try arrive(frame)
            driver.run()
        }

        /// The bytes of a frame arrive, and the loops do nothing yet.
        func arrive(_ frame: FrameCase.Frame) throws {
            try channel.writeInbound(ByteBuffer(bytes: frame.bytes(isMasked: true)))
        }

        private var side: NetworkSide? { try? channel.pipeline.syncOperations.handler(type: NetworkSide.self) }

        /// How often the connection was asked for more.
        var reads: Int { side?.reads ?? 0 }

        /// Asks for more to read, as a connection does by itself; whether it is read.
        func readsOn() -> Bool {
            let before = reads
            channel.pipeline.read()
            return reads > before
        }

        /// Closes the connection.
        func close() throws {
            try channel.close().wait()
            driver.run()
        }

        /// Sends an offer to another peer whose `sdp` has so many bytes.
        func offer(to peerID: String, size: Int = 1) throws {
            let sdp = String(repeating: "x", count: size)
            try send(#"{"type":"offer","to_peer_id":"\#(peerID)","sdp":"\#(sdp)"}"#)
        }

        /// Whether the other end takes what is sent to it.
        func read(_ isReading: Bool) {
            channel.isWritable = isReading
            // On its own loop nobody writes to a channel that is not writable.
            if driver.loop !== driver.connectionLoop { side?.isHeld = !isReading }
            channel.pipeline.fireChannelWritabilityChanged()
            driver.run()
        }

        /// The frames that have come since the last time.
        func frames() throws -> [RawPeer.Frame] {
            driver.run()
            var (frames, bytes) = ([RawPeer.Frame](), ByteBuffer())
            while var chunk = try channel.readOutbound(as: ByteBuffer.self) { bytes.writeBuffer(&chunk) }
            while let frame = RawPeer.Frame.take(from: &bytes) { frames.append(frame) }
            return frames
        }

        /// The types of the messages that have come since the last time; of a close its code.
        func received() throws -> [String] {
            try frames().map { frame in
                if let code = frame.closeCode, frame.opcode == 8 { return "\(code)" }
                return (try? JSONReader.read(frame.payload))?["type"]?.text ?? "opcode \(frame.opcode)"
            }
        }
    }
}

/// What embedded channels do not know: that a connection can be closed in one direction, and that the other end may not
/// take what is sent.
final class NetworkSide: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundIn = ByteBuffer

    /// How often it was asked for more.
    private(set) var reads = 0
    private var held: [(NIOAny, EventLoopPromise<Void>?)] = []
    private var context: ChannelHandlerContext?
    var isHeld = false { didSet { if !isHeld { release() } } }

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.context = nil
        for (_, promise) in held { promise?.fail(ChannelError.ioOnClosedChannel) }
        held = []
    }

    func read(context: ChannelHandlerContext) {
        reads += 1
        context.read()
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        if isHeld { held.append((data, promise)) } else { context.write(data, promise: promise) }
    }

    private func release() {
        let held = held
        self.held = []
        for (data, promise) in held { context?.write(data, promise: promise) }
        context?.flush()
    }

    func close(context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?) {
        guard mode == .all else {
            promise?.succeed()
            return
        }
        context.close(mode: mode, promise: promise)
    }
}

extension SignalingHub {
    var peers: [PeerInfo] { with(MeshDialect.self) { mesh, _ in mesh.peers } ?? [] }

    func setLeader(_ peerID: String?) { with(MeshDialect.self) { $0.setLeader(peerID, in: &$1) } }
}
