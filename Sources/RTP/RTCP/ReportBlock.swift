/// What a receiver says of one source (RFC 3550 §6.4.1).
public struct ReportBlock: Sendable, Hashable {
    /// Its bytes.
    static let size = 24

    /// The source that is spoken of.
    public var ssrc: UInt32
    /// Of the packets since the last report, how many 256ths were lost.
    public var fractionLost: UInt8
    /// Packets lost since the beginning, -2^23 to 2^23 - 1; less than none if some came twice.
    public var packetsLost: Int32
    /// The highest sequence number, and how often they have begun anew above it.
    public var extendedHighestSequenceNumber: UInt32
    /// In units of the source's clock (RFC 3550 §6.4.1, A.8).
    public var jitter: UInt32
    /// The middle 32 bits of the NTP time of the source's last SR; 0 before the first.
    public var lastSenderReport: UInt32
    /// How long that SR has been here, in 1/65536 s.
    public var delaySinceLastSenderReport: UInt32

    /// Makes a block.
    public init(
        ssrc: UInt32, fractionLost: UInt8 = 0, packetsLost: Int32 = 0, extendedHighestSequenceNumber: UInt32 = 0,
        jitter: UInt32 = 0, lastSenderReport: UInt32 = 0, delaySinceLastSenderReport: UInt32 = 0
    ) {
        self.ssrc = ssrc
        self.fractionLost = fractionLost
        self.packetsLost = packetsLost
        self.extendedHighestSequenceNumber = extendedHighestSequenceNumber
        self.jitter = jitter
        self.lastSenderReport = lastSenderReport
        self.delaySinceLastSenderReport = delaySinceLastSenderReport
    }

    init(in packet: Span<UInt8>, at place: Int) {
        // 24 bits with a sign.
        let lost = Int32(bitPattern: packet.uint24(at: place + 5) << 8) >> 8
        self.init(
            ssrc: packet.uint32(at: place), fractionLost: packet[place + 4], packetsLost: lost,
            extendedHighestSequenceNumber: packet.uint32(at: place + 8), jitter: packet.uint32(at: place + 12),
            lastSenderReport: packet.uint32(at: place + 16),
            delaySinceLastSenderReport: packet.uint32(at: place + 20))
    }

    func append(to bytes: inout [UInt8]) {
        bytes.append(big: ssrc)
        bytes.append(fractionLost)
        bytes.append(big24: UInt32(bitPattern: min(max(packetsLost, -0x80_0000), 0x7F_FFFF)) & 0xFF_FFFF)
        bytes.append(big: extendedHighestSequenceNumber)
        bytes.append(big: jitter)
        bytes.append(big: lastSenderReport)
        bytes.append(big: delaySinceLastSenderReport)
    }
}
