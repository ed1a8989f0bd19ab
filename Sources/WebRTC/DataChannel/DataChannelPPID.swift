/// The SCTP payload protocol identifiers of data channels (RFC 8831 §8).
package enum DataChannelPPID: UInt32, Sendable, Hashable {
    /// WebRTC DCEP.
    case dcep = 50
    /// WebRTC String: text of at least one byte.
    case string = 51
    /// WebRTC Binary Partial, deprecated: part of a binary message, more of which follows.
    case binaryPartial = 52
    /// WebRTC Binary: at least one byte.
    case binary = 53
    /// WebRTC String Partial, deprecated: part of a text, more of which follows.
    case stringPartial = 54
    /// WebRTC String Empty: one byte that means none, for SCTP cannot send an empty message (RFC
    /// 8831 §6.6).
    case stringEmpty = 56
    /// WebRTC Binary Empty: one byte that means none.
    case binaryEmpty = 57

    /// Whether the message is text. `nil` for DCEP.
    package var isText: Bool? {
        switch self {
        case .dcep: nil
        case .string, .stringPartial, .stringEmpty: true
        case .binary, .binaryPartial, .binaryEmpty: false
        }
    }

    /// Whether the content is to be taken as empty, whatever bytes there are.
    package var isEmpty: Bool { self == .stringEmpty || self == .binaryEmpty }

    /// Whether the message goes on in the next one of its stream.
    package var isPartial: Bool { self == .binaryPartial || self == .stringPartial }
}
