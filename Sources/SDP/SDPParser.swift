/// Reads a session description in one pass over its bytes.
///
/// Only what holds a description together is asked for: that each line has a type, that `v=`, `o=`
/// and `s=` come first, and that an `m=` says what it is about. Any other line that is not as its
/// RFC has it is kept as text and costs nothing: who needs what it says finds that it is not there.
struct SDPParser {
    private struct RawLine {
        let number: Int
        let type: Character
        let content: ArraySlice<UInt8>
        /// Whether comparing it would cost far more than its length.
        let isDear: Bool

        var value: String { String(decoding: content, as: UTF8.self) }
    }

    private let bytes: [UInt8]
    private let isTooLarge: Bool
    private let limits: SDPLimits
    private var position = 0
    private var lineNumber = 0

    init(_ text: String, limits: SDPLimits) {
        isTooLarge = text.utf8.count > limits.bytes
        var bytes = isTooLarge ? [] : Array(text.utf8)
        while let last = bytes.last, last == 0x0A || last == 0x0D { bytes.removeLast() }
        self.bytes = bytes
        self.limits = limits
    }

    mutating func document() throws(SDPError) -> SDPDocument {
        guard !isTooLarge else {
            let expected = "at most \(limits.bytes) bytes"
            throw SDPError(.limit, line: 1, lineType: nil, expected: expected, unquoted: "more")
        }
        // There is no version but 0; what else stands there changes nothing in the lines that
        // follow.
        _ = try required("v", "v=0, the first line of a session description")
        let origin = try Self.origin(required("o", "o=, the second line of a session description"))
        let name = try required("s", "s=, the third line of a session description")
        var document = SDPDocument(origin: origin, sessionName: name.value, lines: [])
        var media: MediaDescription?
        while let line = try nextLine() {
            if line.isDear {
                guard line.type != "m" else { throw error(line, Self.fewMarks) }
            } else if line.type == "m" {
                if let media { document.media.append(media) }
                guard document.media.count < limits.mediaDescriptions else {
                    let expected = "at most \(limits.mediaDescriptions) media descriptions"
                    throw error(line, expected, code: .limit)
                }
                media = try Self.media(line)
            } else if media != nil {
                media?.lines.append(Self.content(line))
            } else {
                document.lines.append(Self.content(line))
            }
        }
        if let media { document.media.append(media) }
        return document
    }

    private static let fewMarks = "at most 30 combining marks that follow each other"

    /// What a text that is no session description may be instead.
    private var guess: String? {
        switch bytes.first {
        case UInt8(ascii: "{")?: return "this is JSON: decode it, and hand over the value of its \"sdp\""
        case UInt8(ascii: "\"")?: return "this is a string in JSON: decode it"
        default: break
        }
        let isOneLine = !bytes.contains(0x0A)
        let lineEnd = (UInt8(ascii: "\\"), UInt8(ascii: "n"))
        guard isOneLine, zip(bytes, bytes.dropFirst()).contains(where: { $0 == lineEnd }) else { return nil }
        return #"its lines end with the characters "\n", not with line ends: decode it, or encode it as JSON once only"#
    }

    // MARK: - Lines

    private mutating func required(_ type: Character, _ expected: String) throws(SDPError) -> RawLine {
        guard let line = try nextLine() else {
            throw SDPError(
                line: lineNumber + 1, lineType: nil, expected: expected, unquoted: "the end of the text", guess: guess)
        }
        guard line.type == type else { throw error(line, expected) }
        guard !line.isDear else { throw error(line, Self.fewMarks) }
        return line
    }

    /// The next line that is not blank, or nothing at the end.
    private mutating func nextLine() throws(SDPError) -> RawLine? {
        while position < bytes.count {
            let content = nextContent()
            guard lineNumber <= limits.lines else {
                let expected = "at most \(limits.lines) lines"
                throw SDPError(.limit, line: lineNumber, lineType: nil, expected: expected, unquoted: "more")
            }
            if content.allSatisfy(\.isBlank) { continue }
            return try line(content)
        }
        return nil
    }

    /// What stands before the next line end; CRLF and LF are ones (RFC 8866 §5).
    private mutating func nextContent() -> ArraySlice<UInt8> {
        let start = position
        var end = start
        while end < bytes.count, bytes[end] != 0x0A { end += 1 }
        position = end < bytes.count ? end + 1 : end
        lineNumber += 1
        if end > start, bytes[end - 1] == 0x0D { end -= 1 }
        return bytes[start..<end]
    }

