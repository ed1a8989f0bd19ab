/// Why tones cannot be sent.
public enum ToneError: Error, Sendable, Hashable, CustomStringConvertible {
    /// A character stands for no tone: W3C's `InvalidCharacterError`. `position` counts characters
    /// from 0.
    case invalidCharacter(Character, position: Int)

    /// One sentence that says what is wrong, and where.
    public var description: String {
        switch self {
        case .invalidCharacter(let character, let position):
            "\"\(character)\" at \(position) is no tone: 0 to 9, A to D, # and *, and a comma for a pause, are"
        }
    }
}
