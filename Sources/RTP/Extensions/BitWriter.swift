/// Writes what a ``BitReader`` reads.
struct BitWriter {
    private(set) var bytes: [UInt8] = []
    private var free = 0

    /// Appends the lowest bits of a number, 0 to 32.
    mutating func write(_ number: UInt32, bits count: Int) {
        var rest = count
        while rest > 0 {
            if free == 0 {
                bytes.append(0)
                free = 8
            }
            let taken = min(free, rest)
            let part = UInt8(truncatingIfNeeded: (UInt64(number) >> UInt64(rest - taken)) & ((1 << UInt64(taken)) - 1))
            bytes[bytes.count - 1] |= part << UInt8(free - taken)
            (free, rest) = (free - taken, rest - taken)
        }
    }

    mutating func write(_ flag: Bool) { write(flag ? 1 : 0, bits: 1) }

    mutating func write(_ value: Int, below limit: Int) {
        let width = Int.bitWidth - limit.leadingZeroBitCount
        let shorter = (1 << width) - limit
        if value < shorter {
            write(UInt32(value), bits: width - 1)
        } else {
            write(UInt32(value + shorter), bits: width)
        }
    }
}
