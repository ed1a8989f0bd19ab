internal import NIOCore

/// One WebSocket of the server: what becomes of what comes, what waits to be sent, the closing
/// handshake. Lives on the hub's event loop, which need not be that of its connection and its
/// ``ServerSocketHandler``.
final class ServerSocket {
    /// How long the other end has to answer a close frame, and a slow reader to take what is left
    /// for it.
    private static let closingTime = TimeAmount.seconds(5)

    private let hub: SignalingHub
    /// Another one's, once that is resumed on this connection.
    var id: SignalingServerCore.SocketID
    private let mayJoinRooms: Bool
    private let identity: TokenIdentity?
    private let host: String?
    private var outbox: Outbox
    private let channel: any Channel
    /// Nil where the connection is on the hub's event loop.
    private let crossing: (orders: SocketOrderQueue, ledger: SocketLedger)?
    /// The connection's end, while there is one.
    private var handler: NIOLoopBound<ServerSocketHandler>?
    /// What it is to do as soon as it is there, as much as may be under way.
    private var early: [SocketOrder] = []
    private var hasEnded = false
    /// What was handed to the channel and is not written yet, as far as is known.
    private var sending = (messages: 0, bytes: 0)
    /// What is known of that to be written on another event loop.
    private var written = (messages: 0, bytes: 0)
    /// Whether enough is under way to another event loop.
    private var isHeldBack = false
    private var held = 0
    private var isClosing = false

    /// What is told of it.
    var record: SocketRecord
    /// Since when a message is unfinished.
    private(set) var unfinishedSince: NIODeadline?

    /// - Parameters:
    ///   - channel: takes and gives the bytes of frames.
    ///   - orders: the way to it, where it is on another event loop.
    ///   - mayJoinRooms: whether rooms are open to whoever is at the other end.
    ///   - identity: who the request has shown to be there.
    ///   - host: what the request has called the server.
    init(
        hub: SignalingHub, id: SignalingServerCore.SocketID, channel: any Channel, mayJoinRooms: Bool,
        identity: TokenIdentity? = nil, host: String? = nil, orders: SocketOrderQueue? = nil
    ) {
        self.hub = hub
        self.id = id
        self.channel = channel
        crossing = orders.map { ($0, SocketLedger()) }
        record = SocketRecord(id: id)
        self.mayJoinRooms = mayJoinRooms
        self.identity = identity
        self.host = host
        outbox = Outbox(messageLimit: hub.limits.outbox, byteLimit: hub.limits.outboxBytes)
    }

    /// The bytes that wait for this reader.
    var waitingBytes: Int { outbox.bytes + sending.bytes }

    /// What the connection has written, where that is on another event loop.
    private var ledger: SocketLedger? { crossing?.ledger }

    /// What the handler at the end of its connection is made with.
    var start: ServerSocketHandler.Start {
        ServerSocketHandler.Start(
            socket: NIOLoopBound(self, eventLoop: hub.loop), messageSize: hub.limits.messageSize,
            crossing: crossing.map { ($0.orders.news, $0.ledger) })
    }

    // MARK: What the connection tells

    /// The connection has its end.
    func attached(_ handler: NIOLoopBound<ServerSocketHandler>) {
        guard !hasEnded else { return }
        self.handler = handler
        for order in early { self.order(order) }
        early = []
    }

    /// It is a WebSocket from here on. Where the connection is on another event loop this comes
    /// before the answer that says so to the other end, and ``attached(_:)`` later.
    func opened() {
        record.span = hub.tracer.map { SocketSpan($0) }
        hub.hasOpened(record)
        hub.opened(self, id, mayJoinRooms: mayJoinRooms, identity: identity, host: host)
    }

    /// The connection is gone, or of no use any more.
    func ended() {
        settle(1006)
        hub.remove(id, isGoodbye: false)
        hasEnded = true
        (handler, early) = (nil, [])
        guard crossing != nil else { return }
        // Nobody tells of what is under way any more.
        hub.waiting(changedBy: -sending.bytes)
        sending = (0, 0)
    }

    /// So many bytes have come, frames and all.
    func came(bytes: Int) { hub.metrics.receivedBytes += bytes }

    /// So many bytes are kept of a message that is unfinished.
    func holds(_ bytes: Int) {
        let held = isClosing ? 0 : bytes
        guard held != self.held else { return }
        unfinishedSince = held == 0 ? nil : unfinishedSince ?? hub.loop.now
        let change = held - self.held
        self.held = held
        hub.unfinished(changedBy: change)
    }

    /// Something has come.
    ///
    /// - Parameter time: when; nil is now.
    func take(_ event: SocketEvent, at time: NIODeadline? = nil) {
        switch event.event {
        case .close(let code):
            if isClosing { return closeChannel() }
            leave(code: code, reason: "")
        case _ where isClosing: break
        case .violation(let code, let reason): leave(code: code, reason: reason)
        case .ping(let data):
            hub.receive(event, from: id, at: time)
            outbox.setPong(WebSocketFrame.encode(.pong, data.readableBytesView, isMasked: false))
            pump()
        case .text, .binary, .tooLarge:
            record.received += 1
            hub.receive(event, from: id, at: time)
        case .pong: hub.receive(event, from: id, at: time)
        }
    }

    /// News of a connection on another event loop.
    func hear(_ news: SocketNews) {
        switch news {
        case .attached(let handler): attached(handler)
        case .read(let read):
            came(bytes: read.bytes)
            for event in read.events { take(event, at: read.time) }
            holds(read.held)
            if ledger?.taken.pass(read.weight) == true { order(.readOn) }
        case .written:
            checkWritten()
            pump()
        case .delivered(let since, let time): hub.metrics.delivered(since, now: time)
        case .ended: ended()
        }
    }

