/// Records that cannot be used yet, as many as a handshake and the first data after it may need, and no more.
struct WaitingRecords {
    static let maximumCount = 64
    static let maximumBytes = 64 * 1024

    private var records: [[UInt8]] = []
    private var byteCount = 0

    var isEmpty: Bool { records.isEmpty }

    /// Keeps a copy; false when there is no room.
    mutating func append(_ record: Span<UInt8>) -> Bool {
        guard records.count < Self.maximumCount, byteCount + record.count <= Self.maximumBytes else { return false }
        var copy: [UInt8] = []
        copy.reserveCapacity(record.count)
        for index in record.indices { copy.append(record[index]) }
        records.append(copy)
        byteCount += copy.count
        return true
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
