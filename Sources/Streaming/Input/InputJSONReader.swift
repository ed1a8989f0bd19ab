/// Reads one JSON text in one pass (RFC 8259), strictly, with a bound on the depth.
///
/// It costs no more than the length of the text, which counts where many send a thousand texts a
/// second: a general decoder takes one type after the other for each value, and an error for each
/// that does not fit.
struct InputJSONReader {
    static let maximumDepth = 64
    /// Members with a longer name are read over: none is known, and to put a name with thousands of
    /// combining marks into a dictionary takes the square of their number.
    static let maximumNameBytes = 64

    private let bytes: [UInt8]
    private var index = 0

    /// The value of a JSON text in UTF-8. Of members with one name the last counts, as in browsers.
    static func read(_ bytes: [UInt8]) throws(InputError) -> InputJSON {
        var reader = InputJSONReader(bytes: bytes)
        let value = try reader.readValue(depth: 0)
        reader.skipSpace()
        guard reader.index == bytes.count else { throw reader.failure("something follows the value") }
        return value
    }

    private init(bytes: [UInt8]) {
        self.bytes = bytes
    }

    private func failure(_ reason: String) -> InputError { .malformed(problem: reason, at: index) }

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

    private mutating func readValue(depth: Int) throws(InputError) -> InputJSON {
        guard depth < Self.maximumDepth else { throw failure("nested more than \(Self.maximumDepth) deep") }
        skipSpace()
        switch next {
        case UInt8(ascii: "{"): return try readObject(depth: depth)
        case UInt8(ascii: "["): return try readArray(depth: depth)
        case UInt8(ascii: "\""): return .string(try readString())
        case UInt8(ascii: "t"): return try readWord("true", .bool(true))
        case UInt8(ascii: "f"): return try readWord("false", .bool(false))
        case UInt8(ascii: "n"): return try readWord("null", .null)
        case nil: throw failure("the text ends where a value should be")
        default: return .number(try readNumber())
        }
    }

    private mutating func readObject(depth: Int) throws(InputError) -> InputJSON {
        index += 1
        var members: [String: InputJSON] = [:]
        if skip("}") { return .object(members) }
        repeat {
            skipSpace()
            guard next == UInt8(ascii: "\"") else { throw failure("a member's name should be here") }
            let name = try readString()
            guard skip(":") else { throw failure("a colon should be here") }
            let value = try readValue(depth: depth + 1)
            if name.utf8.count <= Self.maximumNameBytes { members[name] = value }
        } while skip(",")
        guard skip("}") else { throw failure("a comma or } should be here") }
        return .object(members)
    }

    private mutating func readArray(depth: Int) throws(InputError) -> InputJSON {
        index += 1
        var elements: [InputJSON] = []
        if skip("]") { return .array(elements) }
        repeat { elements.append(try readValue(depth: depth + 1)) } while skip(",")
        guard skip("]") else { throw failure("a comma or ] should be here") }
        return .array(elements)
    }

    private mutating func readWord(_ word: StaticString, _ value: InputJSON) throws(InputError) -> InputJSON {
        for character in word.description.utf8 {
            guard next == character else { throw failure("no JSON value begins like this") }
            index += 1
        }
        return value
    }

    private mutating func readNumber() throws(InputError) -> Double {
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
        return Double(String(decoding: bytes[start..<index], as: UTF8.self)) ?? .infinity
    }

    private mutating func readDigits() -> Range<Int> {
        let start = index
        while let byte = next, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) { index += 1 }
        return start..<index
    }
}

extension InputJSONReader {
    private mutating func readString() throws(InputError) -> String {
        index += 1
        var text: [UInt8] = []
        while let byte = next {
            index += 1
            switch byte {
            case UInt8(ascii: "\""):
                guard let string = String(validating: text, as: UTF8.self) else {
                    throw failure("a string is not UTF-8")
                }
                return string
            case UInt8(ascii: "\\"): text.append(contentsOf: try readEscape().utf8)
            case 0x00..<0x20: throw failure("a control character stands in a string")
            default: text.append(byte)
            }
        }
        throw failure("a string has no end")
    }

    private mutating func readEscape() throws(InputError) -> String {
        guard let byte = next else { throw failure("a string has no end") }
        index += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"):
            return String(decoding: [byte], as: UTF8.self)
        case UInt8(ascii: "b"): return "\u{8}"
        case UInt8(ascii: "f"): return "\u{C}"
        case UInt8(ascii: "n"): return "\n"
        case UInt8(ascii: "r"): return "\r"
        case UInt8(ascii: "t"): return "\t"
        case UInt8(ascii: "u"):
            let unit = try readCodeUnit()
            if let scalar = Unicode.Scalar(unit) { return String(scalar) }
            // A surrogate: only a high one with a low one behind it means something (RFC 8259
            // §8.2).
            guard unit < 0xDC00, bytes[index...].starts(with: [UInt8(ascii: "\\"), UInt8(ascii: "u")]) else {
                throw failure("half a surrogate pair")
            }
            index += 2
            let low = try readCodeUnit()
            guard (0xDC00...0xDFFF).contains(low),
                let scalar = Unicode.Scalar(0x10000 + (UInt32(unit) - 0xD800) << 10 + (UInt32(low) - 0xDC00))
            else { throw failure("half a surrogate pair") }
            return String(scalar)
        default: throw failure("an unknown escape")
        }
    }

    private mutating func readCodeUnit() throws(InputError) -> UInt16 {
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
