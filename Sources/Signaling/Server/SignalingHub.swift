internal import Logging
internal import NIOCore

/// Joins ``SignalingServerCore`` with its sockets. Lives on one event loop, on which all sockets of
/// a server are.
final class SignalingHub {
    typealias SocketID = SignalingServerCore.SocketID

    private let loop: any EventLoop
    private let logger: Logger
    private(set) var core: SignalingServerCore
    private var admission: Admission
    private var sockets: [SocketID: ServerSocketHandler] = [:]
    private var channels: [SocketID: any Channel] = [:]
    private var lastID: SocketID = 0
    private var peerListCache: (version: Int, frame: ByteBuffer)?
    private var waitingBytes = 0
    private var unfinishedBytes = 0
    /// Who is to get the list of peers when its pace allows it.
    private var listsDue: Set<SocketID> = []
    private var listPace = ListPace()
    private var hasScheduledLists = false
    private var ticker: RepeatedTask?
    private var isStopped = false

    var limits: SignalingLimits { core.limits }
    var peers: [PeerInfo] { core.peerList }

    init(limits: SignalingLimits, loop: any EventLoop, logger: Logger) {
        self.loop = loop
        self.logger = logger
        core = SignalingServerCore(limits: limits)
        admission = Admission(limits: limits)
    }

    private var now: Duration { .nanoseconds(Int64(clamping: loop.now.uptimeNanoseconds)) }

    /// Pings, and looks for silent peers, four times in each interval.
    func startTicking() {
        let interval = TimeAmount.nanoseconds(max(1_000_000, core.limits.heartbeatInterval.clampedNanoseconds / 4))
        let bound = NIOLoopBound(self, eventLoop: loop)
        ticker = loop.scheduleRepeatedTask(initialDelay: interval, delay: interval) { _ in
            let hub = bound.value
            hub.perform(hub.core.tick(now: hub.now))
        }
    }

    // MARK: Connections

    /// Counts a connection, also before it is a WebSocket; nil when there are enough. Another one
    /// may have to go for it.
    func admit(_ channel: any Channel) -> SocketID? {
        guard !isStopped else { return nil }
        let id = lastID + 1
        guard case .admitted(let victim) = admission.arrived(id, from: Admission.key(channel.remoteAddress?.ipAddress))
        else {
            logger.debug("there are enough connections; one more is refused")
            return nil
        }
        lastID = id
        channels[id] = channel
        if let victim { evict(victim) }
        let bound = NIOLoopBound(self, eventLoop: loop)
        channel.closeFuture.assumeIsolated().whenComplete { _ in
            bound.value.channels[id] = nil
            bound.value.admission.left(id)
        }
        return id
    }

    private func evict(_ id: SocketID) {
        logger.debug("a connection without registration makes room for a new one", metadata: ["socket": "\(id)"])
        guard let socket = sockets.removeValue(forKey: id) else {
            channels[id]?.close(promise: nil)
            return
        }
        socket.cut(code: 1013, reason: "others need the place; register at once")
        perform(core.closed(id))
    }

    /// A connection became a WebSocket.
    func opened(_ socket: ServerSocketHandler, _ id: SocketID, mayJoin: Bool) {
        guard !isStopped, channels[id] != nil else { return socket.cut(code: 1001, reason: "the server stops") }
        sockets[id] = socket
        core.connected(id, mayJoin: mayJoin, now: now)
    }

    func remove(_ id: SocketID) {
        guard sockets.removeValue(forKey: id) != nil else { return }
        perform(core.closed(id))
    }

