/// When the packets of all sources of a transport have arrived, by their transport-wide numbers
/// (draft-holmer-rmcat-transport-wide-cc-extensions-01 §3.1).
public struct TransportWideFeedback: Sendable, Hashable {
    /// A number, and when its packet arrived.
    public struct Arrival: Sendable, Hashable {
        /// Of the packet, modulo 2^16.
        public var sequenceNumber: UInt16
        /// In units of 250 µs, by the receiver's clock; nil if the packet has not arrived.
        public var time: Int64?

        /// Makes one.
        public init(sequenceNumber: UInt16, time: Int64?) {
            self.sequenceNumber = sequenceNumber
            self.time = time
        }
    }

    /// The first packet that is spoken of.
    public let baseSequenceNumber: UInt16
    /// How many are spoken of, those that have not arrived included.
    public let statusCount: UInt16
    /// In units of 64 ms; 24 bits with a sign.
    public let referenceTime: Int32
    /// One more with each feedback of the receiver, modulo 256.
    public let feedbackCount: UInt8
    private let chunks: Range<Int>

    /// Reads one; nil if the feedback is another, or ends before its first chunk.
    public init?(_ feedback: Feedback, in compound: Span<UInt8>) {
        guard feedback.kind == .transportWide, feedback.items.count >= 8 else { return nil }
        let start = feedback.items.lowerBound
        baseSequenceNumber = compound.uint16(at: start)
        statusCount = compound.uint16(at: start + 2)
        referenceTime = Int32(bitPattern: compound.uint24(at: start + 4) << 8) >> 8
        feedbackCount = compound[start + 7]
        chunks = start + 8..<feedback.items.upperBound
    }

    /// Goes through what is said, without an allocation. A packet that is cut off ends it; what was
    /// said before stays good.
    public struct Arrivals: Sendable {
        private var chunk: Chunk
        private var deltas: Range<Int>
        private var next: UInt16
        private var left: Int
        private var time: Int64

        /// All that a feedback says; nil if its chunks go beyond it.
        public init?(_ feedback: TransportWideFeedback, in compound: Span<UInt8>) {
            guard
                let deltas = Chunk.end(
                    of: Int(feedback.statusCount), in: compound, from: feedback.chunks.lowerBound,
                    to: feedback.chunks.upperBound)
            else { return nil }
            chunk = Chunk(place: feedback.chunks.lowerBound)
            self.deltas = deltas..<feedback.chunks.upperBound
            next = feedback.baseSequenceNumber
            left = Int(feedback.statusCount)
            time = Int64(feedback.referenceTime) * 256
        }

        /// The next packet, or nil at the end.
        public mutating func next(in compound: Span<UInt8>) -> Arrival? {
            guard left > 0 else { return nil }
            let size: Int
            switch chunk.next(in: compound) {
            case 1: size = 1
            case 2: size = 2
            default: size = 0
            }
            guard deltas.count >= size else {
                left = 0
                return nil
            }
            switch size {
            case 1: time += Int64(compound[deltas.lowerBound])
            case 2: time += Int64(Int16(bitPattern: compound.uint16(at: deltas.lowerBound)))
            default: break
            }
            deltas = deltas.lowerBound + size..<deltas.upperBound
            left -= 1
            defer { next &+= 1 }
            return Arrival(sequenceNumber: next, time: size > 0 ? time : nil)
        }
    }

    /// The symbols of the chunks, one by one (§3.1.1 to §3.1.4).
    private struct Chunk: Sendable {
        private var place: Int
        private var bits: UInt16 = 0
        private var index = 0
        private var count = 0

        init(place: Int) { self.place = place }

        /// How many symbols a chunk has.
        private static func count(_ bits: UInt16) -> Int {
            if bits & 0x8000 == 0 { return Int(bits & 0x1FFF) }
            return bits & 0x4000 == 0 ? 14 : 7
        }

        /// Where the chunks for so many symbols end; nil if that is beyond `limit`.
        static func end(of symbols: Int, in packet: Span<UInt8>, from start: Int, to limit: Int) -> Int? {
            var (place, left) = (start, symbols)
            while left > 0 {
                guard place + 2 <= limit else { return nil }
                let count = Self.count(packet.uint16(at: place))
                // A run of none says nothing, and would go on for ever where the limit is far.
                guard count > 0 else { return nil }
                left -= count
                place += 2
            }
            return place
        }

        mutating func next(in packet: Span<UInt8>) -> UInt8 {
            if index == count {
                bits = packet.uint16(at: place)
                (place, index, count) = (place + 2, 0, Self.count(bits))
            }
            defer { index += 1 }
            let shift =
                if bits & 0x8000 == 0 { 13 } else if bits & 0x4000 == 0 { 13 - index } else { 12 - 2 * index }
            let mask: UInt16 = bits & 0xC000 == 0x8000 ? 1 : 3
            return UInt8(truncatingIfNeeded: bits >> shift & mask)
        }
    }
}
