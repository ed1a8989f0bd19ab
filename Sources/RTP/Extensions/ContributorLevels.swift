/// How loud each contributing source of a packet is (RFC 6465 §4).
public struct ContributorLevels: RTPExtensionValue {
    public static let uri = "urn:ietf:params:rtp-hdrext:csrc-audio-level"
    /// In dB below the loudest, 0 to 127, in the order of the packet's contributing sources; at
    /// most 15.
    public var decibelsBelowFull: [UInt8]

    /// Makes one.
    public init(_ decibelsBelowFull: [UInt8]) { self.decibelsBelowFull = decibelsBelowFull }

    public init?(_ value: Span<UInt8>) {
        guard (1...15).contains(value.count) else { return nil }
        decibelsBelowFull = value.indices.map { value[$0] & 0x7F }
    }

    public var bytes: [UInt8] { decibelsBelowFull.prefix(15).map { min($0, 127) } }
}
