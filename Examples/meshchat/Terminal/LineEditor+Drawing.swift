extension LineEditor {
    /// Takes the line off the screen; the cursor stands where it began.
    static let erasure = "\r\u{1B}[K"

    /// Draws the line into one row of the terminal, which shows the part around the cursor when all
    /// of it does not fit.
    func drawing(columns: Int) -> String {
        let room = max(8, columns - Self.prompt.count - 1)
        var start = cursor
        var before = 0
        while start > 0, before + Self.width(of: text[start - 1]) <= room {
            start -= 1
            before += Self.width(of: text[start])
        }
        var end = cursor
        var all = before
        while end < text.count, all + Self.width(of: text[end]) <= room {
            all += Self.width(of: text[end])
            end += 1
        }
        let back = all - before
        return Self.erasure + Self.prompt + String(text[start..<end]) + (back > 0 ? "\u{1B}[\(back)D" : "")
    }

    /// How many columns a terminal gives a character (Unicode UAX #11, in outline).
    static func width(of character: Character) -> Int {
        guard let scalar = character.unicodeScalars.first else { return 0 }
        if character.unicodeScalars.contains("\u{FE0F}") || scalar.properties.isEmojiPresentation { return 2 }
        switch scalar.value {
        case 0x1100...0x115F, 0x2E80...0x303E, 0x3041...0xA4CF, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE30...0xFE6F,
            0xFF00...0xFF60, 0xFFE0...0xFFE6, 0x20000...0x3FFFD:
            return 2
        default:
            switch scalar.properties.generalCategory {
            case .nonspacingMark, .enclosingMark, .format, .control: return 0
            default: return 1
            }
        }
    }
}
