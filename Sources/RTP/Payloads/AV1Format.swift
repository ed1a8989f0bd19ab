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
        var isFirst = true
        for unit in units {
            // The first part has the header as well, behind the format's own byte.
            let room = maximumSize - 1 - unit.headerSize
            for range in evenParts(of: unit.content, maximum: room) {
                let isBeginning = range.lowerBound == unit.content.lowerBound
                let isEnd = range.upperBound == unit.content.upperBound
                // One element, without a length: W is 1.
                var prefix = PayloadPrefix(
                    (isBeginning ? 0 : 0x80) | (isEnd ? 0 : 0x40) | 0x10 | (isFirst && isNew ? 0x08 : 0))
                if isBeginning {
                    prefix.append(unit.header & ~OBU.hasSize)
                    if let more = unit.extension { prefix.append(more) }
                }
                body(PayloadPart(prefix: prefix, range: range, isLast: isEnd && unit == last))
                isFirst = false
            }
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
