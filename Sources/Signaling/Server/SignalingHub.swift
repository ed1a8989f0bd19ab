internal import Logging
internal import NIOCore

/// Joins ``SignalingServerCore`` with its sockets. Lives on one event loop, on which all sockets of a server are.
final class SignalingHub {
    private let loop: any EventLoop
    private let logger: Logger
    private var core: SignalingServerCore
    private var sockets: [SignalingServerCore.SocketID: ServerSocketHandler] = [:]
    private var lastID: SignalingServerCore.SocketID = 0
    private var channels: [ObjectIdentifier: any Channel] = [:]
    private var ticker: RepeatedTask?
    private var isStopped = false

    var limits: SignalingLimits { core.limits }
    var peers: [PeerInfo] { core.peerList }

    init(limits: SignalingLimits, loop: any EventLoop, logger: Logger) {
        self.loop = loop
        self.logger = logger
        core = SignalingServerCore(limits: limits)
    }

    private var now: Duration { .nanoseconds(Int64(clamping: NIODeadline.now().uptimeNanoseconds)) }

    /// Looks for silent peers, four times in each interval.
    func startTicking() {
        let interval = TimeAmount.nanoseconds(max(1_000_000, core.limits.heartbeatInterval.clampedNanoseconds / 4))
        let bound = NIOLoopBound(self, eventLoop: loop)
        ticker = loop.scheduleRepeatedTask(initialDelay: interval, delay: interval) { _ in
            let hub = bound.value
            hub.perform(hub.core.tick(now: hub.now))
        }
    }

    /// Counts a connection, also before it is a WebSocket; false when there are enough.
    func admit(_ channel: any Channel) -> Bool {
        guard !isStopped, channels.count < core.limits.sockets else { return false }
        let id = ObjectIdentifier(channel)
        channels[id] = channel
        let bound = NIOLoopBound(self, eventLoop: loop)
        channel.closeFuture.assumeIsolated().whenComplete { _ in bound.value.channels[id] = nil }
        return true
    }

    func add(_ socket: ServerSocketHandler) -> SignalingServerCore.SocketID {
        lastID += 1
        sockets[lastID] = socket
        core.connected(lastID, now: now)
        return lastID
    }

    func remove(_ id: SignalingServerCore.SocketID) {
        guard sockets.removeValue(forKey: id) != nil else { return }
        perform(core.closed(id))
    }

    func receive(_ event: MessageAssembler.Event, from id: SignalingServerCore.SocketID) {
        switch event {
        case .text(let bytes): perform(core.received(bytes, from: id, now: now))
        case .binary: perform(core.receivedBinary(from: id, now: now))
        case .tooLarge: perform(core.receivedTooLarge(from: id, now: now))
        case .ping: core.alive(id, now: now)
        case .pong, .close, .violation: break
        }
    }

    func setLeader(_ peerID: String?) { perform(core.setLeader(peerID)) }

    /// Closes all sockets; the futures are those of their ends.
    func stop() -> [EventLoopFuture<Void>] {
        isStopped = true
        ticker?.cancel()
        ticker = nil
        let all = sockets
        sockets = [:]
        for (id, socket) in all {
            _ = core.closed(id)
            socket.close(code: 1001, reason: "the server stops", within: .seconds(1))
        }
        let upgraded = Set(all.values.map(\.channelID))
        // The rest are no WebSockets yet, or are closing already.
        for (id, channel) in channels where !upgraded.contains(id) { channel.close(promise: nil) }
        return channels.values.map(\.closeFuture)
    }

    private func perform(_ outputs: [SignalingServerCore.Output]) {
        var queue = outputs
        var index = 0
        while index < queue.count {
            switch queue[index] {
            case .send(let id, let bytes):
                if sockets[id]?.send(bytes) == false {
                    // The reader is too slow: it goes, and the others hear of it behind what they were to get anyway.
                    logger.debug("a socket's outbox is full", metadata: ["socket": "\(id)"])
                    let socket = sockets.removeValue(forKey: id)
                    socket?.close(code: 1013, reason: "messages are read too slowly")
                    queue += core.closed(id)
                }
            case .close(let id, let code, let reason):
                logger.debug("closing a socket", metadata: ["socket": "\(id)", "code": "\(code)"])
                sockets.removeValue(forKey: id)?.close(code: code, reason: reason)
            }
            index += 1
        }
    }
}

extension Duration {
    /// Nanoseconds, within what a timer can wait.
    var clampedNanoseconds: Int64 {
        let (seconds, attoseconds) = components
        guard seconds < 1_000_000_000 else { return 1_000_000_000_000_000_000 }
        return max(0, seconds * 1_000_000_000 + attoseconds / 1_000_000_000)
    }
}
