/// Reads what a TURN server says first on a stream, up to the address that it has allocated:
/// libnice does not tell which of several servers a relayed candidate is from. Pure.
struct AllocationReader {
    /// A server that has said so much without an allocation will hardly make one; nothing more is
    /// kept.
    static let limit = 8 << 10

    private var pending: [UInt8] = []
    private var isDone = false

    /// The allocated address, once, with the bytes that complete it.
    mutating func take(_ bytes: some Sequence<UInt8>) -> TransportAddress? {
        guard !isDone else { return nil }
        pending += bytes
        while pending.count >= 4 {
            // RFC 8656 §12.5: a message begins with two zero bits, and what does not is for a
            // channel.
            let length = Int(pending[2]) << 8 | Int(pending[3])
            let size = pending[0] & 0xC0 == 0 ? STUNBinding.headerSize + length : 4 + (length + 3) / 4 * 4
            guard pending.count >= size else { break }
            if let address = STUNBinding.decodeAllocation(pending.span.extracting(0..<size)) {
                finish()
                return address
            }
            pending.removeFirst(size)
        }
        if pending.count > Self.limit { finish() }
        return nil
    }

    private mutating func finish() {
        isDone = true
        pending = []
    }
}
