/// Some bytes in front of a part, without an allocation: at most 16.
public struct PayloadPrefix: Sendable {
    private var high: UInt64 = 0
    private var low: UInt64 = 0
    /// How many there are.
    public private(set) var count = 0

    /// None.
    public init() {}

    /// Those.
    init(_ bytes: UInt8...) { for byte in bytes { append(byte) } }

    /// The byte at an index below ``count``.
    public subscript(index: Int) -> UInt8 {
        let (word, place) = index < 8 ? (high, index) : (low, index - 8)
        return UInt8(truncatingIfNeeded: word >> UInt64(56 - 8 * place))
    }

    mutating func append(_ byte: UInt8) {
        precondition(count < 16, "a prefix has at most 16 bytes")
        if count < 8 {
            high |= UInt64(byte) << UInt64(56 - 8 * count)
        } else {
            low |= UInt64(byte) << UInt64(120 - 8 * count)
        }
        count += 1
    }
}
