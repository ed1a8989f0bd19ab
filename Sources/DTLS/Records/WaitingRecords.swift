/// Data that has overtaken the end of the handshake, as much as may come before it, and no more:
/// the oldest gives way, for any of it may be forged, and what was must not keep the peer's out.
struct WaitingRecords {
    static let maximumCount = 64
    static let maximumBytes = 64 * 1024

    private var records: [[UInt8]] = []
    private var byteCount = 0

    var isEmpty: Bool { records.isEmpty }

    /// Keeps a copy; false if something older was given up for it.
    mutating func append(_ record: Span<UInt8>) -> Bool {
        var isAlone = true
        while let oldest = records.first,
            records.count >= Self.maximumCount || byteCount + record.count > Self.maximumBytes
        {
            byteCount -= oldest.count
            records.removeFirst()
            isAlone = false
        }
        var copy: [UInt8] = []
        copy.reserveCapacity(record.count)
        for index in record.indices { copy.append(record[index]) }
        records.append(copy)
        byteCount += copy.count
        return isAlone
    }

    /// Gives up everything, in the order in which it came.
    mutating func removeAll() -> [[UInt8]] {
        defer {
            records = []
            byteCount = 0
        }
        return records
    }
}
