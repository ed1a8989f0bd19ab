/// AV1 in RTP (AOM, RTP Payload Format For AV1). A frame is one temporal unit in the low-overhead
/// format of the bitstream, each OBU with its size, as IVF and WebM hold it.
public struct AV1Format: RTPPayloadFormat {
    /// What has come so far of an OBU that goes on in the next packet.
    private var pending: [UInt8] = []

    /// There is nothing to choose.
    public init() {}

    public mutating func cut(
        _ frame: Span<UInt8>, maximumSize: Int, _ body: (PayloadPart) -> Void
    ) throws(RTPError) {
        let units = try OBU.all(in: frame).filter { !$0.isLeftOut }
        guard let last = units.last else {
            throw .truncated(field: "an AV1 temporal unit", needed: 2, available: frame.count)
        }
        // A new coded video sequence begins with its header (§4.4).
        let isNew = units.contains { $0.type == OBU.sequenceHeader }
        var packet = Packet(isNew: isNew, maximumSize: maximumSize)
        for unit in units {
            var rest = unit.content
            var isBeginning = true
            repeat {
                let head = isBeginning ? unit.headerSize : 0
                if packet.room < head + 1 + Packet.lengthSize { packet.finish(body) }
                var count = min(rest.count, packet.room - head)
                // A packet ends and the next one begins within a unit: some receivers take a unit
                // that begins with a packet for the first of its frame.
                let isWhole = count == rest.count
                if isWhole, unit != last, count > 0, packet.room - head - count < Packet.lengthSize + 4 { count -= 1 }
                let part = rest.lowerBound..<rest.lowerBound + count
                packet.append(unit, isBeginning ? unit.head : [], part, of: frame, isEnd: count == rest.count)
                rest = part.upperBound..<rest.upperBound
                isBeginning = false
                if !rest.isEmpty { packet.finish(body) }
            } while !rest.isEmpty
        }
        packet.finish(body, isLast: true)
    }

    /// A packet that is being filled.
    private struct Packet {
        /// The most that a length takes.
        static let lengthSize = 2

        private let isNew: Bool
        private let maximumSize: Int
        private var isFirst = true
        private var begins = true
        private var endsWhole = true
        /// The elements so far but for the last, each with its length.
        private var pieces: [UInt8] = []
        /// The last: its header, and where the rest of it is.
        private var last: (head: [UInt8], range: Range<Int>)?

        init(isNew: Bool, maximumSize: Int) {
            self.isNew = isNew
            self.maximumSize = maximumSize
        }

        /// Bytes that another element may have.
        var room: Int {
            let taken = last.map { $0.head.count + $0.range.count + 2 * Self.lengthSize } ?? 0
            return max(0, maximumSize - 1 - pieces.count - taken)
        }

        mutating func append(_ unit: OBU, _ head: [UInt8], _ part: Range<Int>, of frame: Span<UInt8>, isEnd: Bool) {
            if let last {
                OBU.append(number: last.head.count + last.range.count, to: &pieces)
                pieces += last.head
                pieces.append(frame.extracting(last.range))
            } else {
                begins = !head.isEmpty
            }
            last = (head, part)
            endsWhole = isEnd
        }

        mutating func finish(_ body: (PayloadPart) -> Void, isLast: Bool = false) {
            guard let last else { return }
            // Of one element W is 1, and it has no length; of several each has one (§4.3).
            let isAlone = pieces.isEmpty
            var prefix = PayloadPrefix(
                (begins ? 0 : 0x80) | (endsWhole ? 0 : 0x40) | (isAlone ? 0x10 : 0) | (isFirst && isNew ? 0x08 : 0))
            if isAlone {
                for byte in last.head { prefix.append(byte) }
            } else {
                OBU.append(number: last.head.count + last.range.count, to: &pieces)
                pieces += last.head
            }
            body(PayloadPart(prefix: prefix, pieces: pieces, range: last.range, isLast: isLast))
            pieces = []
            self.last = nil
            isFirst = false
        }
    }

    public func begins(_ payload: Span<UInt8>) -> Bool { payload.count > 1 && payload[0] & 0x80 == 0 }

    public func beginsKeyFrame(_ payload: Span<UInt8>) -> Bool { begins(payload) && payload[0] & 0x08 != 0 }

    public mutating func join(_ payload: Span<UInt8>, to frame: inout [UInt8]) throws(RTPError) {
        guard payload.count > 1 else {
            throw .truncated(field: "an AV1 payload", needed: 2, available: payload.count)
        }
        let flags = payload[0]
        if frame.isEmpty {
            pending = []
            frame += [OBU.temporalDelimiter << 3 | OBU.hasSize, 0]
        }
        guard flags & 0x80 == 0 || !pending.isEmpty else {
            throw .truncated(field: "the beginning of an OBU", needed: 1, available: 0)
        }
        if flags & 0x80 == 0 { pending = [] }
        let count = Int(flags >> 4 & 3)
        var (place, index) = (1, 0)
        while place < payload.count {
            index += 1
            let end: Int
            if index == count {
                end = payload.count
            } else {
                guard let (size, start) = OBU.number(in: payload, at: place), start + size <= payload.count else {
                    throw .truncated(field: "an OBU element", needed: place + 1, available: payload.count)
                }
                (place, end) = (start, start + size)
            }
            pending.append(payload.extracting(place..<end))
            place = end
            // The last one may go on in the next packet.
            if place < payload.count || flags & 0x40 == 0 { try finish(to: &frame) }
        }
    }

    /// Writes an OBU that is whole, with its size.
    private mutating func finish(to frame: inout [UInt8]) throws(RTPError) {
        defer { pending = [] }
        guard let header = pending.first else { return }
        let size = header & OBU.hasExtension != 0 ? 2 : 1
        guard pending.count >= size else {
            throw .truncated(field: "the header of an OBU", needed: size, available: pending.count)
        }
        guard header & OBU.hasSize == 0 else {
            // Allowed, though it should not be there (§4.3).
            frame += pending
            return
        }
        frame.append(header | OBU.hasSize)
        if size == 2 { frame.append(pending[1]) }
        OBU.append(number: pending.count - size, to: &frame)
        frame += pending[size...]
    }
}
