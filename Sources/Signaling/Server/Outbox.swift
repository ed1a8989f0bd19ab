internal import NIOCore

/// What waits to be sent on one socket, within the limits of messages and bytes.
///
/// Lists that wait are one, the newest when its turn comes; so are pings, and pongs (RFC
/// 6455 §5.5.3).
struct Outbox {
    private enum Item {
        case message(ByteBuffer, since: NIODeadline?)
        case list
    }

    private let messageLimit: Int
    private let byteLimit: Int
    private var items = CircularBuffer<Item>()
    private var hasList = false
    private var pong: ByteBuffer?
    private var ping: ByteBuffer?
    private var arrival: NIODeadline?

    /// The bytes that wait. A list is kept once for all sockets, and does not count.
    private(set) var bytes = 0

    init(messageLimit: Int, byteLimit: Int) {
        self.messageLimit = max(1, messageLimit)
        self.byteLimit = byteLimit
    }

    /// Adds a message as a frame; false when the limits do not allow it.
    ///
    /// - Parameters:
    ///   - messages: how many have been taken out and are not sent yet; they count too.
    ///   - bytes: how many bytes those have.
    ///   - arrival: for ``takeArrival()`` when it is taken out.
    mutating func append(
        _ frame: ByteBuffer, besides messages: Int, bytes sending: Int, since arrival: NIODeadline? = nil
    ) -> Bool {
        let waiting = items.count + messages
        guard waiting < messageLimit, waiting == 0 || bytes + sending + frame.readableBytes <= byteLimit else {
            return false
        }
        items.append(.message(frame, since: arrival))
        bytes += frame.readableBytes
        return true
    }

    /// Adds the list, where an older one waits if one does; false when the limits do not
    /// allow it.
    mutating func appendList(besides messages: Int) -> Bool {
        if hasList { return true }
        guard items.count + messages < messageLimit else { return false }
        items.append(.list)
        hasList = true
        return true
    }

    mutating func setPong(_ frame: ByteBuffer) { pong = frame }

    mutating func setPing(_ frame: ByteBuffer) { ping = frame }

    /// The next frame to send, control frames first; nil when there is none.
    mutating func next(list: () -> ByteBuffer) -> (frame: ByteBuffer, isMessage: Bool)? {
        if let frame = pong {
            pong = nil
            return (frame, false)
        }
        if let frame = ping {
            ping = nil
            return (frame, false)
        }
        switch items.popFirst() {
        case .message(let frame, let since)?:
            bytes -= frame.readableBytes
            arrival = since
            return (frame, true)
        case .list?:
            hasList = false
            return (list(), true)
        case nil: return nil
        }
    }

    /// When the message came that was taken out last, where it is timed; once.
    mutating func takeArrival() -> NIODeadline? { arrival.take() }

    /// Forgets everything.
    mutating func clear() {
        items = CircularBuffer()
        hasList = false
        (pong, ping) = (nil, nil)
        bytes = 0
    }
}
