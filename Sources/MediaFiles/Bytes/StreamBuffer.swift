/// Bytes of a stream that have come and are not read yet.
struct StreamBuffer: Sendable {
    private var storage: [UInt8] = []
    private var start = 0
    /// How many bytes that have not come yet are of no interest.
    private var owed = 0
    /// The place in the stream of the first that is not read.
    private(set) var position = 0
    /// How many may be unread before more are pushed.
    let limit: Int

    init(limit: Int) { self.limit = limit }

    var count: Int { storage.count - start }
    var isEmpty: Bool { count == 0 }

    /// The byte so many behind the first.
    subscript(index: Int) -> UInt8 { storage[start + index] }

    /// A number of so many bytes, at most 8, the highest first.
    func big(at index: Int, count: Int) -> UInt64 { storage.big(at: start + index, count: count) }

    /// A number of so many bytes, at most 8, the lowest first.
    func little(at index: Int, count: Int) -> UInt64 { storage.little(at: start + index, count: count) }

    /// Whether these bytes stand so many behind the first.
    func has(_ text: StaticString, at index: Int = 0) -> Bool { storage.has(text, at: start + index) }

    /// Where such a byte is first, from a place on; nil if it has not come.
    func firstIndex(of byte: UInt8, from index: Int = 0) -> Int? {
        storage[(start + index)...].firstIndex(of: byte).map { $0 - start }
    }

    /// Where the next start code of Annex B begins, which is three bytes, from a place on; nil if
    /// none has come whole.
    func startCode(from index: Int) -> Int? {
        var place = start + index
        while place + 3 <= storage.count {
            // A start code ends with the 1: where a byte is larger, none can end in the next two.
            if storage[place + 2] > 1 {
                place += 3
            } else if storage[place] == 0, storage[place + 1] == 0, storage[place + 2] == 1 {
                return place - start
            } else {
                place += 1
            }
        }
        return nil
    }

    mutating func append(_ bytes: Span<UInt8>) throws(MediaFileError) {
        guard count <= limit else {
            throw .outOfRange(field: "the number of bytes not pulled", value: count, allowed: 0...limit)
        }
        let skipped = min(owed, bytes.count)
        owed -= skipped
        position += skipped
        if start > 0, start * 2 >= storage.count {
            storage.removeSubrange(0..<start)
            start = 0
        }
        storage.append(copying: bytes.extracting(skipped..<bytes.count))
    }

    /// A copy of those.
    func bytes(_ range: Range<Int>) -> [UInt8] {
        [UInt8](storage[start + range.lowerBound..<start + range.upperBound])
    }

    /// Goes on so many bytes later, which may be more than have come.
    mutating func drop(_ wanted: Int) {
        let here = min(wanted, count)
        start += here
        position += here
        owed += wanted - here
        if start == storage.count {
            storage.removeAll(keepingCapacity: storage.capacity <= 1 << 20)
            start = 0
        }
    }
}
