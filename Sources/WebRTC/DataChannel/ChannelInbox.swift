internal import DequeModule

/// What has arrived and was not read yet. Pure; the channel guards it with its lock.
///
/// The limit is not a wall: what arrives is kept. It says when to tell of a channel that nobody
/// reads; what bounds the memory is the ``UnreadBudget`` of all channels.
struct ChannelInbox {
    private(set) var byteCount = 0
    private var messages: Deque<DataChannelMessage> = []
    private let limit: Int

    init(limit: Int) {
        self.limit = max(1, limit)
    }

    /// True while so much waits that nobody seems to read.
    var isFull: Bool { byteCount >= limit }
    /// True once enough has been read that somebody does.
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
    static func cost(of message: DataChannelMessage) -> Int { message.byteCount + 64 }
}
