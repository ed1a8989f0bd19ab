/// Goes through the blocks of an extended report that measure the way there and back for who sends
/// nothing: XR (RFC 3611 §4.4, §4.5). Others are passed over.
public struct ExtendedReport: Sendable {
    /// A block.
    public enum Block: Sendable, Hashable {
        /// The receiver's time: seconds since 1900 in the upper half, 2^-32 s in the lower.
        case receiverReferenceTime(UInt64)
        /// What the peer answers to ours.
        case delaySinceLastReceiverReport(DelayBlock)
    }

    /// The answer to a receiver's time.
    public struct DelayBlock: Sendable, Hashable {
        /// Whose time it was.
        public var ssrc: UInt32
        /// Its middle 32 bits; 0 if none has come.
        public var lastReceiverReport: UInt32
        /// How long it has been here, in 1/65536 s.
        public var delay: UInt32

        /// Makes one.
        public init(ssrc: UInt32, lastReceiverReport: UInt32, delay: UInt32) {
            self.ssrc = ssrc
            self.lastReceiverReport = lastReceiverReport
            self.delay = delay
        }
    }

    /// Who says it.
    public let ssrc: UInt32
    private var place: Int
    private var delays: Range<Int>
    private let end: Int

    /// Begins with the first block; nil if the packet is another.
    public init?(_ block: RTCPReader.Block, in compound: Span<UInt8>) {
        guard block.type == .extendedReport, block.body.count >= 4 else { return nil }
        ssrc = compound.uint32(at: block.body.lowerBound)
        place = block.body.lowerBound + 4
        end = block.body.upperBound
        delays = place..<place
    }

    /// The next block, or nil at the end.
    public mutating func next(in compound: Span<UInt8>) -> Block? {
        while true {
            if delays.count >= 12 {
                let start = delays.lowerBound
                delays = start + 12..<delays.upperBound
                return .delaySinceLastReceiverReport(
                    DelayBlock(
                        ssrc: compound.uint32(at: start), lastReceiverReport: compound.uint32(at: start + 4),
                        delay: compound.uint32(at: start + 8)))
            }
            guard place + 4 <= end else { return nil }
            let (type, start) = (compound[place], place + 4)
            let next = start + 4 * Int(compound.uint16(at: place + 2))
            guard next <= end else { return nil }
            place = next
            if type == 4, next - start >= 8 { return .receiverReferenceTime(compound.uint64(at: start)) }
            if type == 5 { delays = start..<next }
        }
    }
}

extension RTCPWriter {
    /// Tells the receiver's time, for the peer to answer.
    public mutating func appendReceiverReferenceTime(from ssrc: UInt32, ntpTime: UInt64) {
        append(.extendedReport, count: 0) { bytes in
            bytes.append(big: ssrc)
            bytes += [4, 0, 0, 2]
            bytes.append(big: ntpTime)
        }
    }

    /// Answers the times of receivers, of which the first 5,461 find room. Nothing is written for
    /// none.
    public mutating func appendDelays(from ssrc: UInt32, _ blocks: [ExtendedReport.DelayBlock]) {
        let blocks = blocks.prefix(5_461)
        guard !blocks.isEmpty else { return }
        append(.extendedReport, count: 0) { bytes in
            bytes.append(big: ssrc)
            bytes += [5, 0]
            bytes.append(big: UInt16(truncatingIfNeeded: 3 * blocks.count))
            for block in blocks {
                bytes.append(big: block.ssrc)
                bytes.append(big: block.lastReceiverReport)
                bytes.append(big: block.delay)
            }
        }
    }
}
