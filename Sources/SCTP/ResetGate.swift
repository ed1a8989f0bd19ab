/// Keeps the peer's stream resets from usrsctp until the data before them has arrived.
///
/// usrsctp 0.9.5 queues a request (RFC 6525 §4.1) whose last TSN it has not reached, but looks at
/// that queue only when further DATA arrives, and only at chunks that are next in order. If a lost
/// packet is what it waits for and nothing follows, the request stays "in progress" for ever, and
/// the channel is never closed. Held back here, the request is always one that can be done at once.
struct ResetGate {
    /// What usrsctp is to be given of a packet.
    enum Verdict: Equatable {
        case whole
        /// The packet without the early request; its checksum is to be set. Empty if nothing else
        /// was in it.
        case rest([UInt8])
    }

    private static let headerLength = 12

    /// The last TSN up to which everything has arrived, as far as our SACKs told.
    private(set) var cumulative: UInt32?
    /// Whether that is what the peer's INIT said, which another may have followed; our own SACKs
    /// are right.
    private var isAssumed = false
    private var held: [UInt8]?

    /// Whether a request is waiting.
    var isHolding: Bool { held != nil }

    /// Reads our own packets: what do we acknowledge?
    mutating func sent(_ packet: Span<UInt8>) {
        var offset = Self.headerLength
        while let length = packet.chunkLength(at: offset) {
            if packet[offset] == 3, length >= 16, let tsn = packet.uint32(at: offset + 4),
                cumulative == nil || isAssumed || !hasReached(tsn)
            {
                // What a timer has produced may leave behind what was produced later, and says
                // less.
                cumulative = tsn
                isAssumed = false
            }
            // A SACK stands before DATA (RFC 9260 §6.10).
            if packet[offset] == 0 { return }
            offset += length + (4 - length % 4) % 4
        }
    }

    /// Looks through a packet of the peer; INIT and INIT ACK count only while the association is
    /// being made.
    mutating func admit(_ packet: Span<UInt8>, isConnecting: Bool = true) -> Verdict {
        var offset = Self.headerLength
        while let length = packet.chunkLength(at: offset) {
            let end = min(offset + length + (4 - length % 4) % 4, packet.count)
            switch packet[offset] {
            case 1, 2:
                // INIT and INIT ACK name the first TSN.
                if isConnecting, length >= 20, let first = packet.uint32(at: offset + 16) {
                    cumulative = first &- 1
                    isAssumed = true
                }
            case 130:
                guard let last = packet.resetTSN(chunk: offset, length: length) else { break }
                // There is one request at a time (RFC 6525 §5.1.1): one that passes is the one that
                // waited, or comes after it.
                guard !hasReached(last) else {
                    held = nil
                    break
                }
                let (request, answers) = packet.parameters(chunk: offset, length: length)
                held = packet.header(Self.headerLength) + Self.chunk(request)
                let others =
                    packet.bytes(from: Self.headerLength, to: offset) + (answers.isEmpty ? [] : Self.chunk(answers))
                    + packet.bytes(from: end, to: packet.count)
                return .rest(others.isEmpty ? [] : packet.header(Self.headerLength) + others)
            default:
                break
            }
            offset = end
        }
        return .whole
    }

    /// A RE-CONFIG chunk with these parameters; the padding of the last one is the chunk's (RFC
    /// 9260 §3.2.1).
    private static func chunk(_ parameters: [[UInt8]]) -> [UInt8] {
        var (body, length): ([UInt8], Int) = ([], 4)
        for parameter in parameters {
            length = body.count + parameter.count + 4
            body += parameter + repeatElement(0, count: (4 - parameter.count % 4) % 4)
        }
        return [130, 0, UInt8(truncatingIfNeeded: length >> 8), UInt8(truncatingIfNeeded: length)] + body
    }

    /// Whether a request waits of which the data has arrived by now.
    var isDue: Bool {
        guard let packet = held, let length = packet.span.chunkLength(at: Self.headerLength),
            let last = packet.span.resetTSN(chunk: Self.headerLength, length: length)
        else { return false }
        return hasReached(last)
    }

    /// The request that waited, as a packet whose checksum is to be set, if its data has arrived by
    /// now.
    mutating func release() -> [UInt8]? {
        guard isDue else { return nil }
        defer { held = nil }
        return held
    }

    private func hasReached(_ tsn: UInt32) -> Bool {
        guard let cumulative else { return true }
        // TSNs wrap (RFC 9260 §1.6).
        return Int32(bitPattern: cumulative &- tsn) >= 0
    }
}

extension Span<UInt8> {
    /// The last TSN of the outgoing reset request (parameter 13) in a RE-CONFIG chunk, if there is
    /// one.
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

    /// The outgoing reset request in a RE-CONFIG chunk, and what else is in it: the answer to a
    /// request of ours does not wait.
    fileprivate func parameters(chunk: Int, length: Int) -> (request: [[UInt8]], others: [[UInt8]]) {
        var (request, others): ([[UInt8]], [[UInt8]]) = ([], [])
        var offset = chunk + 4
        while offset + 4 <= chunk + length {
            let size = Int(self[offset + 2]) << 8 | Int(self[offset + 3])
            guard size >= 4, offset + size <= chunk + length else { break }
            let isRequest = request.isEmpty && self[offset] == 0 && self[offset + 1] == 13 && size >= 16
            let parameter = bytes(from: offset, to: offset + size)
            if isRequest { request.append(parameter) } else { others.append(parameter) }
            offset += size + (4 - size % 4) % 4
        }
        return (request, others)
    }

    fileprivate func header(_ length: Int) -> [UInt8] {
        bytes(from: 0, to: length)
    }
}
