/// Datagrams that wait for one system call: back to back in one buffer, all of one size but the
/// last, as UDP_SEGMENT wants them. Reused: records are encrypted straight into it.
struct PacketBatch {
    /// What the kernel takes at once: 64 segments, and one datagram's worth of bytes in all.
    static let maximumSegments = 64
    static let maximumBytes = 65_000

    private(set) var bytes: [UInt8] = []
    private(set) var segmentSize = 0
    /// Whether they know ECN (RFC 3168): all of a batch do, or none.
    private(set) var isMarked = false
    private var segments = 0
    /// True once a shorter datagram has ended the run.
    private var isEnded = false

    init() {}

    var isEmpty: Bool { bytes.isEmpty }

    /// Whether a datagram of this size can join those that wait.
    func accepts(_ size: Int, isMarked: Bool = false) -> Bool {
        isEmpty
            || !isEnded && isMarked == self.isMarked && size <= segmentSize && segments < Self.maximumSegments
                && bytes.count + size <= Self.maximumBytes
    }

    /// Adds a datagram that ``accepts(_:)`` allowed.
    mutating func append(_ datagram: Span<UInt8>) {
        _ = append(datagram.count) { bytes in
            bytes.append(copying: datagram)
            return true
        }
    }

    /// Adds a datagram of `size` bytes, that ``accepts(_:)`` allowed, which `body` appends. False
    /// if it has not.
    mutating func append(_ size: Int, isMarked: Bool = false, _ body: (inout [UInt8]) -> Bool) -> Bool {
        let isFirst = isEmpty
        guard body(&bytes) else { return false }
        if isFirst { (segmentSize, self.isMarked) = (size, isMarked) }
        isEnded = size < segmentSize
        segments += 1
        return true
    }

    /// How much memory is kept, whatever is made of it, in bytes.
    static let keptBytes = 4096

    /// Forgets the datagrams. The memory of a burst is kept for the next one, until a batch takes
    /// only a fraction of it.
    mutating func removeAll() {
        bytes.removeAll(keepingCapacity: bytes.capacity <= max(Self.keptBytes, 8 * bytes.count))
        segments = 0
        isEnded = false
    }
}
