/// Checks bytes that come in pieces for being UTF-8 (RFC 3629 §4), and says so at the first byte
/// that cannot be.
struct UTF8Check {
    /// How many bytes of a character have still to come.
    private var missing = 0
    /// What the next of them may be: the first one after some leading bytes is restricted, so that
    /// nothing is written longer than necessary, no surrogate and nothing above U+10FFFF.
    private var allowed: ClosedRange<UInt8> = 0x80...0xBF

    /// Whether a character could end here.
    var isComplete: Bool { missing == 0 }

    /// Takes the next byte; false when the text is not UTF-8.
    mutating func take(_ byte: UInt8) -> Bool {
        if missing > 0 {
            guard allowed.contains(byte) else { return false }
            missing -= 1
            allowed = 0x80...0xBF
            return true
        }
        switch byte {
        case 0x00...0x7F: return true
        case 0xC2...0xDF: missing = 1
        case 0xE0: (missing, allowed) = (2, 0xA0...0xBF)
        case 0xED: (missing, allowed) = (2, 0x80...0x9F)
        case 0xE1...0xEF: missing = 2
        case 0xF0: (missing, allowed) = (3, 0x90...0xBF)
        case 0xF4: (missing, allowed) = (3, 0x80...0x8F)
        case 0xF1...0xF3: missing = 3
        default: return false
        }
        return true
    }
}
