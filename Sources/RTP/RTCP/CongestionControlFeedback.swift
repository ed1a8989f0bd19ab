/// When packets have arrived, source by source (RFC 8888 §3.1).
public struct CongestionControlFeedback: Sendable {
    /// What is said of one packet.
    public struct Metric: Sendable, Hashable {
        /// Whose packet.
        public let ssrc: UInt32
        /// Its sequence number.
        public let sequenceNumber: UInt16
        /// How long before the feedback's time it arrived, in 1/1024 s, 0 to 8189; nil if it has
        /// not arrived, or if it is not known when.
        public let offset: UInt16?
        /// Whether it has arrived.
        public let isReceived: Bool
        /// The two bits of ECN (RFC 3168).
        public let ecn: UInt8
    }

    /// The time of the feedback, the middle 32 bits of an NTP time.
    public let timestamp: UInt32
    private var block: (ssrc: UInt32, next: UInt16, left: Int)?
    private var place: Int
    private let end: Int

    /// Begins with the first packet; nil if the feedback is another.
    ///
    /// The feedback has no source in its second word: blocks begin there (§3.1).
    public init?(_ feedback: Feedback, in compound: Span<UInt8>) {
        guard feedback.kind == .congestionControl, feedback.items.count >= 4 else { return nil }
        // The last word is the time.
        end = feedback.items.upperBound - 4
        timestamp = compound.uint32(at: end)
        place = feedback.items.lowerBound - 4
    }

    /// The next packet, or nil at the end, and where a block goes beyond it.
    public mutating func next(in compound: Span<UInt8>) -> Metric? {
        while true {
            guard let current = block else {
                guard place + 8 <= end else { return nil }
                let count = Int(compound.uint16(at: place + 6))
                block = (compound.uint32(at: place), compound.uint16(at: place + 4), count)
                place += 8
                // Two bytes each, padded to whole words.
                guard place + (2 * count + 3) / 4 * 4 <= end else {
                    (place, block) = (end, nil)
                    return nil
                }
                continue
            }
            guard current.left > 0 else {
                place += (place - end) & 2
                block = nil
                continue
            }
            let bits = compound.uint16(at: place)
            place += 2
            block = (current.ssrc, current.next &+ 1, current.left - 1)
            let isReceived = bits & 0x8000 != 0
            let offset = bits & 0x1FFF
            return Metric(
                ssrc: current.ssrc, sequenceNumber: current.next, offset: isReceived && offset < 0x1FFE ? offset : nil,
                isReceived: isReceived, ecn: UInt8(truncatingIfNeeded: bits >> 13 & 3))
        }
    }
}

extension CongestionControlFeedback {
    /// What is said of packets of one source that follow each other.
    public typealias Block = (ssrc: UInt32, first: UInt16, offsets: [(time: UInt16, ecn: UInt8)?])
}

extension RTCPWriter {
    /// Says when packets of sources have arrived.
    ///
    /// - Parameters:
    ///   - sender: who says it.
    ///   - timestamp: the time of the feedback, the middle 32 bits of an NTP time.
    ///   - blocks: for each source the first sequence number, and what is said of it and of each
    ///     one behind it: nil if it has not arrived, else how long before `timestamp` in 1/1024 s;
    ///     more than 8189 is told as that much or more. At most 16,384 in each (§3.1).
    public mutating func appendCongestionControl(
        from sender: UInt32, timestamp: UInt32, _ blocks: [CongestionControlFeedback.Block]
    ) {
        append(.transportFeedback, count: 11) { bytes in
            bytes.append(big: sender)
            for block in blocks {
                let offsets = block.offsets.prefix(16_384)
                bytes.append(big: block.ssrc)
                bytes.append(big: block.first)
                bytes.append(big: UInt16(truncatingIfNeeded: offsets.count))
                for offset in offsets {
                    let bits = offset.map { 0x8000 | UInt16($0.ecn & 3) << 13 | min($0.time, 0x1FFE) } ?? 0
                    bytes.append(big: bits)
                }
                if offsets.count % 2 != 0 { bytes.append(big: 0 as UInt16) }
            }
            bytes.append(big: timestamp)
        }
    }
}
