/// A JSON value (RFC 8259), which is written as it was read.
package enum JSONValue: Sendable {
    /// `null`.
    case null
    /// `true` or `false`.
    case bool(Bool)
    /// The number's own text, so that none loses digits on the way.
    case number(String)
    /// A string, without its escapes.
    case string(String)
    /// A string as it stands between its quotes: in ASCII, with escapes of one letter only. The
    /// same as the ``string(_:)`` without them;
    /// ``JSONReader/read(_:longestName:keepsLongStrings:)`` gives it to who only passes it on.
    case raw([UInt8])
    /// The elements of an array.
    case array([JSONValue])
    /// The members of an object by their names.
    case object([String: JSONValue])

    /// What it is, in words.
    package var kind: String {
        switch self {
        case .null: "null"
        case .bool(let value): "\(value)"
        case .number: "a number"
        case .string, .raw: "a string"
        case .array: "an array"
        case .object: "an object"
        }
    }

    /// The member of an object; nil for `null`, for a missing one, and for anything but an object.
    package subscript(key: String) -> JSONValue? {
        guard case .object(let members) = self, let member = members[key], member != .null else { return nil }
        return member
    }

    /// The text of a string; nil for anything else.
    package var text: String? {
        switch self {
        case .string(let text): text
        case .raw(let bytes): JSONReader.text(raw: bytes)
        default: nil
        }
    }

    /// A number as one of 64 bits, infinite where it is too large for that; nil for anything else.
    package var double: Double? {
        guard case .number(let text) = self else { return nil }
        return Double(text) ?? .infinity
    }

    /// Compact JSON, the members of objects sorted by name.
    package var bytes: [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(likelySize)
        write(to: &bytes)
        return bytes
    }

    /// About how many bytes it has when it is written, without looking far.
    private var likelySize: Int {
        switch self {
        case .raw(let bytes): bytes.count + 8
        case .string(let text): text.utf8.count + 8
        case .object(let members): members.reduce(8) { $0 + $1.key.utf8.count + 8 + $1.value.longSize }
        default: 16
        }
    }

    private var longSize: Int {
        switch self {
        case .raw(let bytes): bytes.count
        case .string(let text): text.utf8.count
        default: 16
        }
    }

    /// Whether it is a string.
    package var isString: Bool {
        switch self {
        case .string, .raw: true
        default: false
        }
    }

    private func write(to bytes: inout [UInt8]) {
        switch self {
        case .null: bytes.append(contentsOf: "null".utf8)
        case .bool(let value): bytes.append(contentsOf: (value ? "true" : "false").utf8)
        case .number(let text): bytes.append(contentsOf: text.utf8)
        case .string(let text): Self.write(text, to: &bytes)
        case .raw(let text):
            bytes.append(UInt8(ascii: "\""))
            bytes.append(contentsOf: text)
            bytes.append(UInt8(ascii: "\""))
        case .array(let elements):
            bytes.append(UInt8(ascii: "["))
            for (index, element) in elements.enumerated() {
                if index > 0 { bytes.append(UInt8(ascii: ",")) }
                element.write(to: &bytes)
            }
            bytes.append(UInt8(ascii: "]"))
        case .object(let members):
            bytes.append(UInt8(ascii: "{"))
            for (index, member) in members.sorted(by: { $0.key < $1.key }).enumerated() {
                if index > 0 { bytes.append(UInt8(ascii: ",")) }
                Self.write(member.key, to: &bytes)
                bytes.append(UInt8(ascii: ":"))
                member.value.write(to: &bytes)
            }
            bytes.append(UInt8(ascii: "}"))
        }
    }

    private static func write(_ text: String, to bytes: inout [UInt8]) {
        bytes.append(UInt8(ascii: "\""))
        let source = Array(text.utf8)
        // Most of a text goes over as it is, in runs.
        var start = 0
        for (index, byte) in source.enumerated()
        where byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") {
            if start < index { bytes.append(contentsOf: source[start..<index]) }
            start = index + 1
            bytes.append(UInt8(ascii: "\\"))
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"): bytes.append(byte)
            case 0x0A: bytes.append(UInt8(ascii: "n"))
            case 0x0D: bytes.append(UInt8(ascii: "r"))
            case 0x09: bytes.append(UInt8(ascii: "t"))
            // As short as it came, so that no text grows on its way.
            case 0x08: bytes.append(UInt8(ascii: "b"))
            case 0x0C: bytes.append(UInt8(ascii: "f"))
            default:
                let digits = Array("0123456789abcdef".utf8)
                bytes.append(contentsOf: "u00".utf8)
                bytes.append(digits[Int(byte >> 4)])
                bytes.append(digits[Int(byte & 15)])
            }
        }
        if start < source.count { bytes.append(contentsOf: source[start...]) }
        bytes.append(UInt8(ascii: "\""))
    }
}

extension JSONValue: Hashable {
    package static func == (one: JSONValue, other: JSONValue) -> Bool {
        switch (one, other) {
        case (.null, .null): true
        case (.bool(let one), .bool(let other)): one == other
        case (.number(let one), .number(let other)): one == other
        case (.string(let one), .string(let other)): one == other
        case (.raw(let bytes), .raw(let others)): bytes == others || one.text == other.text
        case (.string, .raw), (.raw, .string): one.text == other.text
        case (.array(let one), .array(let other)): one == other
        case (.object(let one), .object(let other)): one == other
        default: false
        }
    }

    package func hash(into hasher: inout Hasher) {
        switch self {
        case .null: hasher.combine(0)
        case .bool(let value): hasher.combine(value)
        case .number(let text): hasher.combine(text)
        case .string, .raw: hasher.combine(text)
        case .array(let elements): hasher.combine(elements)
        case .object(let members): hasher.combine(members)
        }
    }
}
