/// Names the media section that a packet belongs to: its `a=mid` (RFC 8843 §15.1).
public struct MediaID: RTPTextValue {
    public static let uri = "urn:ietf:params:rtp-hdrext:sdes:mid"
    /// 1 to 255 bytes of UTF-8; in the one-byte form up to 16.
    public var text: String

    /// Makes one.
    public init(_ text: String) { self.text = text }
}
