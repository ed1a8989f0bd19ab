internal import Logging
internal import Metrics
internal import NIOCore
internal import StrictJSON
internal import Tracing

/// Joins ``SignalingServerCore`` with its sockets. Lives on one event loop, on which each
/// ``ServerSocket`` of a server is; their connections may be on others.
final class SignalingHub {
    typealias SocketID = SignalingServerCore.SocketID

    let loop: any EventLoop
    let logger: Logger
    let metrics: ServerMetrics
    let tracer: (any Tracer)?
    var core: SignalingServerCore
    /// Reaches the other nodes; nil where there are none.
    var backplane: (any SignalingBackplane)?
    private var admission: Admission
    var sockets: [SocketID: ServerSocket] = [:]
    private(set) var channels: [SocketID: any Channel] = [:]
    /// Takes what those on other event loops tell.
    private let intake: CrossingIntake
    /// The ways to the connections on other event loops, by these.
    private var orders: [ObjectIdentifier: SocketOrderQueue] = [:]
    /// What was decided on connections that have come and are not set up yet.
    private var receptions: [ObjectIdentifier: ArrivalHandler.Reception] = [:]
    private var lastID: SocketID = 0
    /// The newest lists as frames, by dialect.
    private var listCache: [Int: (version: Int, frame: ByteBuffer)] = [:]
    private let tokens: (any TokenVerifier)?
    private var waitingBytes = 0
    private var unfinishedBytes = 0
    /// Who is to get its list when the pace allows it.
    private var listsDue: Set<SocketID> = []
    private var listPace = ListPace()
    private var hasScheduledLists = false
    private var ticker: RepeatedTask?
    private var lastTick = Duration.zero
    private var isStopped = false
    private var isDraining = false
    /// Whether new sockets are taken, as `GET /ready` tells.
    var readiness: Readiness {
        get { shownReadiness.value }
        set { shownReadiness.value = newValue }
    }
    /// The same, to be read from any thread.
    let shownReadiness = ShownReadiness()
    let guests: Guests

    var limits: SignalingLimits { core.limits }

    init(
        limits: SignalingLimits, dialects: [any SignalingDialect] = SignalingServerConfiguration.usualDialects,
        tokens: (any TokenVerifier)? = nil, loop: any EventLoop, logger: Logger,
        metrics: any MetricsFactory = NOOPMetricsHandler.instance, tracer: (any Tracer)? = nil
    ) {
        self.loop = loop
        self.logger = logger
        self.metrics = ServerMetrics(factory: metrics, dialects: dialects)
        self.tracer = tracer
        self.tokens = tokens
        core = SignalingServerCore(limits: limits, takesTokens: tokens != nil, dialects: dialects)
        admission = Admission(limits: limits)
        guests = Guests(loop: loop)
        intake = CrossingIntake(loop: loop)
    }

    var now: Duration { .nanoseconds(Int64(clamping: loop.now.uptimeNanoseconds)) }

    /// Pings, and looks for silent peers, four times in each interval.
    func startTicking() {
        let interval = TimeAmount.nanoseconds(max(1_000_000, core.limits.heartbeatInterval.clampedNanoseconds / 4))
        let bound = NIOLoopBound(self, eventLoop: loop)
        lastTick = now
        metrics.tell(sockets: sockets.count, core)
        ticker = loop.scheduleRepeatedTask(initialDelay: interval, delay: interval) { _ in bound.value.tick() }
    }

    private func tick() {
        let (now, gap) = (now, now - lastTick)
        lastTick = now
        // Whoever was stopped, as a machine that moves, has neither asked nor listened meanwhile.
        if gap > limits.heartbeatInterval { core.slept(gap) }
        perform(core.tick(now: now))
        metrics.tell(sockets: sockets.count, core)
    }

    // MARK: Connections

    /// Counts a connection, also before it is a WebSocket; nil when there are enough. Another one
    /// may have to go for it.
    ///
    /// - Parameter address: whom it counts for; nil is the other end of it.
    func admit(_ channel: any Channel, from address: String? = nil) -> SocketID? {
        guard !isStopped, !isDraining else { return nil }
        let id = lastID + 1
        let key = Admission.key(address ?? channel.remoteAddress?.ipAddress)
        guard case .admitted(let victim) = admission.arrived(id, from: key) else {
            metrics.refused(.full)
            logger.debug("there are enough connections; one more is refused")
            return nil
        }
        lastID = id
        channels[id] = channel
        if let victim { evict(victim) }
        let bound = NIOLoopBound(self, eventLoop: loop)
        channel.closeFuture.hop(to: loop).whenComplete { _ in bound.value.release(id) }
        return id
    }

