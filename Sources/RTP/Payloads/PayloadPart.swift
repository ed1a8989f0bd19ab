/// What one packet carries of a frame.
public struct PayloadPart: Sendable {
    /// What goes in front of the part.
    public let prefix: PayloadPrefix
    /// What follows that, of formats that put several pieces of a frame into one packet; mostly
    /// nothing.
    let pieces: [UInt8]
    /// Which part of the frame.
    public let range: Range<Int>
    /// Whether it is the frame's last.
    public let isLast: Bool
    /// How much later than the frame's its first sample is, in periods of the format's clock; 0 for
    /// what cannot be played by itself.
    public let timestampOffset: UInt32

    init(
        prefix: PayloadPrefix, pieces: [UInt8] = [], range: Range<Int>, isLast: Bool, timestampOffset: UInt32 = 0
    ) {
        self.prefix = prefix
        self.pieces = pieces
        self.range = range
        self.isLast = isLast
        self.timestampOffset = timestampOffset
    }

    /// Appends the payload.
    ///
    /// - Parameters:
    ///   - frame: that which was cut.
    ///   - bytes: what it is appended to.
    public func append(of frame: Span<UInt8>, to bytes: inout [UInt8]) {
        for index in 0..<prefix.count { bytes.append(prefix[index]) }
        if !pieces.isEmpty { bytes += pieces }
        bytes.append(frame.extracting(range))
    }
}

/// Parts of about one size, so that the system can cut a batch of them apart (UDP_SEGMENT): all but
/// the last are equally long. Of nothing there is one, which is empty.
func evenParts(of range: Range<Int>, maximum: Int) -> some Sequence<Range<Int>> {
    let parts = max(1, (range.count + maximum - 1) / maximum)
    let size = max(1, (range.count + parts - 1) / parts)
    return stride(from: range.lowerBound, to: max(range.upperBound, range.lowerBound + 1), by: size).lazy.map {
        $0..<min(range.upperBound, $0 + size)
    }
}