    private func line(_ content: ArraySlice<UInt8>) throws(SDPError) -> RawLine {
        let letter = content[content.startIndex]
        guard content.count >= 2, (0x21...0x7E).contains(letter), content[content.startIndex + 1] == UInt8(ascii: "=")
        else {
            throw SDPError(
                line: lineNumber, lineType: nil, expected: "a letter, an equals sign and a value",
                found: String(decoding: content, as: UTF8.self), guess: guess)
        }
        let type = Character(Unicode.Scalar(letter))
        let value = content.dropFirst(2)
        // RFC 8866 §9: a byte-string holds neither NUL nor CR nor LF.
        guard !value.contains(where: { $0 == 0 || $0 == 0x0D }) else {
            throw SDPError(
                line: lineNumber, lineType: type, expected: "a value without NUL and carriage return",
                found: String(decoding: value, as: UTF8.self))
        }
        return RawLine(
            number: lineNumber, type: type, content: value,
            isDear: value.contains { $0 >= 0xCC } && String(decoding: value, as: UTF8.self).hasLongRunOfMarks)
    }

    // MARK: - Values

    private static func origin(_ line: RawLine) throws(SDPError) -> Origin {
        let fields = line.value.fields
        guard fields.count >= 6 else { throw error(line, "user, session id, version, network, address type, address") }
        let address = ConnectionData(networkType: fields[3], addressType: fields[4], address: fields[5])
        return Origin(username: fields[0], sessionID: fields[1], sessionVersion: fields[2], address: address)
    }

    private static func media(_ line: RawLine) throws(SDPError) -> MediaDescription {
        let fields = line.value.fields
        guard fields.count >= 3 else { throw error(line, "media, port, transport protocol and formats") }
        let (portText, countText) = fields[1].cut(at: "/")
        guard let port = portText.decimal(UInt16.self) else { throw error(line, "a port of 0 to 65535", at: fields[1]) }
        var count: UInt32?
        if let countText {
            guard let number = countText.decimal(UInt32.self), number > 0 else {
                throw error(line, "a number of ports after the slash", at: fields[1])
            }
            count = number
        }
        // A refused section without formats is out of the grammar, and it is what some endpoints
        // answer with.
        guard fields.count > 3 || port == 0 else { throw error(line, "at least one format") }
        return MediaDescription(
            kind: MediaDescription.Kind(rawValue: fields[0]), port: port, portCount: count, transport: fields[2],
            formats: Array(fields[3...]), lines: [])
    }

    /// The line as what it is, or as text where it is not what its type promises.
    private static func content(_ line: RawLine) -> SDPLine {
        switch line.type {
        case "a": return .attribute(attribute(line.content))
        case "c": if let connection = ConnectionData(fields: line.value.fields) { return .connection(connection) }
        case "b":
            let (type, number) = line.value.cut(at: ":")
            if type.fields == [type], let value = number?.trimmed.decimal(UInt64.self) {
                return .bandwidth(Bandwidth(type: type, value: value))
            }
        case "t":
            let fields = line.value.fields
            let times = fields.compactMap { $0.decimal(UInt64.self) }
            if fields.count == 2, times.count == 2 { return .timing(Timing(start: times[0], stop: times[1])) }
        default: break
        }
        return .other(type: line.type, value: line.value)
    }

    private static func attribute(_ content: ArraySlice<UInt8>) -> Attribute {
        guard let colon = content.firstIndex(of: UInt8(ascii: ":")) else {
            return Attribute(String(decoding: content, as: UTF8.self))
        }
        let name = String(decoding: content[..<colon], as: UTF8.self)
        return Attribute(name, String(decoding: content[(colon + 1)...], as: UTF8.self))
    }

    private static func error(
        _ line: RawLine, _ expected: String, at found: String? = nil, code: SDPError.Code = .syntax
    ) -> SDPError {
        SDPError(code, line: line.number, lineType: line.type, expected: expected, found: found ?? line.value)
    }

    private func error(_ line: RawLine, _ expected: String, code: SDPError.Code = .syntax) -> SDPError {
        Self.error(line, expected, code: code)
    }
}
