internal import NIOCore
internal import NIOPosix
internal import Synchronization

/// A way to a port of this machine that a test can block, as a network does that carries nothing any more and tells
/// nobody, or break.
package final class TestProxy: Sendable {
    private struct State {
        /// Each end with its other one, for as long as one of the two is open.
        var ends: [ObjectIdentifier: (end: any Channel, other: any Channel, isBlocked: Bool)] = [:]
        var isBlocked = false
    }

    package let port: Int
    private let listener: any Channel
    private let state: Channels

    private final class Channels: Sendable {
        let state = Mutex(State())
    }

    package init(to target: Int) async throws {
        let state = Channels()
        listener = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelOption(.autoRead, value: false)
            .childChannelInitializer { near in
                let loop = near.eventLoop
                return ClientBootstrap(group: loop)
                    .channelOption(.autoRead, value: false)
                    .connect(host: "127.0.0.1", port: target)
                    .flatMapThrowing { far in
                        try near.pipeline.syncOperations.addHandler(Forwarder(to: far))
                        try far.pipeline.syncOperations.addHandler(Forwarder(to: near))
                        Self.begin(near, far, state)
                        Self.begin(far, near, state)
                    }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        port = listener.localAddress?.port ?? 0
        self.state = state
    }

    private static func begin(_ end: any Channel, _ other: any Channel, _ channels: Channels) {
        let id = ObjectIdentifier(end)
        let isBlocked = channels.state.withLock { state in
            state.ends[id] = (end, other, state.isBlocked)
            return state.isBlocked
        }
        end.closeFuture.whenComplete { _ in
            // The end of a connection that is blocked is not carried either.
            let isCarried = channels.state.withLock { state in
                guard state.ends[id]?.isBlocked == false else { return false }
                state.ends[id] = nil
                return true
            }
            if isCarried { other.close(promise: nil) }
        }
        if !isBlocked { end.setOption(.autoRead, value: true).whenComplete { _ in } }
    }

    /// Carries nothing any more, not even the end of a connection.
    ///
    /// - Parameter forNewcomers: whether new connections are blocked too.
    package func block(forNewcomers: Bool = false) async {
        let ends = state.state.withLock { state in
            state.isBlocked = forNewcomers
            for id in state.ends.keys { state.ends[id]?.isBlocked = true }
            return state.ends.values.map(\.end)
        }
        for end in ends { try? await end.setOption(.autoRead, value: false).get() }
    }

    /// Goes on with what was blocked.
    package func unblock() async {
        let ends = state.state.withLock { state in
            state.isBlocked = false
            defer { state.ends = state.ends.filter(\.value.end.isActive) }
            for id in state.ends.keys { state.ends[id]?.isBlocked = false }
            return Array(state.ends.values)
        }
        for (end, other, _) in ends {
            if end.isActive {
                try? await end.setOption(.autoRead, value: true).get()
            } else {
                other.close(promise: nil)
            }
        }
    }

    /// Breaks all connections.
    package func breakAll() async {
        for (end, other, _) in state.state.withLock({ Array($0.ends.values) }) {
            try? await end.close()
            try? await other.close()
        }
    }

    package func close() async {
        try? await listener.close()
        await breakAll()
    }
}

private final class Forwarder: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    private let other: any Channel

    init(to other: any Channel) {
        self.other = other
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        other.writeAndFlush(unwrapInboundIn(data), promise: nil)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}
