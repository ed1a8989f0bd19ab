/// Keeps the peer's stream resets from usrsctp until the data before them has arrived.
///
/// usrsctp 0.9.5 queues a request (RFC 6525 §4.1) whose last TSN it has not reached, but looks at that queue only when
/// further DATA arrives, and only at chunks that are next in order. If a lost packet is what it waits for and nothing
/// follows, the request stays "in progress" for ever, and the channel is never closed. Held back here, the request is
/// always one that can be done at once.
struct ResetGate {
    /// What usrsctp is to be given of a packet.
    enum Verdict: Equatable {
        case whole
        /// The packet without the early request; its checksum is to be set. Empty if nothing else was in it.
        case rest([UInt8])
    }

    private static let headerLength = 12

    /// The last TSN up to which everything has arrived, as far as our SACKs told.
    private(set) var cumulative: UInt32?
    private var held: [UInt8]?

    /// Whether a request is waiting.
    var isHolding: Bool { held != nil }

    /// Reads our own packets: what do we acknowledge?
    mutating func sent(_ packet: Span<UInt8>) {
        var offset = Self.headerLength
        while let length = packet.chunkLength(at: offset) {
            if packet[offset] == 3, length >= 16 {
                cumulative = packet.uint32(at: offset + 4)
            }
            // A SACK stands before DATA (RFC 9260 §6.10).
            if packet[offset] == 0 { return }
            offset += length + (4 - length % 4) % 4
        }
    }

    /// Looks through a packet of the peer.
    mutating func admit(_ packet: Span<UInt8>) -> Verdict {
        var offset = Self.headerLength
        while let length = packet.chunkLength(at: offset) {
            let end = min(offset + length + (4 - length % 4) % 4, packet.count)
            switch packet[offset] {
            case 1, 2:
                // INIT and INIT ACK name the first TSN.
                if length >= 20, let first = packet.uint32(at: offset + 16) {
                    cumulative = first &- 1
                }
            case 130:
                if let last = packet.resetTSN(chunk: offset, length: length), !hasReached(last) {
                    held = packet.header(Self.headerLength) + packet.bytes(from: offset, to: end)
                    let others =
                        packet.bytes(from: Self.headerLength, to: offset) + packet.bytes(from: end, to: packet.count)
                    return .rest(others.isEmpty ? [] : packet.header(Self.headerLength) + others)
                }
            default:
                break
            }
            offset = end
        }
        return .whole
    }

    /// The request that waited, as a packet whose checksum is to be set, if its data has arrived by now.
    mutating func release() -> [UInt8]? {
        guard let packet = held, let length = packet.span.chunkLength(at: Self.headerLength),
            let last = packet.span.resetTSN(chunk: Self.headerLength, length: length), hasReached(last)
        else { return nil }
        held = nil
        return packet
    }

    private func hasReached(_ tsn: UInt32) -> Bool {
        guard let cumulative else { return true }
        // TSNs wrap (RFC 9260 §1.6).
        return Int32(bitPattern: cumulative &- tsn) >= 0
    }
}

extension Span<UInt8> {
    /// The last TSN of the outgoing reset request (parameter 13) in a RE-CONFIG chunk, if there is one.
    fileprivate func resetTSN(chunk: Int, length: Int) -> UInt32? {
        var offset = chunk + 4
        while offset + 4 <= chunk + length {
            let type = Int(self[offset]) << 8 | Int(self[offset + 1])
            let size = Int(self[offset + 2]) << 8 | Int(self[offset + 3])
            guard size >= 4 else { return nil }
            if type == 13, size >= 16 {
                return uint32(at: offset + 12)
            }
            offset += size + (4 - size % 4) % 4
        }
        return nil
    }

    fileprivate func header(_ length: Int) -> [UInt8] {
        bytes(from: 0, to: length)
    }
}
