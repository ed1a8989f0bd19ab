public import NIOCore

/// One message of a data channel, whole, as it was sent. W3C `MessageEvent` of `RTCDataChannel`.
public enum DataChannelMessage: Sendable, Hashable, CustomStringConvertible {
    /// Text: PPID 51, or 56 when empty (RFC 8831 §8).
    case text(String)
    /// Bytes: PPID 53, or 57 when empty.
    case binary(ByteBuffer)

    /// The size in bytes; of a text, in UTF-8.
    public var byteCount: Int {
        switch self {
        case .text(let text): text.utf8.count
        case .binary(let buffer): buffer.readableBytes
        }
    }

    /// The text, or how many bytes there are; for people.
    public var description: String {
        switch self {
        case .text(let text): text
        case .binary(let buffer): "\(buffer.readableBytes) bytes"
        }
    }
}
