// Reading a packet's chunks (RFC 9260 §3.2), whatever is in them.
extension Span<UInt8> {
    /// The length that the chunk at `offset` names, without its padding, if the chunk lies within
    /// the packet.
    func chunkLength(at offset: Int) -> Int? {
        guard offset + 4 <= count else { return nil }
        let length = Int(self[offset + 2]) << 8 | Int(self[offset + 3])
        return length >= 4 && offset + length <= count ? length : nil
    }

    /// Four bytes in network order.
    func uint32(at offset: Int) -> UInt32? {
        guard offset >= 0, offset + 4 <= count else { return nil }
        return UInt32(self[offset]) << 24 | UInt32(self[offset + 1]) << 16 | UInt32(self[offset + 2]) << 8
            | UInt32(self[offset + 3])
    }

    /// A copy of a part; empty if there is no such part.
    func bytes(from: Int, to: Int) -> [UInt8] {
        guard from < to, to <= count else { return [] }
        return extracting(from..<to).array
    }
}
