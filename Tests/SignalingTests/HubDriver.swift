import Logging
import Metrics
import NIOCore
import NIOEmbedded
import StrictJSON
import Tracing

@testable import Signaling

/// The sockets of a server in memory, on a loop whose time a test moves.
final class HubDriver {
    struct Refused: Error {}

    let loop = EmbeddedEventLoop()
    let hub: SignalingHub
    private var channels: [EmbeddedChannel] = []

    init(
        _ limits: SignalingLimits = .init(), logger: Logger = SignalingServerConfiguration().logger,
        metrics: any MetricsFactory = NOOPMetricsHandler.instance, tracer: (any Tracer)? = nil
    ) {
        hub = SignalingHub(limits: limits, loop: loop, logger: logger, metrics: metrics, tracer: tracer)
    }

    deinit {
        for channel in channels { _ = try? channel.finish(acceptAlreadyClosed: true) }
        try? loop.syncShutdownGracefully()
    }

    /// A connection that is no WebSocket yet.
    func connection() throws -> (channel: EmbeddedChannel, id: SignalingHub.SocketID) {
        let channel = EmbeddedChannel(handler: HalfClosing(), loop: loop)
        channels.append(channel)
        try channel.connect(to: SocketAddress(ipAddress: "192.0.2.1", port: 1)).wait()
        guard let id = hub.admit(channel) else { throw Refused() }
        return (channel, id)
    }

    /// A connection for which there was no place.
    func guest() throws -> EmbeddedChannel {
        let channel = EmbeddedChannel(handler: HalfClosing(), loop: loop)
        channels.append(channel)
        try channel.connect(to: SocketAddress(ipAddress: "192.0.2.1", port: 1)).wait()
        guard hub.guests.admit(channel) else { throw Refused() }
        return channel
    }

    /// A WebSocket, on which somebody registers if an id is given.
    func socket(as peerID: String? = nil) throws -> Socket {
        let (channel, id) = try connection()
        let server = NIOLoopBound(
            ServerSocket(hub: hub, id: id, channel: channel, mayJoinRooms: true), eventLoop: loop)
        try channel.pipeline.syncOperations.addHandler(ServerSocketHandler(server, home: loop))
        let socket = Socket(channel: channel)
        if let peerID { try socket.send(CoreDriver.register(peerID, "x")) }
        return socket
    }

    struct Socket {
        let channel: EmbeddedChannel

        func send(_ text: String) throws {
            try send(FrameCase.Frame(opcode: 1, payload: Array(text.utf8)))
        }

        func send(_ frame: FrameCase.Frame) throws {
            try channel.writeInbound(ByteBuffer(bytes: frame.bytes(isMasked: true)))
        }

        /// Sends an offer to another peer whose `sdp` has so many bytes.
        func offer(to peerID: String, size: Int = 1) throws {
            let sdp = String(repeating: "x", count: size)
            try send(#"{"type":"offer","to_peer_id":"\#(peerID)","sdp":"\#(sdp)"}"#)
        }

        /// Whether the other end takes what is sent to it.
        func read(_ isReading: Bool) {
            channel.isWritable = isReading
            channel.pipeline.fireChannelWritabilityChanged()
        }

        /// The frames that have come since the last time.
        func frames() throws -> [RawPeer.Frame] {
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

/// Embedded channels do not know that a connection can be closed in one direction.
private final class HalfClosing: ChannelOutboundHandler {
    typealias OutboundIn = ByteBuffer

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
