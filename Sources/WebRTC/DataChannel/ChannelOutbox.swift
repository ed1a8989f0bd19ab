internal import DequeModule
internal import NIOCore

/// What the application has sent and SCTP has not taken yet. Pure; the channel guards it with its
/// lock.
struct ChannelOutbox {
    struct Message {
        enum Payload {
            case text(String)
            case binary(ByteBuffer)
            case control([UInt8])
        }
        let payload: Payload
        let byteCount: Int

        init(_ payload: Payload) {
            self.payload = payload
            byteCount =
                switch payload {
                case .text(let text): text.utf8.count
                case .binary(let buffer): buffer.readableBytes
                case .control: 0  // DCEP is ours, not the application's
                }
        }
    }

    /// W3C `bufferedAmount`: bytes of payload queued here.
    private(set) var bufferedAmount = 0
    /// W3C `bufferedAmountLowThreshold`.
    var lowThreshold = 0
    /// Up to how many bytes are queued.
    let limit: Int
    private var messages: Deque<Message> = []

    init(limit: Int) {
        self.limit = max(1, limit)
    }

    var isEmpty: Bool { messages.isEmpty }
    var first: Message? { messages.first }

    /// Whether a message of this size may be queued now. One that alone exceeds the limit goes in
    /// when nothing else waits.
    ///
    /// What a message costs besides its payload counts too, or empty ones would queue without
    /// limit.
    func hasRoom(for byteCount: Int) -> Bool {
        messages.isEmpty || bufferedAmount + byteCount + (messages.count + 1) * Self.overhead <= limit
    }

    /// Whether half of the room is free.
    var isHalfEmpty: Bool { bufferedAmount + messages.count * Self.overhead <= limit / 2 }

    /// About what a message takes besides its payload, in bytes.
    private static let overhead = 64

    /// What waits and how much may, in words.
    var fullness: String {
        "\(bufferedAmount) bytes wait in \(messages.count == 1 ? "1 message" : "\(messages.count) messages"), "
            + "with \(Self.overhead) more for each, and sendBufferLimit is \(limit)"
    }

    mutating func append(_ message: Message) {
        messages.append(message)
        bufferedAmount += message.byteCount
    }

    /// Counts bytes of the first message as handed over. Returns whether the amount fell to the
    /// threshold by it.
    mutating func consume(_ count: Int) -> Bool {
        let before = bufferedAmount
        bufferedAmount = max(0, bufferedAmount - count)
        return before > lowThreshold && bufferedAmount <= lowThreshold
    }

    /// Counts bytes of the first message as not handed over after all: all of it will be sent
    /// again.
    mutating func restore(_ count: Int) {
        bufferedAmount += count
    }

    mutating func removeFirst() {
        _ = messages.popFirst()
    }

    /// Empties the queue, and returns what was in it, to be let go outside of the lock.
    mutating func removeAll() -> Deque<Message> {
        defer { (messages, bufferedAmount) = ([], 0) }
        return messages
    }
}
