/// An open bitstream unit of AV1 (bitstream specification §5.3).
struct OBU: Equatable {
    static let hasExtension: UInt8 = 0x04
    static let hasSize: UInt8 = 0x02
    static let sequenceHeader: UInt8 = 1
    static let temporalDelimiter: UInt8 = 2
    private static let tileList: UInt8 = 8

    let header: UInt8
    let `extension`: UInt8?
    let content: Range<Int>

    var type: UInt8 { header >> 3 & 0x0F }
    var headerSize: Int { `extension` == nil ? 1 : 2 }
    /// Its header as it travels, without a size.
    var head: [UInt8] { [header & ~Self.hasSize] + (`extension`.map { [$0] } ?? []) }
    /// Does not travel (RTP payload format §5).
    var isLeftOut: Bool { type == Self.temporalDelimiter || type == Self.tileList }

    static func all(in bytes: Span<UInt8>) throws(RTPError) -> [OBU] {
        var units: [OBU] = []
        var place = 0
        while place < bytes.count {
            let header = bytes[place]
            let size = header & hasExtension != 0 ? 2 : 1
            guard header & 0x80 == 0, place + size <= bytes.count else {
                throw .truncated(field: "the header of an OBU", needed: size, available: bytes.count - place)
            }
            let more = size == 2 ? bytes[place + 1] : nil
            var content = place + size..<bytes.count
            if header & hasSize != 0 {
                guard let (count, start) = number(in: bytes, at: place + size), start + count <= bytes.count else {
                    throw .truncated(field: "an OBU", needed: place + size + 1, available: bytes.count)
                }
                content = start..<start + count
            }
            units.append(OBU(header: header, extension: more, content: content))
            place = content.upperBound
        }
        return units
    }

    /// A number in leb128, and where the next byte stands; nil if it does not end, or is above 32
    /// bits (§4.10.5).
    static func number(in bytes: Span<UInt8>, at start: Int) -> (Int, Int)? {
        var value: UInt64 = 0
        for index in 0..<8 {
            guard start + index < bytes.count else { return nil }
            let byte = bytes[start + index]
            value |= UInt64(byte & 0x7F) << UInt64(7 * index)
            if byte & 0x80 == 0 { return value <= UInt64(UInt32.max) ? (Int(value), start + index + 1) : nil }
        }
        return nil
    }

    static func append(number: Int, to bytes: inout [UInt8]) {
        var rest = number
        repeat {
            let low = UInt8(truncatingIfNeeded: rest & 0x7F)
            rest >>= 7
            bytes.append(low | (rest > 0 ? 0x80 : 0))
        } while rest > 0
    }
}
