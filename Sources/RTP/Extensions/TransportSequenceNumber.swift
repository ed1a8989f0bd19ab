/// Counts the packets of all sources of a transport
/// (draft-holmer-rmcat-transport-wide-cc-extensions-01 §2).
public struct TransportSequenceNumber: RTPExtensionValue {
    public static let uri = "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01"
    /// One more with each packet, modulo 2^16.
    public var number: UInt16

    /// Makes one.
    public init(_ number: UInt16) { self.number = number }

    public init?(_ value: Span<UInt8>) {
        guard value.count == 2 else { return nil }
        number = value.uint16(at: 0)
    }

    public var bytes: [UInt8] { [UInt8(truncatingIfNeeded: number >> 8), UInt8(truncatingIfNeeded: number)] }
}
