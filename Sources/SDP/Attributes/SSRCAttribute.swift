/// `a=ssrc` (RFC 5576 §4.1): an attribute of one RTP source.
public struct SSRCAttribute: AttributeValue {
    public static let attributeName = "ssrc"

    /// The synchronization source.
    public var ssrc: UInt32
    /// The attribute, such as `cname:x` with that name and value. `nil` when only the source is
    /// named.
    public var attribute: Attribute?

    /// An attribute of a source.
    public init(ssrc: UInt32, attribute: Attribute? = nil) {
        self.ssrc = ssrc
        self.attribute = attribute
    }

    public init?(attributeValue: String) {
        let (number, rest) = attributeValue.trimmed.cut(at: " ")
        guard let ssrc = number.decimal(UInt32.self) else { return nil }
        guard let rest = rest?.trimmed, !rest.isEmpty else {
            self.init(ssrc: ssrc)
            return
        }
        let (name, value) = rest.cut(at: ":")
        self.init(ssrc: ssrc, attribute: Attribute(name, value))
    }

    public var attributeValue: String {
        guard let attribute else { return "\(ssrc)" }
        return attribute.value.map { "\(ssrc) \(attribute.name):\($0)" } ?? "\(ssrc) \(attribute.name)"
    }
}
