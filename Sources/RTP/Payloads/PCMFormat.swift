/// A byte for each sample, or for two: PCMU, PCMA and G.722 in RTP (RFC 3551 §4.5.14, §4.5.2). A
/// frame is any number of bytes, and becomes as many packets as it takes.
public struct PCMFormat: RTPPayloadFormat {
    /// There is nothing to choose.
    public init() {}

    public mutating func cut(
        _ frame: Span<UInt8>, maximumSize: Int, _ body: (PayloadPart) -> Void
    ) throws(RTPError) {
        guard !frame.isEmpty else { throw .truncated(field: "audio", needed: 1, available: 0) }
        for range in evenParts(of: 0..<frame.count, maximum: maximumSize) {
            body(PayloadPart(prefix: PayloadPrefix(), range: range, isLast: range.upperBound == frame.count))
        }
    }

    public func begins(_ payload: Span<UInt8>) -> Bool { !payload.isEmpty }

    public func beginsKeyFrame(_ payload: Span<UInt8>) -> Bool { !payload.isEmpty }

    public mutating func join(_ payload: Span<UInt8>, to frame: inout [UInt8]) throws(RTPError) {
        frame.append(payload)
    }
}