    func receive(_ event: WebSocketReader.Event, from id: SocketID) {
        switch event {
        case .text(let bytes):
            let wasRegistered = core.isRegistered(id)
            perform(core.received(bytes, from: id, now: now), causedBy: id)
            if !wasRegistered, core.isRegistered(id) { admission.registered(id) }
        case .binary: perform(core.receivedBinary(from: id, now: now))
        case .tooLarge: perform(core.receivedTooLarge(from: id, now: now))
        case .ping, .pong: core.alive(id, now: now)
        case .close, .violation: break
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
        // The rest are no WebSockets yet, or are closing already.
        for (id, channel) in channels where all[id] == nil { channel.close(promise: nil) }
        return channels.values.map(\.closeFuture)
    }

    // MARK: What is bounded in all

    /// The newest list of peers, as a frame.
    var peerListFrame: ByteBuffer {
        if let peerListCache, peerListCache.version == core.mesh.version { return peerListCache.frame }
        let frame = WebSocketFrame.encode(.text, core.peerListMessage, isMasked: false)
        peerListCache = (core.mesh.version, frame)
        return frame
    }

    /// What waits for all readers changed.
    func waiting(changedBy bytes: Int) {
        waitingBytes += bytes
        guard waitingBytes > limits.allOutboxBytes, bytes > 0,
            let (id, socket) = sockets.max(by: { $0.value.waitingBytes < $1.value.waitingBytes })
        else { return }
        logger.debug("too much waits for all sockets", metadata: ["bytes": "\(waitingBytes)", "socket": "\(id)"])
        drop(id, socket, reason: "messages are read too slowly")
    }

    /// What is kept of unfinished messages changed.
    func unfinished(changedBy bytes: Int) {
        unfinishedBytes += bytes
        guard unfinishedBytes > limits.unfinishedBytes, bytes > 0,
            let (id, socket) = sockets.filter({ $0.value.unfinishedSince != nil })
                .min(by: { ($0.value.unfinishedSince ?? .distantFuture) < ($1.value.unfinishedSince ?? .distantFuture) }
                )
        else { return }
        logger.debug("too many messages are unfinished", metadata: ["bytes": "\(unfinishedBytes)", "socket": "\(id)"])
        drop(id, socket, reason: "messages are finished too slowly")
    }

    /// Drops a socket at the end of the current event: another one's may be in the midst of it.
    private func drop(_ id: SocketID, _ socket: ServerSocketHandler, reason: String) {
        sockets[id] = nil
        socket.cut(code: 1013, reason: reason)
        let bound = NIOLoopBound(self, eventLoop: loop)
        loop.execute { bound.value.perform(bound.value.core.closed(id)) }
    }

    // MARK: Sending

    /// - Parameter cause: the socket whose message led to this; it gets its list of peers at once.
    private func perform(_ outputs: [SignalingServerCore.Output], causedBy cause: SocketID? = nil) {
        var queue = outputs
        var index = 0
        var frame: (bytes: [UInt8], buffer: ByteBuffer)?
        while index < queue.count {
            switch queue[index] {
            case .send(let id, let bytes):
                // One message for many is one buffer for all of them.
                if frame?.bytes != bytes { frame = (bytes, WebSocketFrame.encode(.text, bytes, isMasked: false)) }
                // Whoever is spoken of is listed before.
                if listsDue.remove(id) != nil, sockets[id]?.sendPeerList() == false { queue += full(id) }
                if let buffer = frame?.buffer, sockets[id]?.send(buffer) == false { queue += full(id) }
            case .peerList(let id) where id == cause:
                listsDue.remove(id)
                if sockets[id]?.sendPeerList() == false { queue += full(id) }
            case .peerList(let id): listsDue.insert(id)
            case .ping(let id): sockets[id]?.ping()
            case .close(let id, let code, let reason):
                logger.debug("closing a socket", metadata: ["socket": "\(id)", "code": "\(code)"])
                sockets.removeValue(forKey: id)?.close(code: code, reason: reason)
            }
            index += 1
        }
        sendLists()
    }

    /// Sends the list to all who are to get it, or does so when the last time is long enough ago.
    private func sendLists() {
        guard !listsDue.isEmpty, !hasScheduledLists else { return }
        let wait = listPace.wait(now: now)
        guard wait <= .zero else {
            hasScheduledLists = true
            let bound = NIOLoopBound(self, eventLoop: loop)
            loop.scheduleTask(in: .nanoseconds(wait.clampedNanoseconds)) {
                bound.value.hasScheduledLists = false
                bound.value.sendLists()
            }
            return
        }
        let receivers = listsDue.sorted()
        listsDue = []
        listPace.sent(peerListFrame.readableBytes * receivers.count, now: now)
        var outputs: [SignalingServerCore.Output] = []
        for id in receivers where sockets[id]?.sendPeerList() == false { outputs += full(id) }
        if !outputs.isEmpty { perform(outputs) }
    }

    /// The reader is too slow: it goes, and the others hear of it behind what they were to get
    /// anyway.
    private func full(_ id: SocketID) -> [SignalingServerCore.Output] {
        logger.debug("a socket's outbox is full", metadata: ["socket": "\(id)"])
        sockets.removeValue(forKey: id)?.close(code: 1013, reason: "messages are read too slowly")
        return core.closed(id)
    }
}

extension Duration {
    /// Nanoseconds, within what a timer can wait; rounded up, so that none is early.
    var clampedNanoseconds: Int64 {
        let (seconds, attoseconds) = components
        guard seconds < 1_000_000_000 else { return 1_000_000_000_000_000_000 }
        return max(0, seconds * 1_000_000_000 + (attoseconds + 999_999_999) / 1_000_000_000)
    }
}
