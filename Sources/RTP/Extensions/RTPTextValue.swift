/// A value that is a text of SDES (RFC 7941 §4.1).
public protocol RTPTextValue: RTPExtensionValue {
    /// 1 to 255 bytes of UTF-8; in the one-byte form up to 16.
    var text: String { get }

    /// Makes one.
    init(_ text: String)
}

extension RTPTextValue {
    /// Nothing, and what is no UTF-8, is no text. Some pad it with zeros.
    public init?(_ value: Span<UInt8>) {
        var end = value.count
        while end > 0, value[end - 1] == 0 { end -= 1 }
        guard end > 0, let text = String(validating: value.bytes(0..<end), as: UTF8.self) else { return nil }
        self.init(text)
    }

    /// The text.
    public var bytes: [UInt8] { Array(text.utf8) }
}
