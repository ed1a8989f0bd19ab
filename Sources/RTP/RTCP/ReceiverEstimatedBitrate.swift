/// REMB: how much a receiver believes that it can get of some sources together
/// (draft-alvestrand-rmcat-remb-03 §2.2).
public struct ReceiverEstimatedBitrate: Sendable, Hashable {
    /// In bit/s. What is written has 18 bits that count.
    public var bitsPerSecond: UInt64
    /// How many sources it is for.
    public let sourceCount: Int
    private let sources: Int

    /// "REMB".
    private static let name: UInt32 = 0x5245_4D42

    /// Reads one; nil if the feedback is another, or does not have the sources that it says.
    public init?(_ feedback: Feedback, in compound: Span<UInt8>) {
        guard feedback.kind == .application, feedback.items.count >= 8,
            compound.uint32(at: feedback.items.lowerBound) == Self.name
        else { return nil }
        let place = feedback.items.lowerBound + 4
        sourceCount = Int(compound[place])
        guard feedback.items.count >= 8 + 4 * sourceCount else { return nil }
        let exponent = compound[place + 1] >> 2
        let mantissa = UInt64(compound.uint24(at: place + 1) & 0x3_FFFF)
        // More than 64 bits is more than anybody has.
        bitsPerSecond = exponent > 46 && mantissa >> (64 - exponent) != 0 ? .max : mantissa << exponent
        sources = place + 4
    }

    /// A source that it is for; `index` is below ``sourceCount``.
    public func source(_ index: Int, in compound: Span<UInt8>) -> UInt32 {
        precondition((0..<sourceCount).contains(index), "it is for \(sourceCount) sources")
        return compound.uint32(at: sources + 4 * index)
    }

    fileprivate static func append(_ bitsPerSecond: UInt64, _ sources: ArraySlice<UInt32>, to bytes: inout [UInt8]) {
        let exponent = max(0, 46 - bitsPerSecond.leadingZeroBitCount)
        bytes.append(big: name)
        bytes.append(UInt8(truncatingIfNeeded: sources.count))
        bytes.append(big24: UInt32(exponent) << 18 | UInt32(truncatingIfNeeded: bitsPerSecond >> exponent))
        for source in sources { bytes.append(big: source) }
    }
}

extension RTCPWriter {
    /// Says how much can be got of sources together; of more than 255 the first are named.
    public mutating func appendEstimatedBitrate(
        from sender: UInt32, bitsPerSecond: UInt64, of sources: [UInt32]
    ) {
        _ = append(.payloadFeedback, format: 15, from: sender, of: 0) { bytes in
            ReceiverEstimatedBitrate.append(bitsPerSecond, sources.prefix(255), to: &bytes)
        }
    }
}
