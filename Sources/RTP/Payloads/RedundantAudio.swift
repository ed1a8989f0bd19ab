/// The payload of a packet of sound that repeats those of packets before it (RED, RFC 2198 §3):
/// what was lost with one is in the next.
public struct RedundantAudio: Sendable, Hashable {
    /// How many payloads are read of one.
    public static let maximumCount = 32
    /// The longest payload that can be repeated, in bytes.
    public static let maximumRepeatedSize = 0x3FF
    /// The oldest that can be repeated: so much less than the packet's timestamp.
    public static let maximumOffset: UInt32 = 0x3FFF

    /// One of the payloads.
    public struct Block: Sendable, Hashable {
        /// 0 to 127, which is the payload's own.
        public let payloadType: UInt8
        /// Of its own.
        public let timestamp: UInt32
        /// Where it stands in the packet's payload.
        public let range: Range<Int>
    }

    /// The oldest first; the last one is the packet's own. There is one at least.
    public let blocks: [Block]

    /// Reads one.
    ///
    /// - Parameters:
    ///   - payload: of a packet of the type that was negotiated for `red`.
    ///   - timestamp: of the packet.
    /// - Throws: ``RTPError`` for one that ends before its last payload begins, or has more than
    ///   ``maximumCount``.
    public init(_ payload: Span<UInt8>, timestamp: UInt32) throws(RTPError) {
        var heads: [(type: UInt8, timestamp: UInt32, size: Int)] = []
        var place = 0
        while true {
            guard place < payload.count else {
                throw .truncated(field: "a header of RED", needed: place + 1, available: payload.count)
            }
            let type = payload[place] & 0x7F
            guard payload[place] & 0x80 != 0 else {
                heads.append((type, timestamp, 0))
                place += 1
                break
            }
            guard place + 4 <= payload.count else {
                throw .truncated(field: "a header of RED", needed: place + 4, available: payload.count)
            }
            guard heads.count < Self.maximumCount - 1 else {
                throw .outOfRange(
                    field: "the number of payloads of RED", value: heads.count + 2, allowed: 1...Self.maximumCount)
            }
            // 14 bits of an offset, 10 of a length.
            let bits = payload.uint24(at: place + 1)
            heads.append((type, timestamp &- bits >> 10, Int(bits & 0x3FF)))
            place += 4
        }
        var blocks: [Block] = []
        blocks.reserveCapacity(heads.count)
        for (index, head) in heads.enumerated() {
            let end = index == heads.count - 1 ? payload.count : place + head.size
            guard end <= payload.count else {
                throw .truncated(field: "a payload of RED", needed: end, available: payload.count)
            }
            blocks.append(Block(payloadType: head.type, timestamp: head.timestamp, range: place..<end))
            place = end
        }
        self.blocks = blocks
    }

    /// The packet with what is its own alone, as it would be without RED.
    ///
    /// - Parameter packet: of the type that was negotiated for `red`.
    /// - Returns: nil for what ends before, or has more payloads than ``maximumCount``.
    package static func withoutRepetitions(_ packet: Span<UInt8>, _ header: RTPHeader) -> [UInt8]? {
        let redundant = try? RedundantAudio(packet.extracting(header.payload), timestamp: header.timestamp)
        guard let own = redundant?.blocks.last else { return nil }
        var bytes = packet.bytes(0..<header.payload.lowerBound)
        let start = header.payload.lowerBound
        bytes += packet.bytes(start + own.range.lowerBound..<start + own.range.upperBound)
        // The padding is gone, and the type is that of what is left.
        bytes[0] &= 0xDF
        bytes[1] = bytes[1] & 0x80 | own.payloadType
        return bytes
    }

    /// The payload type of what is the packet's own, without a look at what is repeated.
    ///
    /// - Returns: nil for what ends before, or has more payloads than ``maximumCount``.
    static func ownType(of payload: Span<UInt8>) -> UInt8? {
        var place = 0
        while place < payload.count, place < 4 * maximumCount {
            if payload[place] & 0x80 == 0 { return payload[place] }
            place += 4
        }
        return nil
    }
}
