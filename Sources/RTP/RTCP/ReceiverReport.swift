/// What a participant that sends nothing says of the sources that it receives: RR (RFC 3550
/// §6.4.2).
public struct ReceiverReport: Sendable, Hashable {
    /// Who says it.
    public let ssrc: UInt32
    /// How many blocks there are, 0 to 31.
    public let blockCount: Int
    private let blocks: Int

    /// Reads one; nil if the packet is another, or ends before its last block.
    public init?(_ block: RTCPReader.Block, in compound: Span<UInt8>) {
        let count = Int(block.count)
        guard block.type == .receiverReport, block.body.count >= 4 + count * ReportBlock.size else { return nil }
        ssrc = compound.uint32(at: block.body.lowerBound)
        blockCount = count
        blocks = block.body.lowerBound + 4
    }

    /// What is said of a source; `index` is below ``blockCount``.
    public func block(_ index: Int, in compound: Span<UInt8>) -> ReportBlock {
        precondition((0..<blockCount).contains(index), "a report has \(blockCount) blocks")
        return ReportBlock(in: compound, at: blocks + index * ReportBlock.size)
    }
}

extension RTCPWriter {
    /// Appends reports of a participant that sends nothing, 31 blocks in each; one without any if
    /// there are none.
    public mutating func appendReceiverReports(from ssrc: UInt32, _ blocks: [ReportBlock]) {
        guard !blocks.isEmpty else {
            append(.receiverReport, count: 0) { $0.append(big: ssrc) }
            return
        }
        append(.receiverReport, blocks) { part, bytes in
            bytes.append(big: ssrc)
            for block in part { block.append(to: &bytes) }
        }
    }
}
