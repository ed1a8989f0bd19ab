internal import SDP

/// Reads one JSON text in one pass (RFC 8259), strictly, with a bound on the depth and on runs of
/// combining marks.
///
/// What comes from the network must cost no more than its length: a general decoder that tries one
/// type after the other on each value of an unknown message can be made to work for a tenth of a
/// second.
package struct JSONReader {
    /// Why a text is not JSON.
    package struct Failure: Error {
        /// What is wrong.
        package let reason: String
        /// Where, in bytes from the start.
        package let offset: Int
    }

    static let maximumDepth = 64
    /// From how many bytes on a string is long.
    static let longString = 256

    private let bytes: [UInt8]
    private let longestName: Int
    private let keepsLongStrings: Bool
    private var index = 0

    /// The value of a JSON text in UTF-8. Of members with one name the last counts, as in browsers.
    ///
    /// - Parameters:
    ///   - bytes: the text.
    ///   - longestName: the most bytes that a name of interest has. Members with a longer one are
    ///     read and left out.
    ///   - keepsLongStrings: whether long strings are ``JSONValue/raw(_:)`` where they can be.
    package static func read(
        _ bytes: [UInt8], longestName: Int = .max, keepsLongStrings: Bool = false
    ) throws(Failure) -> JSONValue {
        var reader = JSONReader(bytes: bytes, longestName: longestName, keepsLongStrings: keepsLongStrings)
        let value = try reader.readValue(depth: 0)
        reader.skipSpace()
        guard reader.index == bytes.count else { throw reader.failure("something follows the value") }
        return value
    }

    /// Whether it is a JSON text, and one that costs no more than its length: to be asked before a
    /// general decoder is.
    package static func accepts(_ bytes: [UInt8]) -> Bool { (try? read(bytes)) != nil }

    private init(bytes: [UInt8], longestName: Int = .max, keepsLongStrings: Bool = false) {
        self.bytes = bytes
        self.longestName = longestName
        self.keepsLongStrings = keepsLongStrings
    }

    /// The text of a ``JSONValue/raw(_:)``.
    static func text(raw bytes: [UInt8]) -> String {
        var reader = JSONReader(bytes: [UInt8(ascii: "\"")] + bytes + [UInt8(ascii: "\"")])
        return (try? reader.readText()) ?? ""
    }

    private func failure(_ reason: String) -> Failure { Failure(reason: reason, offset: index) }

    private var next: UInt8? { index < bytes.count ? bytes[index] : nil }

    private mutating func skipSpace() {
        while let byte = next, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 { index += 1 }
    }

    private mutating func skip(_ character: Unicode.Scalar) -> Bool {
        skipSpace()
        guard next == UInt8(ascii: character) else { return false }
        index += 1
        return true
    }

    private mutating func readValue(depth: Int) throws(Failure) -> JSONValue {
        guard depth < Self.maximumDepth else { throw failure("nested more than \(Self.maximumDepth) deep") }
        skipSpace()
        switch next {
        case UInt8(ascii: "{"): return try readObject(depth: depth)
        case UInt8(ascii: "["): return try readArray(depth: depth)
        case UInt8(ascii: "\""):
            if keepsLongStrings, let raw = rawString() { return .raw(raw) }
            return .string(try readString())
        case UInt8(ascii: "t"): return try readWord("true", .bool(true))
        case UInt8(ascii: "f"): return try readWord("false", .bool(false))
        case UInt8(ascii: "n"): return try readWord("null", .null)
        case nil: throw failure("the text ends where a value should be")
        default: return try readNumber()
        }
    }

    private mutating func readObject(depth: Int) throws(Failure) -> JSONValue {
        index += 1
        var members: [String: JSONValue] = [:]
        if skip("}") { return .object(members) }
        repeat {
            skipSpace()
            guard next == UInt8(ascii: "\"") else { throw failure("a member's name should be here") }
            let name = try readText()
            let isKept = name.utf8.count <= longestName
            if isKept { try refuseDear(name) }
            guard skip(":") else { throw failure("a colon should be here") }
            let value = try readValue(depth: depth + 1)
            if isKept { members[name] = value }
        } while skip(",")
        guard skip("}") else { throw failure("a comma or } should be here") }
        return .object(members)
    }

    private mutating func readArray(depth: Int) throws(Failure) -> JSONValue {
        index += 1
        var elements: [JSONValue] = []
        if skip("]") { return .array(elements) }
        repeat { elements.append(try readValue(depth: depth + 1)) } while skip(",")
        guard skip("]") else { throw failure("a comma or ] should be here") }
        return .array(elements)
    }

    private mutating func readWord(_ word: StaticString, _ value: JSONValue) throws(Failure) -> JSONValue {
        for character in word.description.utf8 {
            guard next == character else { throw failure("no JSON value begins like this") }
            index += 1
        }
        return value
    }

    private mutating func readNumber() throws(Failure) -> JSONValue {
        let start = index
        if next == UInt8(ascii: "-") { index += 1 }
        let whole = readDigits()
        guard whole.count == 1 || (whole.count > 1 && bytes[whole.lowerBound] != UInt8(ascii: "0")) else {
            throw failure("no JSON value begins like this")
        }
        if next == UInt8(ascii: ".") {
            index += 1
            guard !readDigits().isEmpty else { throw failure("a digit should be here") }
        }
        if next == UInt8(ascii: "e") || next == UInt8(ascii: "E") {
            index += 1
            if next == UInt8(ascii: "+") || next == UInt8(ascii: "-") { index += 1 }
            guard !readDigits().isEmpty else { throw failure("a digit should be here") }
        }
        return .number(String(decoding: bytes[start..<index], as: UTF8.self))
    }

    private mutating func readDigits() -> Range<Int> {
        let start = index
        while let byte = next, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) { index += 1 }
        return start..<index
    }

    private mutating func readString() throws(Failure) -> String {
        let text = try readText()
        try refuseDear(text)
        return text
    }

    /// The string that begins here, as it stands, if it is long and may be had like that. Nothing
    /// of it can be dear, then, and nothing wrong.
    private mutating func rawString() -> [UInt8]? {
        let bytes = bytes
        var place = index + 1
        while place < bytes.count {
            let byte = bytes[place]
            if byte == UInt8(ascii: "\"") { break }
            guard byte >= 0x20, byte < 0x80 else { return nil }
            place += 1
            guard byte == UInt8(ascii: "\\") else { continue }
            guard place < bytes.count else { return nil }
            switch bytes[place] {
            case UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"), UInt8(ascii: "b"), UInt8(ascii: "f"),
                UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"):
                place += 1
            default: return nil
            }
        }
        guard place < bytes.count, place - index > Self.longString else { return nil }
        defer { index = place + 1 }
        return Array(bytes[(index + 1)..<place])
    }

    /// Refuses what would cost far more than its length to compare, or to look up as a name.
    private func refuseDear(_ text: String) throws(Failure) {
        guard text.hasLongRunOfMarks else { return }
        throw failure("more combining marks follow each other than any writing needs")
    }

    private mutating func readText() throws(Failure) -> String {
        index += 1
        var (start, text) = (index, [UInt8]())
        while true {
            skipPlain()
            guard let byte = next else { throw failure("a string has no end") }
            let run = bytes[start..<index]
            index += 1
            switch byte {
            case UInt8(ascii: "\""):
                if !text.isEmpty { text.append(contentsOf: run) }
                let string =
                    text.isEmpty ? String(validating: run, as: UTF8.self) : String(validating: text, as: UTF8.self)
                guard let string else { throw failure("a string is not UTF-8") }
                return string
            case UInt8(ascii: "\\"):
                text.append(contentsOf: run)
                try readEscape(into: &text)
                start = index
            default: throw failure("a control character stands in a string")
            }
        }
    }

    /// Goes to the next byte of a string that is not a character, or a part of one, as it is.
    private mutating func skipPlain() {
        let bytes = bytes
        var place = index
        while place < bytes.count {
            let byte = bytes[place]
            if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") || byte < 0x20 { break }
            place += 1
        }
        index = place
    }

    private mutating func readEscape(into text: inout [UInt8]) throws(Failure) {
        guard let byte = next else { throw failure("a string has no end") }
        index += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): text.append(byte)
        case UInt8(ascii: "b"): text.append(0x08)
        case UInt8(ascii: "f"): text.append(0x0C)
        case UInt8(ascii: "n"): text.append(0x0A)
        case UInt8(ascii: "r"): text.append(0x0D)
        case UInt8(ascii: "t"): text.append(0x09)
        case UInt8(ascii: "u"):
            let unit = try readCodeUnit()
            if let scalar = Unicode.Scalar(unit) { return text.append(contentsOf: String(scalar).utf8) }
            // A surrogate: only a high one with a low one behind it means something (RFC 8259
            // §8.2).
            guard unit < 0xDC00, bytes[index...].starts(with: "\\u".utf8) else {
                throw failure("half a surrogate pair")
            }
            index += 2
            let low = try readCodeUnit()
            guard (0xDC00...0xDFFF).contains(low),
                let scalar = Unicode.Scalar(0x10000 + (UInt32(unit) - 0xD800) << 10 + (UInt32(low) - 0xDC00))
            else { throw failure("half a surrogate pair") }
            text.append(contentsOf: String(scalar).utf8)
        default: throw failure("an unknown escape")
        }
    }

    private mutating func readCodeUnit() throws(Failure) -> UInt16 {
        guard bytes.count - index >= 4 else { throw failure("four hexadecimal digits should be here") }
        var value: UInt16 = 0
        for byte in bytes[index..<(index + 4)] {
            guard let digit = Character(Unicode.Scalar(byte)).hexDigitValue, byte < 0x80 else {
                throw failure("four hexadecimal digits should be here")
            }
            value = value << 4 | UInt16(digit)
        }
        index += 4
        return value
    }
}
