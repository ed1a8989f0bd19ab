/// What a sender says of itself, and of the sources that it receives: SR (RFC 3550 §6.4.1).
public struct SenderReport: Sendable, Hashable {
    /// Who says it.
    public var ssrc: UInt32
    /// The time at which it was sent, by the sender's wall clock: seconds since 1900 in the upper
    /// half, 2^-32 s in the lower.
    public var ntpTime: UInt64
    /// The same moment by the clock of its RTP timestamps.
    public var rtpTimestamp: UInt32
    /// Packets sent since the beginning, modulo 2^32.
    public var packetCount: UInt32
    /// The bytes of their payloads, modulo 2^32.
    public var octetCount: UInt32
    /// How many blocks there are, 0 to 31.
    public let blockCount: Int
    private let blocks: Int

    /// The middle 32 bits of a time, as a receiver's block repeats them.
    public var compactNTPTime: UInt32 { UInt32(truncatingIfNeeded: ntpTime >> 16) }

    /// Makes one to be written.
    public init(ssrc: UInt32, ntpTime: UInt64, rtpTimestamp: UInt32, packetCount: UInt32, octetCount: UInt32) {
        self.ssrc = ssrc
        self.ntpTime = ntpTime
        self.rtpTimestamp = rtpTimestamp
        self.packetCount = packetCount
        self.octetCount = octetCount
        (blockCount, blocks) = (0, 0)
    }

    /// Reads one; nil if the packet is another, or ends before its last block.
    public init?(_ block: RTCPReader.Block, in compound: Span<UInt8>) {
        let count = Int(block.count)
        guard block.type == .senderReport, block.body.count >= 24 + count * ReportBlock.size else { return nil }
        let start = block.body.lowerBound
        ssrc = compound.uint32(at: start)
        ntpTime = compound.uint64(at: start + 4)
        rtpTimestamp = compound.uint32(at: start + 12)
        packetCount = compound.uint32(at: start + 16)
        octetCount = compound.uint32(at: start + 20)
        blockCount = count
        blocks = start + 24
    }

    /// What is said of a source; `index` is below ``blockCount``.
    public func block(_ index: Int, in compound: Span<UInt8>) -> ReportBlock {
        precondition((0..<blockCount).contains(index), "a report has \(blockCount) blocks")
        return ReportBlock(in: compound, at: blocks + index * ReportBlock.size)
    }
}

extension RTCPWriter {
    /// Appends a sender's report; blocks beyond 31 follow in receiver's reports of the same source.
    public mutating func append(_ report: SenderReport, _ blocks: [ReportBlock] = []) {
        let part = blocks.prefix(31)
        append(.senderReport, count: part.count) { bytes in
            bytes.append(big: report.ssrc)
            bytes.append(big: report.ntpTime)
            bytes.append(big: report.rtpTimestamp)
            bytes.append(big: report.packetCount)
            bytes.append(big: report.octetCount)
            for block in part { block.append(to: &bytes) }
        }
        if blocks.count > 31 { appendReceiverReports(from: report.ssrc, Array(blocks.dropFirst(31))) }
    }
}
