/// The line that is being typed at a terminal: keys go in, finished lines come out. It draws
/// nothing itself.
struct LineEditor {
    /// What a key did.
    enum Effect: Equatable {
        case nothing
        /// The line looks different.
        case changed
        /// Return was pressed.
        case line(String)
        /// The screen is to be cleared.
        case clear
        /// The input ends: Ctrl-D on an empty line.
        case end
    }

    private enum Mode: Equatable {
        case text
        case escape
        /// Within `ESC [`, with what came so far; or within `ESC O`.
        case sequence([UInt8])
        case singleShift
    }

    static let prompt = "> "
    /// What may be typed, in characters; what is beyond is not taken.
    static let maximumLength = 8192
    private static let maximumHistory = 200

    private(set) var text: [Character] = []
    private(set) var cursor = 0
    private var mode = Mode.text
    private var partial: [UInt8] = []
    private var history: [[Character]] = []
    private var historyIndex = 0
    private var draft: [Character] = []

    /// Takes one byte of what the terminal sends.
    mutating func take(_ byte: UInt8) -> Effect {
        switch mode {
        case .text: return key(byte)
        case .escape: return afterEscape(byte)
        case .singleShift:
            mode = .text
            return move(byte, parameters: [])
        case .sequence(let parameters):
            // ECMA-48 §5.4: parameters and intermediates, then one final byte.
            if (0x20...0x3F).contains(byte) {
                if parameters.count < 16 { mode = .sequence(parameters + [byte]) }
                return .nothing
            }
            mode = .text
            return move(byte, parameters: parameters)
        }
    }

    // MARK: Keys

    private mutating func key(_ byte: UInt8) -> Effect {
        switch byte {
        case 0x1B: mode = .escape
        case 0x0A, 0x0D: return finish()
        case 0x04: return text.isEmpty ? .end : deleteForward()
        case 0x08, 0x7F: return deleteBackward()
        case 0x01: return place(0)
        case 0x05: return place(text.count)
        case 0x02: return place(cursor - 1)
        case 0x06: return place(cursor + 1)
        case 0x0B: return remove(cursor..<text.count)
        case 0x15: return remove(0..<cursor)
        case 0x17: return remove(wordStart..<cursor)
        case 0x0C: return .clear
        case 0x10: return recall(historyIndex - 1)
        case 0x0E: return recall(historyIndex + 1)
        case 0x09: return insert(" ")
        case 0x20..<0x7F: return insert(Character(UnicodeScalar(byte)))
        case 0x80...: return collect(byte)
        default: break
        }
        return .nothing
    }

    private mutating func afterEscape(_ byte: UInt8) -> Effect {
        mode = .text
        switch byte {
        case UInt8(ascii: "["): mode = .sequence([])
        case UInt8(ascii: "O"): mode = .singleShift
        case UInt8(ascii: "b"): return place(wordStart)
        case UInt8(ascii: "f"): return place(wordEnd)
        case 0x7F: return remove(wordStart..<cursor)
        case 0x1B: mode = .escape
        default: break
        }
        return .nothing
    }

    private mutating func move(_ byte: UInt8, parameters: [UInt8]) -> Effect {
        let isByWord = parameters.last == UInt8(ascii: "5") || parameters.last == UInt8(ascii: "3")
        switch byte {
        case UInt8(ascii: "A"): return recall(historyIndex - 1)
        case UInt8(ascii: "B"): return recall(historyIndex + 1)
        case UInt8(ascii: "C"): return place(isByWord ? wordEnd : cursor + 1)
        case UInt8(ascii: "D"): return place(isByWord ? wordStart : cursor - 1)
        case UInt8(ascii: "H"): return place(0)
        case UInt8(ascii: "F"): return place(text.count)
        case UInt8(ascii: "~"):
            switch parameters.first {
            case UInt8(ascii: "1"), UInt8(ascii: "7"): return place(0)
            case UInt8(ascii: "4"), UInt8(ascii: "8"): return place(text.count)
            case UInt8(ascii: "3"): return deleteForward()
            default: return .nothing
            }
        default: return .nothing
        }
    }

    /// Bytes of UTF-8 make a character together.
    private mutating func collect(_ byte: UInt8) -> Effect {
        if byte >= 0xC0 { partial = [] }
        partial.append(byte)
        let needed = partial[0] >= 0xF0 ? 4 : partial[0] >= 0xE0 ? 3 : 2
        guard partial.count >= needed else { return .nothing }
        defer { partial = [] }
        guard let scalar = String(validating: partial, as: UTF8.self)?.unicodeScalars.first,
            scalar.properties.generalCategory != .control
        else { return .nothing }
        // A mark or a joiner belongs to the character before it.
        if cursor > 0 {
            let joined = String(text[cursor - 1]) + String(scalar)
            if joined.count == 1, let character = joined.first {
                text[cursor - 1] = character
                return .changed
            }
        }
        return insert(Character(scalar))
    }

    // MARK: Changes

    private mutating func insert(_ character: Character) -> Effect {
        guard text.count < Self.maximumLength else { return .nothing }
        text.insert(character, at: cursor)
        cursor += 1
        return .changed
    }

    private mutating func deleteBackward() -> Effect { remove(max(0, cursor - 1)..<cursor) }

    private mutating func deleteForward() -> Effect { remove(cursor..<min(cursor + 1, text.count)) }

    private mutating func remove(_ range: Range<Int>) -> Effect {
        guard !range.isEmpty else { return .nothing }
        text.removeSubrange(range)
        cursor = range.lowerBound
        return .changed
    }

    private mutating func place(_ position: Int) -> Effect {
        let position = min(max(0, position), text.count)
        guard position != cursor else { return .nothing }
        cursor = position
        return .changed
    }

    private var wordStart: Int {
        var index = cursor
        while index > 0, text[index - 1].isWhitespace { index -= 1 }
        while index > 0, !text[index - 1].isWhitespace { index -= 1 }
        return index
    }

    private var wordEnd: Int {
        var index = cursor
        while index < text.count, text[index].isWhitespace { index += 1 }
        while index < text.count, !text[index].isWhitespace { index += 1 }
        return index
    }

    private mutating func recall(_ index: Int) -> Effect {
        guard index != historyIndex, (0...history.count).contains(index) else { return .nothing }
        if historyIndex == history.count { draft = text }
        historyIndex = index
        text = index == history.count ? draft : history[index]
        cursor = text.count
        return .changed
    }

    private mutating func finish() -> Effect {
        let line = text
        if !line.isEmpty, history.last != line { history.append(line) }
        if history.count > Self.maximumHistory { history.removeFirst() }
        (text, cursor, historyIndex, draft, partial) = ([], 0, history.count, [], [])
        return .line(String(line))
    }
}
