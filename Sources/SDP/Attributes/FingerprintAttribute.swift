/// `a=fingerprint` (RFC 8122 §5): the hash of the certificate that the DTLS handshake must show.
public struct FingerprintAttribute: AttributeValue {
    public static let attributeName = "fingerprint"

    /// The hash function in lower case, such as `sha-256`.
    public let algorithm: String
    /// Pairs of upper-case hexadecimal digits with colons between them, as RFC 8122 writes them.
    public let hex: String

    /// The fingerprint with that text; cases are brought to those of RFC 8122.
    /// `nil` unless `hex` is pairs of hexadecimal digits with colons between them.
    public init?(algorithm: String, hex: String) {
        let name = algorithm.trimmed
        guard !name.isEmpty, !name.utf8.contains(UInt8(ascii: " ")), Self.isHexPairs(hex) else { return nil }
        self.algorithm = name.lowercased()
        self.hex = hex.uppercased()
    }

    public init?(attributeValue: String) {
        let fields = attributeValue.fields
        guard fields.count == 2 else { return nil }
        self.init(algorithm: fields[0], hex: fields[1])
    }

    public var attributeValue: String { "\(algorithm) \(hex)" }

    private static func isHexPairs(_ text: String) -> Bool {
        var count = 0
        for byte in text.utf8 {
            let isColon = count % 3 == 2
            guard isColon ? byte == UInt8(ascii: ":") : isHexDigit(byte) else { return false }
            count += 1
        }
        return count % 3 == 2
    }

    private static func isHexDigit(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): true
        default: (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(byte | 0x20)
        }
    }
}
