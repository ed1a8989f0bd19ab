internal import DequeModule

/// What has arrived and was not read yet. Pure; the channel guards it with its lock.
///
/// The limit is not a wall: what arrives is kept. It says when to close the peer's window, so the excess is at most what
/// was already on its way.
struct ChannelInbox {
    private(set) var byteCount = 0
    private var messages: Deque<DataChannelMessage> = []
    private let limit: Int

    init(limit: Int) {
        self.limit = max(1, limit)
    }

    /// True while the peer's window should be closed.
    var isFull: Bool { byteCount >= limit }
    /// True once enough has been read to open the window again.
    var isDrained: Bool { byteCount <= limit / 2 }
    var isEmpty: Bool { messages.isEmpty }

    mutating func append(_ message: DataChannelMessage) {
        messages.append(message)
        byteCount += Self.cost(of: message)
    }

    mutating func popFirst() -> DataChannelMessage? {
        guard let message = messages.popFirst() else { return nil }
        byteCount -= Self.cost(of: message)
        return message
    }

    mutating func removeAll() {
        messages = []
        byteCount = 0
    }

    /// Empty messages cost memory too; counting them keeps a flood of them bounded.
    private static func cost(of message: DataChannelMessage) -> Int { message.byteCount + 64 }
}
