/// `a=group` (RFC 5888 §5): media descriptions that belong together, such as those of one BUNDLE
/// (RFC 9143).
public struct GroupAttribute: AttributeValue {
    public static let attributeName = "group"

    /// What the grouping means: `BUNDLE`, `LS`, …
    public var semantics: String
    /// The `a=mid` of the media descriptions; the first is the one whose transport is shared.
    public var mids: [String]

    /// A group of the given media descriptions.
    public init(semantics: String = "BUNDLE", mids: [String]) {
        self.semantics = semantics
        self.mids = mids
    }

    public init?(attributeValue: String) {
        let fields = attributeValue.fields
        guard let semantics = fields.first else { return nil }
        self.init(semantics: semantics, mids: Array(fields.dropFirst()))
    }

    public var attributeValue: String { ([semantics] + mids).joined(separator: " ") }
}
