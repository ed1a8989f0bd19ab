// Numbers in network byte order. Indices are checked by the Span, so that nothing is read beyond
// it.
extension Span<UInt8> {
    @inline(__always)
    func uint16(at index: Int) -> UInt16 { UInt16(self[index]) << 8 | UInt16(self[index + 1]) }

    @inline(__always)
    func uint24(at index: Int) -> UInt32 {
        UInt32(self[index]) << 16 | UInt32(self[index + 1]) << 8 | UInt32(self[index + 2])
    }

    @inline(__always)
    func uint32(at index: Int) -> UInt32 {
        UInt32(uint16(at: index)) << 16 | UInt32(uint16(at: index + 2))
    }

    @inline(__always)
    func uint64(at index: Int) -> UInt64 { UInt64(uint32(at: index)) << 32 | UInt64(uint32(at: index + 4)) }
}

extension [UInt8] {
    /// Appends a number in network byte order.
    mutating func append(big number: some FixedWidthInteger & UnsignedInteger) {
        var shift = number.bitWidth
        while shift > 0 {
            shift -= 8
            append(UInt8(truncatingIfNeeded: number >> shift))
        }
    }

    /// Appends the lowest 24 bits.
    mutating func append(big24 number: UInt32) {
        append(UInt8(truncatingIfNeeded: number >> 16))
        append(big: UInt16(truncatingIfNeeded: number))
    }
}
