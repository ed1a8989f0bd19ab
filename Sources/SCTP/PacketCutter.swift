/// Cuts a packet with several chunks into packets of at most a given size. A chunk that is larger
/// goes alone.
enum PacketCutter {
    private static let headerLength = 12

    /// Calls `body` with each part, in order; its checksum is to be set.
    static func cut(_ packet: Span<UInt8>, limit: Int, _ body: ([UInt8]) -> Void) {
        var part = packet.bytes(from: 0, to: headerLength)
        var offset = headerLength
        while let length = packet.chunkLength(at: offset) {
            let end = min(offset + length + (4 - length % 4) % 4, packet.count)
            if part.count > headerLength, part.count + end - offset > limit {
                body(part)
                part.removeSubrange(headerLength...)
            }
            part += packet.bytes(from: offset, to: end)
            offset = end
        }
        if part.count > headerLength { body(part) }
    }
}
