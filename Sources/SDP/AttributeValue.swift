/// A typed reading of the value of one kind of attribute.
public protocol AttributeValue: Sendable, Hashable {
    /// The name of the attribute, `rtpmap` for `a=rtpmap:…`.
    static var attributeName: String { get }
    /// Reads what follows the colon. Lenient about spaces; `nil` when the text cannot be
    /// understood.
    init?(attributeValue: String)
    /// What is written after the colon, exactly as the RFC of the attribute has it.
    var attributeValue: String { get }
}

extension String {
    /// The fields between spaces or tabs; several count as one.
    var fields: [String] {
        utf8.split(whereSeparator: \.isBlank).map { String(Substring($0)) }
    }

    /// The text before and after the first `separator`, an ASCII character; no second part when
    /// there is none.
    func cut(at separator: Unicode.Scalar) -> (head: String, tail: String?) {
        let bytes = utf8
        guard let place = bytes.firstIndex(of: UInt8(ascii: separator)) else { return (self, nil) }
        let tail = bytes[bytes.index(after: place)...]
        return (String(Substring(bytes[..<place])), String(Substring(tail)))
    }

    /// The text without spaces and tabs at either end.
    var trimmed: String {
        // Hardly any text has some.
        guard let first = utf8.first, let last = utf8.last, first.isBlank || last.isBlank else { return self }
        var rest = utf8[...]
        while let first = rest.first, first.isBlank { rest.removeFirst() }
        while let last = rest.last, last.isBlank { rest.removeLast() }
        return String(Substring(rest))
    }

    /// A decimal number without a sign, or nothing: `Int("+5")` would be one.
    func decimal<Number: FixedWidthInteger & UnsignedInteger>(_ type: Number.Type = Number.self) -> Number? {
        isDecimal ? Number(self) : nil
    }

    /// Whether there are digits, and nothing else.
    var isDecimal: Bool {
        !isEmpty && utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
    }
}

extension UInt8 {
    /// A space or a tab.
    var isBlank: Bool { self == UInt8(ascii: " ") || self == UInt8(ascii: "\t") }
}
