/// Bits of a header, the highest of a byte first. Behind the end there are zeros, and it says so.
struct BitReader {
    private let bytes: [UInt8]
    private var place: Int
    /// Whether bits were read that are not there.
    private(set) var isBeyondEnd = false

    /// - Parameters:
    ///   - bytes: what it reads.
    ///   - start: the byte to begin with.
    init(_ bytes: [UInt8], from start: Int = 0) {
        self.bytes = bytes
        place = start * 8
    }

    mutating func bit() -> Bool {
        guard place >> 3 < bytes.count else {
            isBeyondEnd = true
            return false
        }
        defer { place += 1 }
        return bytes[place >> 3] >> (7 - UInt8(place & 7)) & 1 == 1
    }

    /// A number of so many bits, at most 32.
    mutating func bits(_ count: Int) -> Int {
        var value = 0
        for _ in 0..<count { value = value << 1 | (bit() ? 1 : 0) }
        return value
    }

    mutating func skip(_ count: Int) {
        if place + count > bytes.count * 8 { isBeyondEnd = true }
        place = min(place + count, bytes.count * 8)
    }

    /// ue(v) of H.264 and H.265 (§9.1), and uvlc() of AV1 (§4.10.3): at most 32 bits; a larger one
    /// counts as beyond the end.
    mutating func unsigned() -> Int {
        var zeros = 0
        while !bit() {
            zeros += 1
            guard zeros <= 31, !isBeyondEnd else {
                isBeyondEnd = true
                return 0
            }
        }
        return (1 << zeros) - 1 + bits(zeros)
    }

    /// se(v).
    mutating func signed() -> Int {
        let value = unsigned()
        return value & 1 == 1 ? (value + 1) / 2 : -(value / 2)
    }
}
