/// Bytes on their way, first in, first out. Whoever fills it looks at ``isFull`` first.
struct ByteQueue {
    /// Nothing more is read for it from here on; it may exceed this by one read.
    static let limit = 64 << 10

    private var bytes: [UInt8] = []
    private var start = 0

    var count: Int { bytes.count - start }
    /// With those that have left it.
    var keptBytes: Int { bytes.count }
    var isEmpty: Bool { count == 0 }
    var isFull: Bool { count >= Self.limit }

    mutating func append(_ more: some Sequence<UInt8>) { bytes.append(contentsOf: more) }

    /// Hands what is there to `take`, which says how much of it went.
    mutating func drain(_ take: (Span<UInt8>) -> Int) {
        guard !isEmpty else { return }
        start += take(bytes.span.extracting(start..<bytes.count))
        if isEmpty {
            bytes.removeAll(keepingCapacity: true)
            start = 0
        } else if start >= Self.limit {
            bytes.removeFirst(start)
            start = 0
        }
    }
}
