/// Names the encoding that a packet of redundancy repairs: its `a=rid` (RFC 8852 §3.2).
public struct RepairedStreamID: RTPExtensionValue {
    public static let uri = "urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id"
    /// As in ``StreamID/text``.
    public var text: String

    /// Makes one.
    public init(_ text: String) { self.text = text }

    public init?(_ value: Span<UInt8>) {
        guard let text = String(sdesItem: value) else { return nil }
        self.text = text
    }

    public var bytes: [UInt8] { Array(text.utf8) }
}
