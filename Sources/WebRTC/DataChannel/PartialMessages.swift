internal import NIOCore

/// Messages of which parts have come. What they take counts as unread: it is no reader's yet, but
/// it is here.
struct PartialMessages<Key: Hashable> {
    private var buffers: [Key: ByteBuffer] = [:]
    private let unread: UnreadBudget

    init(unread: UnreadBudget) {
        self.unread = unread
    }

    /// How many bytes there are of a message; nil if none was begun.
    func count(of key: Key) -> Int? { buffers[key]?.readableBytes }

    mutating func append(_ bytes: Span<UInt8>, to key: Key) {
        // Taken out meanwhile, so that it is appended to in place.
        var buffer = buffers.removeValue(forKey: key) ?? ByteBuffer()
        buffer.append(copying: bytes)
        buffers[key] = buffer
        unread.add(bytes.count)
    }

    /// Takes the message out; nil if none was begun.
    mutating func take(_ key: Key) -> ByteBuffer? {
        guard let buffer = buffers.removeValue(forKey: key) else { return nil }
        unread.drop(buffer.readableBytes)
        return buffer
    }

    mutating func removeAll() {
        for key in Array(buffers.keys) { _ = take(key) }
    }
}