    // MARK: Sending

    /// False when too much waits already; then the message is not queued.
    ///
    /// - Parameter arrival: when the message came that it is a part of, where it is timed.
    func send(_ frame: ByteBuffer, since arrival: NIODeadline? = nil) -> Bool {
        guard !isClosing else { return true }
        noteWritten()
        let before = waitingBytes
        guard outbox.append(frame, besides: sending.messages, bytes: sending.bytes, since: arrival)
        else { return false }
        hub.waiting(changedBy: waitingBytes - before)
        pump()
        return true
    }

    /// False when too much waits already.
    func sendList() -> Bool {
        guard !isClosing else { return true }
        noteWritten()
        guard outbox.appendList(besides: sending.messages) else { return false }
        pump()
        return true
    }

    func ping() {
        guard !isClosing else { return }
        outbox.setPing(WebSocketFrame.encode(.ping, [], isMasked: false))
        pump()
    }

    /// Sends what waits, as far as the connection takes it.
    func pump() {
        while !isClosing, crossing == nil ? channel.isWritable : !isHeldBack {
            let before = waitingBytes
            guard let (frame, isMessage) = outbox.next(list: { hub.listFrame(for: id) }) else { return }
            write(frame, isMessage: isMessage, since: outbox.takeArrival(), from: before)
        }
    }

    private func write(_ frame: ByteBuffer, isMessage: Bool, since arrival: NIODeadline?, from before: Int) {
        let (messages, bytes) = (isMessage ? 1 : 0, frame.readableBytes)
        record.sent += messages
        hub.metrics.sentBytes += bytes
        sending.messages += messages
        sending.bytes += bytes
        hub.waiting(changedBy: waitingBytes - before)
        guard crossing == nil else {
            order(.write(frame, isMessage: isMessage, since: arrival))
            return checkWritten()
        }
        if let arrival { hub.metrics.delivered(arrival, now: hub.loop.now) }
        let bound = NIOLoopBound(self, eventLoop: hub.loop)
        channel.writeAndFlush(frame).whenComplete { _ in bound.value.wrote(messages, bytes) }
    }

    private func wrote(_ messages: Int, _ bytes: Int) {
        sending.messages -= messages
        sending.bytes -= bytes
        hub.waiting(changedBy: -bytes)
    }

    // MARK: A connection on another event loop

    private func order(_ order: SocketOrder) {
        guard let crossing, !hasEnded else { return }
        if let handler { crossing.orders.add(order, to: handler) } else { early.append(order) }
    }

    /// Counts what was written since the last time.
    func noteWritten() {
        guard let ledger, sending != (0, 0) else { return }
        let total = (messages: ledger.writtenMessages.total, bytes: ledger.writtenBytes.total)
        let (messages, bytes) = (total.messages - written.messages, total.bytes - written.bytes)
        guard messages != 0 || bytes != 0 else { return }
        written = total
        wrote(messages, bytes)
    }

    /// Holds back what follows while enough is under way, as a channel says by itself that it is
    /// not writable.
    private func checkWritten() {
        guard let ledger else { return }
        noteWritten()
        let mark = SignalingServer.waterMark
        isHeldBack = sending.bytes > (isHeldBack ? mark.low : mark.high)
        guard isHeldBack else { return }
        ledger.writtenBytes.ask()
        noteWritten()
        isHeldBack = sending.bytes > mark.low
    }

    // MARK: Closing

    /// Sends a close frame behind what the channel has, and closes the channel when the other end
    /// answers or its time is up. What waits for the channel is forgotten.
    func close(code: UInt16, reason: String, within time: TimeAmount = closingTime) {
        guard !isClosing else { return }
        sendClose(code: code, reason: reason, closesOutput: false, within: time)
    }

    /// Closes the channel at once; what fits into the system's buffers is still sent, the close
    /// frame perhaps too.
    func cut(code: UInt16, reason: String) {
        guard !isClosing else { return }
        sendClose(code: code, reason: reason, closesOutput: false, within: Self.closingTime)
        closeChannel()
    }

    /// Ends the socket from inside: the hub hears of it first. The other end has closed already, or
    /// is not heard any more (RFC 6455 §7.1.7), so our half is closed at once, and the rest when
    /// theirs is (§7.1.1).
    private func leave(code: UInt16?, reason: String) {
        hub.remove(id, isGoodbye: true)
        sendClose(code: code, reason: reason, closesOutput: true, within: Self.closingTime)
    }

    private func sendClose(code: UInt16?, reason: String, closesOutput: Bool, within time: TimeAmount) {
        settle(code ?? 1005)
        let (channel, frame) = (channel, WebSocketFrame.close(code: code, reason: reason, isMasked: false))
        if crossing != nil {
            order(.sayClose(frame, closesOutput: closesOutput))
        } else {
            channel.writeAndFlush(frame).whenComplete { _ in
                if closesOutput { channel.close(mode: .output, promise: nil) }
            }
        }
        hub.loop.scheduleTask(in: time) { channel.close(promise: nil) }
    }

    /// Closes the connection behind what it was given.
    private func closeChannel() {
        if let crossing { crossing.orders.close(channel) } else { channel.close(promise: nil) }
    }

    /// Nothing is sent or taken from now on.
    ///
    /// - Parameter code: see ``SignalingHub/hasClosed(_:code:)``.
    private func settle(_ code: UInt16) {
        guard !isClosing else { return }
        isClosing = true
        hub.hasClosed(record, code: code)
        hub.waiting(changedBy: -outbox.bytes)
        outbox.clear()
        hub.unfinished(changedBy: -held)
        held = 0
        unfinishedSince = nil
        if crossing == nil { handler?.value.keepNothing() } else { order(.keepNothing) }
    }
}
