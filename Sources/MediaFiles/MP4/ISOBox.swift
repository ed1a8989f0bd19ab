/// Boxes of the ISO base media file format (ISO/IEC 14496-12 §4.2): a length, four letters that say
/// which, and the content.
enum ISOBox {
    static func append(_ type: StaticString, to bytes: inout [UInt8], content: (inout [UInt8]) -> Void = { _ in }) {
        let start = bytes.count
        bytes.append(big: UInt32(0))
        bytes += String(describing: type).utf8
        content(&bytes)
        set(UInt32(clamping: bytes.count - start), at: start, in: &bytes)
    }

    /// One with a version and flags.
    static func append(
        _ type: StaticString, version: UInt8, flags: UInt32, to bytes: inout [UInt8],
        content: (inout [UInt8]) -> Void = { _ in }
    ) {
        append(type, to: &bytes) { bytes in
            bytes.append(big: UInt32(version) << 24 | flags)
            content(&bytes)
        }
    }

    static func set(_ number: UInt32, at place: Int, in bytes: inout [UInt8]) {
        for index in 0..<4 { bytes[place + index] = UInt8(truncatingIfNeeded: number >> UInt32(24 - 8 * index)) }
    }
}

extension [UInt8] {
    /// Appends so many zeros.
    mutating func append(zeros count: Int) { self += repeatElement(0, count: count) }

    /// Appends numbers of 32 bits, the highest byte first.
    mutating func append(words: UInt32...) {
        for word in words { append(big: word) }
    }
}