    /// Decides on a connection that has just come to a listener on this event loop, and that is set
    /// up on its own; false where it has to go at once.
    func arrived(_ channel: any Channel) -> Bool {
        let reception: ArrivalHandler.Reception
        if let id = admit(channel) {
            reception = .admitted(id)
        } else if guests.admit(channel) {
            reception = .guest
        } else {
            return false
        }
        receptions[ObjectIdentifier(channel)] = reception
        let bound = NIOLoopBound(self, eventLoop: loop)
        // Kept until then, so that no other one has its identity.
        channel.closeFuture.hop(to: loop).whenComplete { _ in _ = bound.value.takeReception(of: channel) }
        return true
    }

    /// What was decided on a connection that is set up now; nil where it is gone.
    func takeReception(of channel: any Channel) -> ArrivalHandler.Reception? {
        receptions.removeValue(forKey: ObjectIdentifier(channel))
    }

    /// The way to the connections of an event loop; nil for the hub's own.
    func orders(to loop: any EventLoop) -> SocketOrderQueue? {
        guard loop !== self.loop else { return nil }
        let key = ObjectIdentifier(loop)
        if let queue = orders[key] { return queue }
        let intake = NIOLoopBound(intake, eventLoop: self.loop)
        let queue = SocketOrderQueue(loop: loop, home: self.loop, intake: intake)
        orders[key] = queue
        return queue
    }

    /// Closes a connection behind what its socket has given it, if it has one.
    private func close(_ channel: any Channel) {
        if let queue = orders[ObjectIdentifier(channel.eventLoop)] {
            queue.close(channel)
        } else {
            channel.close(promise: nil)
        }
    }

    /// A connection needs no place any more.
    func release(_ id: SocketID) {
        channels[id] = nil
        admission.left(id)
    }

    private func evict(_ id: SocketID) {
        logger.debug("a connection without registration makes room for a new one", metadata: about(id))
        metrics.evicted(.place)
        guard let socket = sockets.removeValue(forKey: id) else {
            if let channel = channels[id] { close(channel) }
            return
        }
        socket.cut(code: 1013, reason: "others need the place; register at once")
        perform(core.closed(id, now: now))
    }

    /// A connection became a WebSocket.
    ///
    /// - Parameter host: what its request has called the server.
    func opened(
        _ socket: ServerSocket, _ id: SocketID, mayJoinRooms: Bool, identity: TokenIdentity?, host: String? = nil
    ) {
        guard !isStopped, channels[id] != nil else { return socket.cut(code: 1001, reason: "the server stops") }
        guard !isDraining else { return socket.close(code: 1012, reason: "the server goes") }
        sockets[id] = socket
        let origin = SignalingServerCore.Origin(
            host: host, port: channels[id]?.localAddress?.port, address: admission.address(of: id))
        perform(
            core.connected(id, mayJoinRooms: mayJoinRooms, identity: identity, origin: origin, now: now), causedBy: id)
        if core.isRegistered(id) { admits(id) }
    }

    private func admits(_ id: SocketID) {
        admission.registered(id)
        registered(id)
    }

    /// - Parameter isGoodbye: whether the other end has said that it goes; otherwise it may come
    ///   back.
    func remove(_ id: SocketID, isGoodbye: Bool) {
        guard sockets.removeValue(forKey: id) != nil else { return }
        perform(isGoodbye ? core.closed(id, now: now) : core.lost(id, now: now))
    }

    /// - Parameter time: when it came; nil is now.
    func receive(_ event: SocketEvent, from id: SocketID, at time: NIODeadline? = nil) {
        metrics.arrived(event.event, now: time ?? loop.now)
        switch event.event {
        case .text(let bytes):
            let before = core.spoken(by: id)
            perform(core.received(bytes, read: event.message, from: id, now: now), causedBy: id)
            metrics.dealtWith()
            if core.spoken(by: id) > before { admits(id) }
        case .binary: perform(core.receivedBinary(from: id, now: now))
        case .tooLarge: perform(core.receivedTooLarge(from: id, now: now))
        case .ping, .pong: core.alive(id, now: now)
        case .close, .violation: break
        }
    }

