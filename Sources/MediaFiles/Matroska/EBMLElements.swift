/// Reads the elements of EBML (RFC 8794) that stand in bytes.
enum EBMLElements {
    /// A number with its width in it (§4): the width is how many zeros are in front of the first 1.
    ///
    /// - Returns: the number with or without that 1, how many bytes it has, and whether all of it
    ///   is ones; nil if it is not all there, or has none.
    static func number(
        first: UInt8, keepsMarker: Bool, byte: (Int) -> UInt8?
    ) -> (value: UInt64, width: Int, isUnknown: Bool)? {
        let width = first.leadingZeroBitCount + 1
        guard width <= 8 else { return nil }
        var value = UInt64(keepsMarker ? first : first & UInt8(truncatingIfNeeded: 0xFF >> width))
        for index in 1..<max(1, width) {
            guard let next = byte(index) else { return nil }
            value = value << 8 | UInt64(next)
        }
        return (value, width, value == (1 << UInt64(7 * width)) - 1)
    }

    /// The same in an array; nil behind its end, too.
    static func number(
        in bytes: [UInt8], at place: Int, end: Int, keepsMarker: Bool = false
    ) -> (value: UInt64, width: Int, isUnknown: Bool)? {
        guard place < end else { return nil }
        return number(first: bytes[place], keepsMarker: keepsMarker) { place + $0 < end ? bytes[place + $0] : nil }
    }

    /// Calls with each element of a range: which it is, and where its content stands.
    ///
    /// - Returns: false if one is not an element, or goes beyond the range.
    static func forEach(
        in bytes: [UInt8], _ range: Range<Int>, _ body: (UInt32, Range<Int>) throws(MediaFileError) -> Void
    ) throws(MediaFileError) -> Bool {
        var place = range.lowerBound
        while place < range.upperBound {
            guard let id = number(in: bytes, at: place, end: range.upperBound, keepsMarker: true), id.width <= 4,
                let size = number(in: bytes, at: place + id.width, end: range.upperBound), !size.isUnknown
            else { return false }
            let start = place + id.width + size.width
            guard size.value <= UInt64(range.upperBound - start) else { return false }
            place = start + Int(size.value)
            try body(UInt32(id.value), start..<place)
        }
        return true
    }

    /// Of at most 8 bytes (§7.2); more are cut off.
    static func unsigned(_ bytes: [UInt8], _ range: Range<Int>) -> UInt64 {
        bytes.big(at: range.lowerBound, count: min(8, range.count))
    }

    /// Of at most 8 bytes (§7.1).
    static func signed(_ bytes: [UInt8], _ range: Range<Int>) -> Int64 {
        let count = min(8, range.count)
        guard count > 0 else { return 0 }
        let unused = Int64(64 - 8 * count)
        return (Int64(bitPattern: unsigned(bytes, range)) << unused) >> unused
    }

    /// Of 4 or 8 bytes, or 0 (§7.3).
    static func float(_ bytes: [UInt8], _ range: Range<Int>) -> Double {
        switch range.count {
        case 4: Double(Float(bitPattern: UInt32(unsigned(bytes, range))))
        case 8: Double(bitPattern: unsigned(bytes, range))
        default: 0
        }
    }

    static func text(_ bytes: [UInt8], _ range: Range<Int>) -> String {
        String(decoding: bytes[range].prefix { $0 != 0 }, as: UTF8.self)
    }
}
