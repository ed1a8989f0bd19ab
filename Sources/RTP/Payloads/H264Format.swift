/// H.264 in RTP, packetization modes 0 and 1 (RFC 6184). A frame is one access unit as Annex B of
/// the standard writes it: each NAL unit behind a start code of three or four bytes.
public struct H264Format: RTPPayloadFormat {
    /// Whether units may be cut (FU-A) and put together (STAP-A).
    public let mode: PacketizationMode
    private var isInsideUnit = false

    /// `packetization-mode` (RFC 6184 §6.2, §6.3).
    public enum PacketizationMode: Int, Sendable, Hashable {
        /// A packet for each unit, however long.
        case singleUnit = 0
        /// Units are cut where they are longer than a packet may be.
        case nonInterleaved = 1
    }

    /// What was negotiated.
    public init(mode: PacketizationMode = .nonInterleaved) { self.mode = mode }

    public mutating func cut(
        _ frame: Span<UInt8>, maximumSize: Int, _ body: (PayloadPart) -> Void
    ) throws(RTPError) {
        let units = AnnexB.units(in: frame)
        guard let last = units.last else {
            throw .truncated(field: "an H.264 access unit", needed: 5, available: frame.count)
        }
        try AnnexB.checkCount(of: units, in: frame)
        for unit in units {
            // The others mean something else in RTP, or nothing (§5.2).
            let type = frame[unit.lowerBound] & 0x1F
            guard (1...23).contains(type) else {
                throw .outOfRange(field: "the type of an H.264 unit", value: Int(type), allowed: 1...23)
            }
        }
        AnnexB.forEach(
            units, aggregating: mode == .singleUnit ? 0 : maximumSize - 1,
            together: { body(aggregate($0, of: frame, last)) }
        ) { unit in
            let isLastUnit = unit == last
            if unit.count <= maximumSize || mode == .singleUnit {
                body(PayloadPart(prefix: PayloadPrefix(), range: unit, isLast: isLastUnit))
                return
            }
            // FU-A: the unit's first byte goes into the two that stand in front of each part
            // (§5.8).
            let header = frame[unit.lowerBound]
            let rest = unit.lowerBound + 1..<unit.upperBound
            for range in evenParts(of: rest, maximum: maximumSize - 2) {
                let start: UInt8 = range.lowerBound == rest.lowerBound ? 0x80 : 0
                let end: UInt8 = range.upperBound == rest.upperBound ? 0x40 : 0
                let prefix = PayloadPrefix(header & 0xE0 | UnitType.fragment, start | end | header & 0x1F)
                body(PayloadPart(prefix: prefix, range: range, isLast: isLastUnit && end != 0))
            }
        }
    }

    /// STAP-A: its first byte has the highest importance of its units (§5.7.1).
    private func aggregate(_ units: ArraySlice<Range<Int>>, of frame: Span<UInt8>, _ last: Range<Int>) -> PayloadPart {
        let headers = units.map { frame[$0.lowerBound] }
        let header = headers.reduce(0) { $0 | $1 & 0x80 } | (headers.map { $0 & 0x60 }.max() ?? 0) | UnitType.aggregate
        return AnnexB.aggregate(units, of: frame, behind: PayloadPrefix(header), isLast: units.last == last)
    }

    public func begins(_ payload: Span<UInt8>) -> Bool {
        guard payload.count > 1 else { return payload.count == 1 }
        return payload[0] & 0x1F != UnitType.fragment || payload[1] & 0x80 != 0
    }

    public func beginsKeyFrame(_ payload: Span<UInt8>) -> Bool {
        guard !payload.isEmpty else { return false }
        switch payload[0] & 0x1F {
        case UnitType.fragment:
            return payload.count > 2 && payload[1] & 0x80 != 0
                && Self.opensKeyFrame(payload[1] & 0x1F, slice: payload[2])
        case UnitType.aggregate:
            return AnnexB.hasUnit(inAggregate: payload, from: 1) { Self.opensKeyFrame($0 & 0x1F, slice: 0x80) }
        case 0, UnitType.enhancement, UnitType.delimiter:
            // Some write more units behind it, with start codes.
            return AnnexB.units(in: payload).contains {
                $0.count > 1 && Self.opensKeyFrame(payload[$0.lowerBound] & 0x1F, slice: payload[$0.lowerBound + 1])
            }
        case let type: return payload.count > 1 && Self.opensKeyFrame(type, slice: payload[1])
        }
    }

    public mutating func join(_ payload: Span<UInt8>, to frame: inout [UInt8]) throws(RTPError) {
        guard !payload.isEmpty else { throw .truncated(field: "an H.264 payload", needed: 1, available: 0) }
        if frame.isEmpty { isInsideUnit = false }
        switch payload[0] & 0x1F {
        case UnitType.aggregate:
            try AnnexB.append(aggregate: payload, from: 1, to: &frame)
        case UnitType.fragment:
            guard payload.count > 2 else {
                throw .truncated(field: "an FU-A", needed: 3, available: payload.count)
            }
            if payload[1] & 0x80 != 0 {
                AnnexB.appendStartCode(to: &frame)
                frame.append(payload[0] & 0xE0 | payload[1] & 0x1F)
            } else if !isInsideUnit {
                throw .truncated(field: "the beginning of an FU-A", needed: 1, available: 0)
            }
            isInsideUnit = payload[1] & 0x40 == 0
            frame.append(payload.extracting(2...))
        case 1...23:
            AnnexB.appendStartCode(to: &frame)
            frame.append(payload)
        case 0 where AnnexB.hasStartCode(payload): frame.append(payload)
        case let type: throw .outOfRange(field: "the type of an H.264 payload", value: Int(type), allowed: 1...28)
        }
    }

    /// Types of units; the first two are those that this format gives a meaning (§5.2).
    private enum UnitType {
        static let aggregate: UInt8 = 24
        static let fragment: UInt8 = 28
        /// Of the standard (H.264 §7.4.1): what may stand in front of a picture.
        static let enhancement: UInt8 = 6
        static let delimiter: UInt8 = 9
    }

    /// The first slice of an IDR picture, which begins with the bit of `first_mb_in_slice` 0
    /// (H.264 §7.3.3), or the parameters in front of it.
    private static func opensKeyFrame(_ type: UInt8, slice: UInt8) -> Bool {
        type == 5 && slice & 0x80 != 0 || type == 7
    }
}