    /// Reads or changes the dialect of a type; nil where the server has none.
    func with<Dialect: SignalingDialect, Result>(
        _ type: Dialect.Type, _ body: (inout Dialect, inout SignalingTurn) -> Result
    ) -> Result? {
        guard let (result, outputs) = core.with(type, now: now, body) else { return nil }
        perform(outputs)
        return result
    }

    /// Finds out whose token it is, and then goes on with the socket.
    private func verify(_ token: String, of id: SocketID) {
        guard let tokens else { return }
        let bound = NIOLoopBound(self, eventLoop: loop)
        let loop = loop
        Task {
            let result: Result<TokenIdentity, TokenError>
            do throws(TokenError) {
                result = .success(try await tokens.identity(of: token))
            } catch {
                result = .failure(error)
            }
            loop.execute { [result] in bound.value.verified(id, result) }
        }
    }

    private func verified(_ id: SocketID, _ result: Result<TokenIdentity, TokenError>) {
        switch result {
        case .success(let identity): perform(core.verified(id, identity, now: now), causedBy: id)
        case .failure(let error):
            perform(core.verified(id, nil, reason: error.message, now: now), causedBy: id)
        }
        if core.isRegistered(id) { admits(id) }
    }

    /// Tells all sockets to go elsewhere, and lets nobody in from here on.
    ///
    /// - Parameters:
    ///   - url: where to; nil where they know it themselves.
    ///   - time: how long they have.
    /// - Returns: when all of them are gone.
    func drain(to url: String?, within time: TimeAmount) -> EventLoopFuture<Void> {
        isDraining = true
        readiness = .draining
        var message = SignalingMessage(type: "server-draining")
        message.members["reconnect"] = url.map { .string($0) } ?? .null
        message.members["within"] = .number("\(max(0, time.nanoseconds / 1_000_000_000))")
        let bytes = message.bytes
        perform(sockets.keys.sorted().map { .send($0, bytes) })
        let bound = NIOLoopBound(self, eventLoop: loop)
        let end = loop.scheduleTask(in: time) { bound.value.endDraining() }
        let gone = channels.values.map(\.closeFuture)
        return EventLoopFuture.andAllComplete(gone, on: loop).always { _ in end.cancel() }
    }

    private func endDraining() {
        for socket in sockets.values { socket.close(code: 1012, reason: "the server goes", within: .seconds(1)) }
        for (id, channel) in channels where sockets[id] == nil { close(channel) }
    }

    /// Closes all sockets; the futures are those of their ends.
    func stop() -> [EventLoopFuture<Void>] {
        isStopped = true
        leaveCluster()
        readiness = .draining
        ticker?.cancel()
        ticker = nil
        let all = sockets
        sockets = [:]
        for id in core.away { _ = core.closed(id, now: now) }
        for (id, socket) in all {
            _ = core.closed(id, now: now)
            socket.close(code: 1001, reason: "the server stops", within: .seconds(1))
        }
        metrics.tell(sockets: 0, core)
        // The rest are no WebSockets yet, or are closing already.
        for (id, channel) in channels where all[id] == nil { close(channel) }
        return channels.values.map(\.closeFuture) + guests.close()
    }

    // MARK: What is bounded in all

    /// The newest list of a socket's dialect, as a frame; empty where it has none.
    func listFrame(for id: SocketID) -> ByteBuffer {
        guard let dialect = core.sockets[id]?.dialect else { return ByteBuffer() }
        let version = core.dialects[dialect].listVersion
        if let cached = listCache[dialect], cached.version == version { return cached.frame }
        guard let list = core.dialects[dialect].list else { return ByteBuffer() }
        let frame = WebSocketFrame.encode(.text, list.bytes, isMasked: false)
        listCache[dialect] = (version, frame)
        return frame
    }

