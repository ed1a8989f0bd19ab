/// Names one of the encodings of a source: its `a=rid` (RFC 8852 §3.1).
public struct StreamID: RTPTextValue {
    public static let uri = "urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id"
    /// 1 to 255 letters and digits; in the one-byte form up to 16.
    public var text: String

    /// Makes one.
    public init(_ text: String) { self.text = text }
}
