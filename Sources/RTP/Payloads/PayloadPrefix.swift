/// Some bytes in front of a part, without an allocation: at most 16 of them.
public struct PayloadPrefix: Sendable {
    /// How many there can be.
    package static let maximumCount = 16

    private var high: UInt64 = 0
    private var low: UInt64 = 0
    private var size: UInt8 = 0

    /// How many there are.
    public var count: Int { Int(size) }

    /// None.
    public init() {}

    /// Those.
    init(_ bytes: UInt8...) { for byte in bytes { append(byte) } }

    /// The byte at an index below ``count``.
    public subscript(index: Int) -> UInt8 {
        let (word, place) = index < 8 ? (high, index) : (low, index - 8)
        return UInt8(truncatingIfNeeded: word >> UInt64(56 - 8 * place))
    }

    /// Puts another byte in the place of one that there is.
    package mutating func replace(_ index: Int, with byte: UInt8) {
        precondition(index >= 0 && index < count, "there is no such byte")
        let shift = UInt64(56 - 8 * (index & 7))
        let (mask, bits) = (~(UInt64(0xFF) << shift), UInt64(byte) << shift)
        if index < 8 { high = high & mask | bits } else { low = low & mask | bits }
    }

    package mutating func append(_ byte: UInt8) {
        precondition(count < Self.maximumCount, "a prefix has at most 16 bytes")
        if count < 8 {
            high |= UInt64(byte) << UInt64(56 - 8 * count)
        } else {
            low |= UInt64(byte) << UInt64(120 - 8 * count)
        }
        size += 1
    }
}
