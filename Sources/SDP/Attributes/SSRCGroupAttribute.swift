/// `a=ssrc-group` (RFC 5576 §4.2): RTP sources that belong together.
public struct SSRCGroupAttribute: AttributeValue {
    public static let attributeName = "ssrc-group"

    /// `FID` for a source and its retransmission, `SIM`, `FEC-FR`, …
    public var semantics: String
    /// The sources.
    public var ssrcs: [UInt32]

    /// A group of sources.
    public init(semantics: String, ssrcs: [UInt32]) {
        self.semantics = semantics
        self.ssrcs = ssrcs
    }

    public init?(attributeValue: String) {
        let fields = attributeValue.fields
        guard let semantics = fields.first else { return nil }
        let ssrcs = fields.dropFirst().compactMap { $0.decimal(UInt32.self) }
        guard ssrcs.count == fields.count - 1 else { return nil }
        self.init(semantics: semantics, ssrcs: ssrcs)
    }

    public var attributeValue: String { ([semantics] + ssrcs.map(String.init)).joined(separator: " ") }
}
