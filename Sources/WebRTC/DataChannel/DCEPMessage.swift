/// A message of the Data Channel Establishment Protocol (RFC 8832), which travels with PPID 50 on
/// the channel's own stream.
package enum DCEPMessage: Sendable, Hashable {
    /// DATA_CHANNEL_OPEN (RFC 8832 §5.1).
    case open(Open)
    /// DATA_CHANNEL_ACK (RFC 8832 §5.2).
    case ack

    /// How often, or how long, a message is sent again (RFC 8831 §6.1).
    package enum Reliability: Sendable, Hashable {
        /// Until it arrives.
        case reliable
        /// At most so many times after the first.
        case retransmits(UInt32)
        /// At most so many milliseconds.
        case lifetime(milliseconds: UInt32)
    }

    /// Reads one message, the whole of it.
    ///
    /// Whoever receives a message that cannot be read resets the stream and sends no
    /// DATA_CHANNEL_ACK (RFC 8832 §6). That includes a label or protocol that is not UTF-8: with
    /// replacement characters in it the channel would have another name here than with the peer.
    package init(parsing bytes: Span<UInt8>) throws(DCEPError) {
        guard bytes.count > 0 else { throw DCEPError(.length, "a DCEP message has at least 1 byte, this one has none") }
        switch bytes[0] {
        case Self.openType:
            self = .open(try Open(parsing: bytes))
        // pion's has four bytes.
        case Self.ackType: self = .ack
        case let type:
            throw DCEPError(.messageType, "message type \(type) is neither DATA_CHANNEL_OPEN (3) nor _ACK (2)")
        }
    }

    /// Reads one message, the whole of it, as from a span.
    package init(parsing bytes: [UInt8]) throws(DCEPError) {
        try self.init(parsing: bytes.span)
    }

    /// The bytes of the message.
    package func serialized() -> [UInt8] {
        switch self {
        case .open(let open): open.serialized()
        case .ack: [Self.ackType]
        }
    }

    static let ackType: UInt8 = 2
    static let openType: UInt8 = 3
}
