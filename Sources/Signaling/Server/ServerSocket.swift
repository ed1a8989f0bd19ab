internal import NIOCore

/// One WebSocket of the server: frames in and out, what waits to be sent, the closing handshake.
/// Lives on the hub's event loop, which need not be that of its connection.
final class ServerSocket {
    /// How long the other end has to answer a close frame, and a slow reader to take what is left
    /// for it.
    private static let closingTime = TimeAmount.seconds(5)
    /// A message up to this size is dropped and answered with an error; above it the socket is
    /// closed with 1009.
    private static let dropLimit = 1 << 20

    private let hub: SignalingHub
    /// Another one's, once that is resumed on this connection.
    var id: SignalingServerCore.SocketID
    private let mayJoinRooms: Bool
    private let identity: TokenIdentity?
    private var reader: WebSocketReader
    private var outbox: Outbox
    private let channel: any Channel
    /// What was handed to the channel and is not written yet.
    private var sending = (messages: 0, bytes: 0)
    private var held = 0
    private var isClosing = false

    /// What is told of it.
    var record: SocketRecord
    /// Since when a message is unfinished.
    private(set) var unfinishedSince: NIODeadline?

    /// - Parameters:
    ///   - channel: takes and gives the bytes of frames.
    ///   - mayJoinRooms: whether rooms are open to whoever is at the other end.
    ///   - identity: who the request has shown to be there.
    init(
        hub: SignalingHub, id: SignalingServerCore.SocketID, channel: any Channel, mayJoinRooms: Bool,
        identity: TokenIdentity? = nil
    ) {
        self.hub = hub
        self.id = id
        self.channel = channel
        record = SocketRecord(id: id)
        self.mayJoinRooms = mayJoinRooms
        self.identity = identity
        reader = WebSocketReader(limit: hub.limits.messageSize, dropLimit: Self.dropLimit, isServer: true)
        outbox = Outbox(messageLimit: hub.limits.outbox, byteLimit: hub.limits.outboxBytes)
    }

    /// The bytes that wait for this reader.
    var waitingBytes: Int { outbox.bytes + sending.bytes }

    // MARK: What the connection tells

    /// It is a WebSocket from here on.
    func opened() {
        record.span = hub.tracer.map { SocketSpan($0) }
        hub.hasOpened(record)
        hub.opened(self, id, mayJoinRooms: mayJoinRooms, identity: identity)
    }

    /// The connection is gone, or of no use any more.
    func end() {
        settle(1006)
        hub.remove(id, isGoodbye: false)
    }

    func read(_ bytes: ByteBuffer) {
        var buffer = bytes
        hub.metrics.receivedBytes += buffer.readableBytes
        while let event = reader.next(&buffer) { take(event) }
        let held = isClosing ? 0 : reader.heldBytes
        guard held != self.held else { return }
        unfinishedSince = held == 0 ? nil : unfinishedSince ?? hub.loop.now
        let change = held - self.held
        self.held = held
        hub.unfinished(changedBy: change)
    }

    private func take(_ event: WebSocketReader.Event) {
        switch event {
        case .close(let code):
            if isClosing { return channel.close(promise: nil) }
            leave(code: code, reason: "")
        case _ where isClosing: break
        case .violation(let code, let reason): leave(code: code, reason: reason)
        case .ping(let data):
            hub.receive(event, from: id)
            outbox.setPong(WebSocketFrame.encode(.pong, data.readableBytesView, isMasked: false))
            pump()
        case .text, .binary, .tooLarge:
            record.received += 1
            hub.receive(event, from: id)
        case .pong: hub.receive(event, from: id)
        }
    }

    // MARK: Sending

    /// False when too much waits already; then the message is not queued.
    ///
    /// - Parameter arrival: when the message came that it is a part of, where it is timed.
    func send(_ frame: ByteBuffer, since arrival: NIODeadline? = nil) -> Bool {
        guard !isClosing else { return true }
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
        while !isClosing, channel.isWritable {
            let before = waitingBytes
            guard let (frame, isMessage) = outbox.next(list: { hub.listFrame(for: id) }) else { return }
            if let arrival = outbox.takeArrival() { hub.metrics.delivered(arrival, now: hub.loop.now) }
            write(frame, isMessage: isMessage, from: before)
        }
    }

    private func write(_ frame: ByteBuffer, isMessage: Bool, from before: Int) {
        let (messages, bytes) = (isMessage ? 1 : 0, frame.readableBytes)
        record.sent += messages
        hub.metrics.sentBytes += bytes
        sending.messages += messages
        sending.bytes += bytes
        hub.waiting(changedBy: waitingBytes - before)
        written(frame) { socket in
            socket.sending.messages -= messages
            socket.sending.bytes -= bytes
            socket.hub.waiting(changedBy: -bytes)
        }
    }

    /// Gives a frame to the connection, which may be on another event loop.
    private func written(_ frame: ByteBuffer, then: @escaping @Sendable (ServerSocket) -> Void) {
        let bound = NIOLoopBound(self, eventLoop: hub.loop)
        channel.writeAndFlush(frame).hop(to: hub.loop).whenComplete { _ in then(bound.value) }
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
        channel.close(promise: nil)
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
        let channel = channel
        written(WebSocketFrame.close(code: code, reason: reason, isMasked: false)) { _ in
            if closesOutput { channel.close(mode: .output, promise: nil) }
        }
        hub.loop.scheduleTask(in: time) { channel.close(promise: nil) }
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
        reader.keepNothing()
    }
}
