/// Sources that leave: BYE (RFC 3550 §6.6).
public struct Goodbye: Sendable, Hashable {
    /// How many leave, 0 to 31.
    public let sourceCount: Int
    /// Where the reason stands, UTF-8; nil if none is given.
    public let reason: Range<Int>?
    private let sources: Int

    /// Reads one; nil if the packet is another, or ends before its last source.
    public init?(_ block: RTCPReader.Block, in compound: Span<UInt8>) {
        let count = Int(block.count)
        guard block.type == .goodbye, block.body.count >= 4 * count else { return nil }
        sourceCount = count
        sources = block.body.lowerBound
        let place = sources + 4 * count
        if place < block.body.upperBound, place + 1 + Int(compound[place]) <= block.body.upperBound {
            reason = place + 1..<place + 1 + Int(compound[place])
        } else {
            reason = nil
        }
    }

    /// A source that leaves; `index` is below ``sourceCount``.
    public func source(_ index: Int, in compound: Span<UInt8>) -> UInt32 {
        precondition((0..<sourceCount).contains(index), "\(sourceCount) sources leave")
        return compound.uint32(at: sources + 4 * index)
    }
}

extension RTCPWriter {
    /// Says that sources leave, 31 in each packet.
    public mutating func appendGoodbye(of sources: [UInt32]) {
        append(.goodbye, sources) { part, bytes in for ssrc in part { bytes.append(big: ssrc) } }
    }
}
