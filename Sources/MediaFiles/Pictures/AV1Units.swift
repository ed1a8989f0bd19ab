/// The OBUs of a temporal unit of AV1 (bitstream specification §5.3), of which each but the last
/// has to say its size.
enum AV1Units {
    static let sequenceHeader: UInt8 = 1
    static let temporalDelimiter: UInt8 = 2
    static let frameHeader: UInt8 = 3
    static let frame: UInt8 = 6

    struct Unit {
        let type: UInt8
        /// With its header.
        let range: Range<Int>
        let content: Range<Int>
        let hasSize: Bool
    }

    /// Calls with each unit until it says false.
    ///
    /// - Returns: whether the units are well formed as far as it went.
    @discardableResult
    static func forEach(in bytes: [UInt8], _ body: (Unit) -> Bool) -> Bool {
        var place = 0
        while place < bytes.count {
            let header = bytes[place]
            var content = place + (header & 0x04 == 0 ? 1 : 2)
            guard header & 0x80 == 0, content <= bytes.count else { return false }
            var end = bytes.count
            let hasSize = header & 0x02 != 0
            if hasSize {
                guard let (size, next) = number(in: bytes, at: content), size <= bytes.count - next else {
                    return false
                }
                content = next
                end = next + size
            }
            let unit = Unit(type: header >> 3 & 0x0F, range: place..<end, content: content..<end, hasSize: hasSize)
            guard body(unit) else { return true }
            place = end
        }
        return true
    }

    /// leb128() (§4.10.5), and where the next byte stands; nil if it does not end, or is above 32
    /// bits.
    private static func number(in bytes: [UInt8], at start: Int) -> (Int, Int)? {
        var value: UInt64 = 0
        for index in 0..<8 {
            guard start + index < bytes.count else { return nil }
            let byte = bytes[start + index]
            value |= UInt64(byte & 0x7F) << UInt64(7 * index)
            if byte & 0x80 == 0 { return value <= UInt64(UInt32.max) ? (Int(value), start + index + 1) : nil }
        }
        return nil
    }

    /// Whether a decoder can begin with it: it has a sequence header, and its first frame is a key
    /// frame that is shown.
    static func isKeyFrame(_ bytes: [UInt8]) -> Bool {
        var (hasHeader, isStill, isKey) = (false, false, false)
        forEach(in: bytes) { unit in
            switch unit.type {
            case sequenceHeader:
                hasHeader = true
                // reduced_still_picture_header (§5.5.1).
                isStill = !unit.content.isEmpty && bytes[unit.content.lowerBound] & 0x08 != 0
                return true
            case frame, frameHeader:
                // show_existing_frame, then two bits of frame_type: 0 is a key frame (§5.9.2).
                isKey = isStill || !unit.content.isEmpty && bytes[unit.content.lowerBound] & 0xE0 == 0
                return false
            default: return true
            }
        }
        return hasHeader && isKey
    }
}
