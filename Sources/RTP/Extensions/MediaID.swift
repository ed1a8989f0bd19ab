/// Names the media section that a packet belongs to: its `a=mid` (RFC 8843 §15.1).
public struct MediaID: RTPExtensionValue {
    public static let uri = "urn:ietf:params:rtp-hdrext:sdes:mid"
    /// 1 to 255 bytes of UTF-8; in the one-byte form up to 16.
    public var text: String

    /// Makes one.
    public init(_ text: String) { self.text = text }

    public init?(_ value: Span<UInt8>) {
        guard let text = String(sdesItem: value) else { return nil }
        self.text = text
    }

    public var bytes: [UInt8] { Array(text.utf8) }
}

extension String {
    /// The text of an item of SDES in a header extension (RFC 7941 §4.1); nil for none, and for
    /// what is no UTF-8. Some pad it with zeros.
    init?(sdesItem value: Span<UInt8>) {
        var end = value.count
        while end > 0, value[end - 1] == 0 { end -= 1 }
        guard end > 0, let text = String(validating: value.bytes(0..<end), as: UTF8.self) else { return nil }
        self = text
    }
}
