/// The little that is read of packets outside of usrsctp (RFC 9260 §3). Anything may be in those
/// that come: what does not hold together ends the search.
package enum SCTPPacket {
    /// What a SACK acknowledges.
    struct Acknowledgement: Equatable {
        /// Everything up to this TSN.
        var cumulative: UInt32
        /// The newest TSN, be it behind a gap.
        var newest: UInt32
        /// How many bytes more the peer would take.
        var window: UInt32
        /// Whether nothing else is in the packet.
        var isAlone: Bool
        /// Whether something is missing in between.
        var hasGap: Bool { newest != cumulative }
    }

    /// Why a side ended the association (RFC 9260 §3.3.7): the first error cause of its ABORT.
    struct Abort: Equatable {
        /// RFC 9260 §3.3.10; 0 where the ABORT names none.
        var cause: UInt16
        /// What usrsctp writes into causes for people to read; empty if nothing.
        var text: String
    }

    /// The ABORT of a packet, which carries no more than that chunk and perhaps others before it.
    static func abort(in packet: Span<UInt8>) -> Abort? {
        var found: Abort?
        forEachChunk(in: packet) { type, body in
            guard type == 6 else { return true }
            found = Abort(cause: 0, text: "")
            guard body.count >= 4 else { return false }
            let length = min(Int(half(packet, body.lowerBound + 2)), body.count)
            let bytes = packet.bytes(from: body.lowerBound + 4, to: body.lowerBound + max(length, 4))
            let isText = !bytes.isEmpty && bytes.allSatisfy { (0x20...0x7e).contains($0) }
            found = Abort(
                cause: half(packet, body.lowerBound), text: isText ? String(decoding: bytes, as: UTF8.self) : "")
            return false
        }
        return found
    }

    /// The TSN of the last DATA chunk.
    static func newestTSN(in packet: Span<UInt8>) -> UInt32? {
        var found: UInt32?
        forEachChunk(in: packet) { type, body in
            if type == 0, body.count >= 12 { found = word(packet, body.lowerBound) }
            return true
        }
        return found
    }

    /// The first SACK of a packet.
    static func acknowledgement(in packet: Span<UInt8>) -> Acknowledgement? {
        var found: Acknowledgement?
        forEachChunk(in: packet) { type, body in
            guard type == 3, body.count >= 12 else { return type != 3 }
            let cumulative = word(packet, body.lowerBound)
            let gaps = Int(half(packet, body.lowerBound + 8))
            guard body.count >= 12 + 4 * gaps else { return false }
            // Blocks are offsets from the cumulative TSN, in rising order (§3.3.4).
            let reach = gaps > 0 ? UInt32(half(packet, body.lowerBound + 12 + 4 * gaps - 2)) : 0
            found = Acknowledgement(
                cumulative: cumulative, newest: cumulative &+ reach,
                window: word(packet, body.lowerBound + 4),
                isAlone: body.lowerBound == 16 && body.upperBound + 3 >= packet.count)
            return false
        }
        return found
    }

    /// Whether a chunk asks for a change of streams, or answers (RFC 6525 §3.1).
    static func reconfigures(_ packet: Span<UInt8>) -> Bool {
        var found = false
        forEachChunk(in: packet) { type, _ in
            found = type == 130
            return !found
        }
        return found
    }

    /// Calls with each chunk's type and the place of its value, while that says true.
    static func forEachChunk(in packet: Span<UInt8>, _ body: (UInt8, Range<Int>) -> Bool) {
        var offset = 12
        while let length = packet.chunkLength(at: offset) {
            guard body(packet[offset], offset + 4..<offset + length) else { return }
            offset += (length + 3) & ~3
        }
    }

    private static func half(_ packet: Span<UInt8>, _ offset: Int) -> UInt16 {
        UInt16(packet[offset]) << 8 | UInt16(packet[offset + 1])
    }

    private static func word(_ packet: Span<UInt8>, _ offset: Int) -> UInt32 {
        UInt32(half(packet, offset)) << 16 | UInt32(half(packet, offset + 2))
    }
}

extension UInt32 {
    /// Whether this TSN comes after the other (RFC 9260 §1.6: serial numbers).
    func isAfter(_ other: UInt32) -> Bool { Int32(bitPattern: self &- other) > 0 }
}
