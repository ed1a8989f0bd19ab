/// `a=crypto` (RFC 4568 §4): SRTP keys in the clear. Known so that it can be refused: RFC 8827 §6.5
/// forbids it.
public struct CryptoAttribute: AttributeValue {
    public static let attributeName = "crypto"

    /// Tells the attributes of a section apart.
    public var tag: UInt32
    /// The cipher suite, such as `AES_CM_128_HMAC_SHA1_80`.
    public var suite: String
    /// The keys, `inline:…`.
    public var keyParameters: String
    /// What follows the keys.
    public var sessionParameters: [String]

    /// A key.
    public init(tag: UInt32, suite: String, keyParameters: String, sessionParameters: [String] = []) {
        self.tag = tag
        self.suite = suite
        self.keyParameters = keyParameters
        self.sessionParameters = sessionParameters
    }

    public init?(attributeValue: String) {
        let fields = attributeValue.fields
        guard fields.count >= 3, let tag = fields[0].decimal(UInt32.self) else { return nil }
        self.init(
            tag: tag, suite: fields[1], keyParameters: fields[2], sessionParameters: Array(fields.dropFirst(3)))
    }

    public var attributeValue: String {
        (["\(tag)", suite, keyParameters] + sessionParameters).joined(separator: " ")
    }
}
