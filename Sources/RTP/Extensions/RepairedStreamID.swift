/// Names the encoding that a packet of redundancy repairs: its `a=rid` (RFC 8852 §3.2).
public struct RepairedStreamID: RTPTextValue {
    public static let uri = "urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id"
    /// As in ``StreamID/text``.
    public var text: String

    /// Makes one.
    public init(_ text: String) { self.text = text }
}