    /// What waits for all readers changed.
    func waiting(changedBy bytes: Int) {
        waitingBytes += bytes
        guard waitingBytes > limits.allOutboxBytes, bytes > 0 else { return }
        // What was written on other event loops is known when somebody asks.
        for socket in sockets.values { socket.noteWritten() }
        guard limits.allOutboxBytes < waitingBytes,
            let (id, socket) = sockets.max(by: { $0.value.waitingBytes < $1.value.waitingBytes })
        else { return }
        logger.debug("too much waits for all sockets", metadata: about(id, bytes: waitingBytes))
        metrics.evicted(.outboxes)
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
        logger.debug("too many messages are unfinished", metadata: about(id, bytes: unfinishedBytes))
        metrics.evicted(.unfinished)
        drop(id, socket, reason: "messages are finished too slowly")
    }

    /// Drops a socket at the end of the current event: another one's may be in the midst of it.
    private func drop(_ id: SocketID, _ socket: ServerSocket, reason: String) {
        sockets[id] = nil
        socket.cut(code: 1013, reason: reason)
        let bound = NIOLoopBound(self, eventLoop: loop)
        loop.execute { bound.value.perform(bound.value.core.closed(id, now: bound.value.now)) }
    }

    // MARK: Sending

    /// - Parameter cause: the socket whose message led to this; it gets its list at once.
    func perform(_ outputs: [SignalingServerCore.Output], causedBy cause: SocketID? = nil) {
        var queue = outputs
        var index = 0
        var frame: (bytes: [UInt8], buffer: ByteBuffer)?
        while index < queue.count {
            switch queue[index] {
            case .send(let id, let bytes):
                // One message for many is one buffer for all of them.
                if frame?.bytes != bytes { frame = (bytes, WebSocketFrame.encode(.text, bytes, isMasked: false)) }
                // Whoever is spoken of is listed before.
                if listsDue.remove(id) != nil, sockets[id]?.sendList() == false { queue += full(id) }
                if let buffer = frame?.buffer, sockets[id]?.send(buffer, since: timed(id, cause)) == false {
                    queue += full(id)
                }
            case .list(let id) where id == cause:
                listsDue.remove(id)
                if sockets[id]?.sendList() == false { queue += full(id) }
            case .list(let id): listsDue.insert(id)
            case .verify(let id, let token): verify(token, of: id)
            case .rebind(let id, let other): rebind(id, from: other)
            // The core carries these out itself.
            case .welcome, .forget, .announce: break
            case .tell(let node, let frame, let sender): queue += tell(node, frame, by: sender)
            case .cut(let id): cut(id)
            case .ping(let id): sockets[id]?.ping()
            case .close(let id, let code, let reason):
                logger.debug("closing a socket", metadata: about(id, code: code))
                sockets.removeValue(forKey: id)?.close(code: code, reason: reason)
            }
            index += 1
        }
        sendLists()
    }

    /// The connection of one socket is another one's from here on.
    private func rebind(_ id: SocketID, from other: SocketID) {
        let former = sockets.removeValue(forKey: id)
        if let socket = sockets.removeValue(forKey: other) {
            admission.registered(other)
            socket.id = id
            sockets[id] = socket
        }
        // Last, for it hears of its end here and now; what it hears is not about the place.
        former?.id = other
        former?.cut(code: 4409, reason: "another connection has this place now")
    }

    /// When the message came that a socket is sent another's for, if it is one of those that are
    /// timed.
    private func timed(_ id: SocketID, _ cause: SocketID?) -> NIODeadline? {
        cause == nil || cause == id ? nil : metrics.relays()
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
        listPace.sent(receivers.reduce(0) { $0 + listFrame(for: $1).readableBytes }, now: now)
        var outputs: [SignalingServerCore.Output] = []
        for id in receivers where sockets[id]?.sendList() == false { outputs += full(id) }
        if !outputs.isEmpty { perform(outputs) }
    }

    /// The reader is too slow: it goes, and the others hear of it behind what they were to get
    /// anyway.
    private func full(_ id: SocketID) -> [SignalingServerCore.Output] {
        logger.debug("a socket's outbox is full", metadata: about(id))
        metrics.evicted(.slow)
        sockets.removeValue(forKey: id)?.close(code: 1013, reason: "messages are read too slowly")
        return core.closed(id, now: now)
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
