extension [UInt8] {
    /// Appends a number, its highest byte first.
    mutating func append(big number: some FixedWidthInteger) {
        var shift = number.bitWidth
        while shift > 0 {
            shift -= 8
            append(UInt8(truncatingIfNeeded: number >> shift))
        }
    }

    /// Appends a number, its lowest byte first.
    mutating func append(little number: some FixedWidthInteger) {
        var shift = 0
        while shift < number.bitWidth {
            append(UInt8(truncatingIfNeeded: number >> shift))
            shift += 8
        }
    }
}

extension [UInt8] {
    /// A number of so many bytes, at most 8, the highest first.
    func big(at index: Int, count: Int) -> UInt64 {
        var value: UInt64 = 0
        for place in index..<index + count { value = value << 8 | UInt64(self[place]) }
        return value
    }

    /// A number of so many bytes, at most 8, the lowest first.
    func little(at index: Int, count: Int) -> UInt64 {
        var value: UInt64 = 0
        for place in (index..<index + count).reversed() { value = value << 8 | UInt64(self[place]) }
        return value
    }

    /// Whether these bytes stand there.
    func has(_ text: StaticString, at index: Int) -> Bool {
        let wanted = String(describing: text).utf8
        return index >= 0 && count - index >= wanted.count && self[index..<index + wanted.count].elementsEqual(wanted)
    }
}
