/// The identity of a contender: a UUID, ordered by its 16 bytes as unsigned numbers.
///
/// Text compares the same way only as long as everybody writes the same case, so text is not what
/// is compared.
public struct ContenderID: Sendable, Hashable, Comparable {
    private let high: UInt64
    private let low: UInt64

    /// The UUID with those 128 bits.
    public init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// Reads `xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx` in either case; `nil` for anything else.
    public init?(_ text: some StringProtocol) {
        var words: [UInt64] = [0, 0]
        var position = 0
        var digits = 0
        for byte in text.utf8 {
            if [8, 13, 18, 23].contains(position) {
                guard byte == UInt8(ascii: "-") else { return nil }
            } else {
                guard digits < 32, let digit = Self.value(of: byte) else { return nil }
                words[digits / 16] = words[digits / 16] << 4 | UInt64(digit)
                digits += 1
            }
            position += 1
        }
        guard digits == 32 else { return nil }
        self.init(high: words[0], low: words[1])
    }

    /// The larger UUID is the one whose first differing byte is larger.
    public static func < (left: ContenderID, right: ContenderID) -> Bool {
        (left.high, left.low) < (right.high, right.low)
    }

    private static func value(of byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}

extension ContenderID: CustomStringConvertible {
    /// The UUID in lower case.
    public var description: String {
        let digits = Array("0123456789abcdef")
        var text = ""
        for index in 0..<32 {
            if [8, 12, 16, 20].contains(index) { text.append("-") }
            let word = index < 16 ? high : low
            text.append(digits[Int(word >> UInt64(60 - 4 * (index % 16)) & 0xF)])
        }
        return text
    }
}
