/// W3C `RTCBundlePolicy` (RFC 9429 §4.1.1).
public enum BundlePolicy: String, Sendable, Hashable, Codable, CaseIterable {
    /// A transport for each kind of section: the first of a kind can be taken alone, the others
    /// only bundled.
    case balanced
    /// A transport for each section.
    case maxCompat = "max-compat"
    /// One transport: what the peer does not bundle with the first section is not negotiated.
    case maxBundle = "max-bundle"
}
