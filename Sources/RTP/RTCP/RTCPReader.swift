/// Goes through the packets of a compound, without an allocation (RFC 3550 §6.1); a single one, as
/// RFC 5506 allows, is one too.
public struct RTCPReader: Sendable {
    /// One packet of a compound: what it is, and where its body stands.
    public struct Block: Sendable, Hashable {
        /// 200 to 207; others have no meaning here.
        public let type: RTCPType
        /// The five bits behind the version: how many reports or sources follow, or which kind of
        /// feedback it is.
        public let count: UInt8
        /// Where the packet stands, without its first four bytes and without padding.
        public let body: Range<Int>
    }

    private var place = 0

    /// Begins in front of the first.
    public init() {}

    /// The next packet, or nil at the end.
    ///
    /// - Parameter compound: the whole datagram, the same each time.
    /// - Throws: ``RTPError`` where something follows that is no RTCP packet. What came before
    ///   stays good; nothing further is found.
    public mutating func next(in compound: Span<UInt8>) throws(RTPError) -> Block? {
        let rest = compound.count - place
        guard rest > 0 else { return nil }
        let start = place
        // After an error there is no place from which to go on.
        place = compound.count
        guard rest >= 4 else { throw .truncated(field: "the RTCP header", needed: 4, available: rest) }
        let first = compound[start]
        guard first >> 6 == 2 else { throw .version(first >> 6) }
        let words = Int(compound.uint16(at: start + 2))
        let end = start + 4 + 4 * words
        guard end <= compound.count else { throw .length(words: words, available: rest) }
        var body = start + 4..<end
        if first & 0x20 != 0 {
            let count = body.isEmpty ? 0 : compound[end - 1]
            guard count > 0, Int(count) <= body.count else { throw .padding(count: count, available: body.count) }
            body = body.lowerBound..<end - Int(count)
        }
        place = end
        return Block(type: RTCPType(rawValue: compound[start + 1]), count: first & 0x1F, body: body)
    }
}
