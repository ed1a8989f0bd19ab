/// Reads numbers of any count of bits, the highest bit first. It is given the same bytes each time.
struct BitReader {
    private let field: String
    /// The next bit.
    private(set) var place = 0

    /// - Parameter field: what is read, for errors.
    init(field: String) { self.field = field }

    /// A number of 0 to 32 bits.
    mutating func read(_ count: Int, in bytes: Span<UInt8>) throws(RTPError) -> UInt32 {
        guard place + count <= 8 * bytes.count else {
            throw .truncated(field: field, needed: (place + count + 7) / 8, available: bytes.count)
        }
        var number: UInt64 = 0
        for index in place >> 3..<(place + count + 7) >> 3 { number = number << 8 | UInt64(bytes[index]) }
        place += count
        return UInt32(truncatingIfNeeded: (number >> UInt64((8 - place & 7) & 7)) & ((1 << UInt64(count)) - 1))
    }

    mutating func flag(in bytes: Span<UInt8>) throws(RTPError) -> Bool { try read(1, in: bytes) == 1 }

    /// A number below a limit of 1 or more, in as few bits as that takes: `ns(n)` of the AV1
    /// bitstream specification (§4.10.7).
    mutating func read(below limit: Int, in bytes: Span<UInt8>) throws(RTPError) -> Int {
        let width = Int.bitWidth - limit.leadingZeroBitCount
        let shorter = (1 << width) - limit
        let value = try Int(read(width - 1, in: bytes))
        guard value >= shorter else { return value }
        return try (value << 1) - shorter + Int(read(1, in: bytes))
    }
}
