/// Which numbers of a source have come, so that each is taken once. Bounded: only the last ones are
/// known. Pure.
struct SeenNumbers: Sendable {
    /// How many, a power of two.
    static let capacity = 2048

    private var bits: [UInt64] = Array(repeating: 0, count: capacity / 64)
    private var highest: Int64?

    /// Notes a number. Whether it is new: what is too old to be known is not.
    @discardableResult
    mutating func insert(_ number: Int64) -> Bool {
        if let highest, number > highest {
            let step = number - highest
            if step >= Int64(Self.capacity) {
                for index in bits.indices { bits[index] = 0 }
            } else {
                for other in highest + 1...number { clear(other) }
            }
        } else if let highest, highest - number >= Int64(Self.capacity) {
            return false
        }
        highest = max(highest ?? number, number)
        let (word, bit) = Self.place(number)
        guard bits[word] & bit == 0 else { return false }
        bits[word] |= bit
        return true
    }

    /// Whether a number was noted, and is not too old to be known.
    func contains(_ number: Int64) -> Bool {
        guard let highest, number <= highest, highest - number < Int64(Self.capacity) else { return false }
        let (word, bit) = Self.place(number)
        return bits[word] & bit != 0
    }

    private mutating func clear(_ number: Int64) {
        let (word, bit) = Self.place(number)
        bits[word] &= ~bit
    }

    private static func place(_ number: Int64) -> (Int, UInt64) {
        let place = Int(truncatingIfNeeded: number & Int64(capacity - 1))
        return (place / 64, 1 << UInt64(place % 64))
    }
}
