extension SCTPPacket {
    /// The answer to a packet of an association that is over at this end: RFC 9260 §8.4. An ABORT,
    /// so that the peer hears of it, whose end may have heard nothing while the path was lost; or a
    /// SHUTDOWN COMPLETE. nil for what is not to be answered.
    package static func answer(outOfTheBlue packet: Span<UInt8>) -> [UInt8]? {
        guard packet.count >= 16 else { return nil }
        // A tag that is the peer's own is reflected, and the T bit says so; an INIT brings the one
        // that the peer expects.
        var (type, flags, tag): (UInt8, UInt8, [UInt8]?) = (6, 1, packet.bytes(from: 4, to: 8))
        var isFirst = true
        forEachChunk(in: packet) { chunk, body in
            defer { isFirst = false }
            switch chunk {
            // ABORT, SHUTDOWN COMPLETE, COOKIE ACK, ERROR: the peer has nothing to learn.
            case 6, 14, 11, 9: tag = nil
            case 8 where isFirst: type = 14
            case 1 where isFirst:
                flags = 0
                tag = body.count >= 16 ? packet.bytes(from: body.lowerBound, to: body.lowerBound + 4) : nil
            default: return true
            }
            return false
        }
        guard let tag, tag != [0, 0, 0, 0] else { return nil }
        let ports = packet.bytes(from: 2, to: 4) + packet.bytes(from: 0, to: 2)
        return NativeSocket.withChecksum(ports + tag + [0, 0, 0, 0, type, flags, 0, 4])
    }
}
