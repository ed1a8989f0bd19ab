/// `a=setup` (RFC 4145 §4, RFC 8842 §5.1): who sends the ClientHello.
public enum SetupRole: String, AttributeValue {
    public static let attributeName = "setup"

    /// Sends the ClientHello.
    case active
    /// Waits for it.
    case passive
    /// Either: only in an offer.
    case actpass
    /// No association for now.
    case holdconn

    public init?(attributeValue: String) {
        self.init(rawValue: attributeValue.trimmed.lowercased())
    }

    public var attributeValue: String { rawValue }
}
