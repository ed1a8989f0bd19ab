/// Why bytes are no RTP or RTCP packet, or a packet cannot be written. Fields have the RFCs' names.
public enum RTPError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The packet ends before a field that it has to have.
    case truncated(field: String, needed: Int, available: Int)
    /// The version is not 2 (RFC 3550 §5.1).
    case version(UInt8)
    /// The last byte says that there is more padding than there are bytes, or none (RFC 3550 §5.1).
    case padding(count: UInt8, available: Int)
    /// The length of an RTCP packet goes beyond the datagram (RFC 3550 §6.4.1).
    case length(words: Int, available: Int)
    /// A value does not fit the field that it is for.
    case outOfRange(field: String, value: Int, allowed: ClosedRange<Int>)

    /// One sentence that says what is wrong, and where.
    public var description: String {
        switch self {
        case .truncated(let field, let needed, let available):
            "the packet ends in \(field): \(needed) bytes are needed, \(available) are there"
        case .version(let version): "RTP version \(version), and not 2"
        case .padding(let count, let available): "\(count) bytes of padding, of \(available) that can be any"
        case .length(let words, let available):
            "an RTCP packet of \(words * 4 + 4) bytes in \(available) that are left"
        case .outOfRange(let field, let value, let allowed):
            "\(field) is \(value): \(allowed.lowerBound) to \(allowed.upperBound)"
        }
    }
}
