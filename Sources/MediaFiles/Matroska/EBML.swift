/// Elements of EBML (RFC 8794): a number that says which, a length, and the content.
enum EBML {
    /// A length that is not known, in eight bytes (§6.2).
    static let unknownSize: [UInt8] = [0x01, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF]

    /// Appends which element it is; the number has its own length in it (§5).
    static func append(id: UInt32, to bytes: inout [UInt8]) {
        var isBegun = false
        for shift in [24, 16, 8, 0] as [UInt32] {
            let byte = UInt8(truncatingIfNeeded: id >> shift)
            isBegun = isBegun || byte != 0
            if isBegun { bytes.append(byte) }
        }
    }

    /// Appends a length in as few bytes as it takes (§4).
    static func append(size: Int, to bytes: inout [UInt8]) {
        var width = 1
        // All ones would be an unknown length.
        while width < 8, size >= (1 << (7 * width)) - 1 { width += 1 }
        append(size: size, width: width, to: &bytes)
    }

    /// Appends a length in so many bytes.
    static func append(size: Int, width: Int, to bytes: inout [UInt8]) {
        let value = UInt64(size) | 1 << UInt64(7 * width)
        for index in (0..<width).reversed() { bytes.append(UInt8(truncatingIfNeeded: value >> UInt64(8 * index))) }
    }

    static func append(_ id: UInt32, _ content: [UInt8], to bytes: inout [UInt8]) {
        append(id: id, to: &bytes)
        append(size: content.count, to: &bytes)
        bytes += content
    }

    static func append(_ id: UInt32, text: String, to bytes: inout [UInt8]) { append(id, Array(text.utf8), to: &bytes) }

    /// In as few bytes as it takes (§7.2).
    static func append(_ id: UInt32, unsigned value: UInt64, to bytes: inout [UInt8]) {
        var content: [UInt8] = []
        content.append(big: value)
        append(id, Array(content.drop { $0 == 0 }).isEmpty ? [0] : Array(content.drop { $0 == 0 }), to: &bytes)
    }

    static func append(_ id: UInt32, float value: Double, to bytes: inout [UInt8]) {
        var content: [UInt8] = []
        content.append(big: value.bitPattern)
        append(id, content, to: &bytes)
    }

    /// Appends an element of others.
    static func append(_ id: UInt32, to bytes: inout [UInt8], content: (inout [UInt8]) -> Void) {
        var inner: [UInt8] = []
        content(&inner)
        append(id, inner, to: &bytes)
    }

    /// Appends an element of nothing that takes so many bytes, 2 to 127 (§11.3.2).
    static func append(voidOf size: Int, to bytes: inout [UInt8]) {
        bytes += [0xEC, 0x80 | UInt8(truncatingIfNeeded: size - 2)]
        bytes += [UInt8](repeating: 0, count: size - 2)
    }
}
