/// A QR code (ISO/IEC 18004), as a square of dark and light modules.
public struct QRCode: Sendable, Hashable {
    /// How many modules a side has, without the quiet zone.
    public let width: Int
    private let modules: [Bool]

    /// What a terminal is like.
    public enum Style: Sendable, Hashable, CaseIterable {
        /// It obeys escape sequences: the code sets both colours itself, which is right on every
        /// background.
        case colored
        /// It has light text on a dark background, and gets no escape sequences.
        case darkTerminal
        /// It has dark text on a light background, and gets no escape sequences.
        case lightTerminal
    }

    /// Modules of the light border that readers need (ISO/IEC 18004 §6.3.8).
    static let quietZone = 4
    /// The longest text, in bytes of UTF-8: what still fits a terminal.
    static let longestText = 256

    /// The code for a text, with the middle of the four levels of error correction that a screen
    /// needs (M).
    ///
    /// - Parameter text: At most 256 bytes of UTF-8. Of capital letters and digits it takes fewer
    ///   squares.
    /// - Throws: `malformed` for a text that is empty, too long or has a zero in it; `library`.
    public init(_ text: String) throws(GroupKeyError) {
        guard (1...Self.longestText).contains(text.utf8.count), !text.utf8.contains(0) else {
            throw GroupKeyError(.malformed, "a QR code has 1 to \(Self.longestText) bytes of text here, and no zero")
        }
        let native = try NativeQRCode.encode(text)
        (width, modules) = (native.width, native.modules)
    }

    /// Whether a module is dark; those beyond the sides are light.
    public func isDark(column: Int, row: Int) -> Bool {
        guard (0..<width).contains(column), (0..<width).contains(row) else { return false }
        return modules[row * width + column]
    }

    /// The code for a terminal, two modules a character, with the border that readers need; each
    /// line ends with a newline.
    public func text(_ style: Style) -> String {
        let range = -Self.quietZone..<width + Self.quietZone
        var text = ""
        for row in stride(from: range.lowerBound, to: range.upperBound, by: 2) {
            if style == .colored { text += "\u{1B}[38;5;16;48;5;231m" }
            for column in range {
                let upper = isDark(column: column, row: row)
                let lower = isDark(column: column, row: row + 1)
                // What is inked is dark, or where the ink is light what is light.
                text += style == .darkTerminal ? Self.character(!upper, !lower) : Self.character(upper, lower)
            }
            text += style == .colored ? "\u{1B}[0m\n" : "\n"
        }
        return text
    }

    private static func character(_ upper: Bool, _ lower: Bool) -> String {
        switch (upper, lower) {
        case (false, false): " "
        case (true, false): "▀"
        case (false, true): "▄"
        case (true, true): "█"
        }
    }
}
