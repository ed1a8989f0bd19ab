/// A byte for each sample, or for two: PCMU, PCMA and G.722 in RTP (RFC 3551 §4.5.14, §4.5.2). A
/// frame is any number of bytes: up to 60 ms are a packet, and more become packets of 20 ms, which
/// all peers take (RFC 3551 §4.2).
public struct PCMFormat: RTPPayloadFormat {
    /// There is nothing to choose.
    public init() {}

    public mutating func cut(
        _ frame: Span<UInt8>, maximumSize: Int, _ body: (PayloadPart) -> Void
    ) throws(RTPError) {
        guard !frame.isEmpty else { throw .truncated(field: "audio", needed: 1, available: 0) }
        // The clock has a period for each byte: G.722's is said to be 8 kHz, too.
        let size = min(frame.count <= Self.largestPacket ? Self.largestPacket : Self.usualPacket, maximumSize)
        for start in stride(from: 0, to: frame.count, by: size) {
            let range = start..<min(start + size, frame.count)
            body(
                PayloadPart(
                    prefix: PayloadPrefix(), range: range, isLast: range.upperBound == frame.count,
                    timestampOffset: UInt32(truncatingIfNeeded: start)))
        }
    }

    private static let usualPacket = 160
    private static let largestPacket = 480

    public func begins(_ payload: Span<UInt8>) -> Bool { !payload.isEmpty }

    public func beginsKeyFrame(_ payload: Span<UInt8>) -> Bool { !payload.isEmpty }

    public mutating func join(_ payload: Span<UInt8>, to frame: inout [UInt8]) throws(RTPError) {
        frame.append(payload)
    }
}
