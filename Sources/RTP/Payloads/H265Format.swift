/// H.265 in RTP (RFC 7798), without decoding order numbers. A frame is one access unit as Annex B
/// of the standard writes it.
public struct H265Format: RTPPayloadFormat {
    private var isInsideUnit = false

    /// There is nothing to choose.
    public init() {}

    public mutating func cut(
        _ frame: Span<UInt8>, maximumSize: Int, _ body: (PayloadPart) -> Void
    ) throws(RTPError) {
        // A unit without its two bytes of header is none (§1.1.4).
        let units = AnnexB.units(in: frame).filter { $0.count > 1 }
        guard let last = units.last else {
            throw .truncated(field: "an H.265 access unit", needed: 6, available: frame.count)
        }
        try AnnexB.checkCount(of: units, in: frame)
        for unit in units {
            // The others mean something else in RTP (§4.4).
            let type = Self.type(frame[unit.lowerBound])
            guard type < UnitType.aggregate else {
                throw .outOfRange(field: "the type of an H.265 unit", value: Int(type), allowed: 0...47)
            }
        }
        AnnexB.forEach(
            units, aggregating: maximumSize - 2, together: { body(aggregate($0, of: frame, last)) }
        ) { unit in
            let isLastUnit = unit == last
            if unit.count <= maximumSize {
                body(PayloadPart(prefix: PayloadPrefix(), range: unit, isLast: isLastUnit))
                return
            }
            // The type of the unit goes into the third byte (§4.4.3).
            let (first, second) = (frame[unit.lowerBound], frame[unit.lowerBound + 1])
            let rest = unit.lowerBound + 2..<unit.upperBound
            for range in evenParts(of: rest, maximum: maximumSize - 3) {
                let start: UInt8 = range.lowerBound == rest.lowerBound ? 0x80 : 0
                let end: UInt8 = range.upperBound == rest.upperBound ? 0x40 : 0
                let prefix = PayloadPrefix(
                    first & 0x81 | UnitType.fragment << 1, second, start | end | Self.type(first))
                body(PayloadPart(prefix: prefix, range: range, isLast: isLastUnit && end != 0))
            }
        }
    }

    /// An aggregation packet: its header has the lowest layer and the lowest TID of its units
    /// (§4.4.2).
    private func aggregate(_ units: ArraySlice<Range<Int>>, of frame: Span<UInt8>, _ last: Range<Int>) -> PayloadPart {
        let headers = units.map { UInt16(frame[$0.lowerBound]) << 8 | UInt16(frame[$0.lowerBound + 1]) }
        let header =
            headers.reduce(0) { $0 | $1 & 0x8000 } | UInt16(UnitType.aggregate) << 9
            | (headers.map { $0 & 0x01F8 }.min() ?? 0) | (headers.map { $0 & 0x0007 }.min() ?? 0)
        let prefix = PayloadPrefix(UInt8(truncatingIfNeeded: header >> 8), UInt8(truncatingIfNeeded: header))
        return AnnexB.aggregate(units, of: frame, behind: prefix, isLast: units.last == last)
    }

    public func begins(_ payload: Span<UInt8>) -> Bool {
        guard payload.count > 2 else { return payload.count == 2 }
        return Self.type(payload[0]) != UnitType.fragment || payload[2] & 0x80 != 0
    }

    public func beginsKeyFrame(_ payload: Span<UInt8>) -> Bool {
        guard payload.count > 2 else { return false }
        switch Self.type(payload[0]) {
        case UnitType.fragment:
            return payload.count > 3 && payload[2] & 0x80 != 0
                && Self.opensKeyFrame(payload[2] & 0x3F, slice: payload[3])
        case UnitType.aggregate:
            return AnnexB.hasUnit(inAggregate: payload, from: 2) { Self.opensKeyFrame(Self.type($0), slice: 0x80) }
        case let type: return Self.opensKeyFrame(type, slice: payload[2])
        }
    }

    public mutating func join(_ payload: Span<UInt8>, to frame: inout [UInt8]) throws(RTPError) {
        guard payload.count > 2 else {
            throw .truncated(field: "an H.265 payload", needed: 3, available: payload.count)
        }
        if frame.isEmpty { isInsideUnit = false }
        switch Self.type(payload[0]) {
        case UnitType.aggregate:
            try AnnexB.append(aggregate: payload, from: 2, to: &frame)
        case UnitType.fragment:
            guard payload.count > 3 else {
                throw .truncated(field: "a fragmentation unit", needed: 4, available: payload.count)
            }
            if payload[2] & 0x80 != 0 {
                AnnexB.appendStartCode(to: &frame)
                frame.append(payload[0] & 0x81 | (payload[2] & 0x3F) << 1)
                frame.append(payload[1])
            } else if !isInsideUnit {
                throw .truncated(field: "the beginning of a fragmentation unit", needed: 1, available: 0)
            }
            isInsideUnit = payload[2] & 0x40 == 0
            frame.append(payload.extracting(3...))
        case 0..<UnitType.aggregate:
            AnnexB.appendStartCode(to: &frame)
            frame.append(payload)
        case let type: throw .outOfRange(field: "the type of an H.265 payload", value: Int(type), allowed: 0...49)
        }
    }

    /// Types that this format gives a meaning (§4.4).
    private enum UnitType {
        static let aggregate: UInt8 = 48
        static let fragment: UInt8 = 49
    }

    private static func type(_ byte: UInt8) -> UInt8 { byte >> 1 & 0x3F }

    /// The first part of a picture at which decoding can begin, as its first bit says (H.265
    /// §7.3.6.1), or the parameters in front of it.
    private static func opensKeyFrame(_ type: UInt8, slice: UInt8) -> Bool {
        (16...21).contains(type) && slice & 0x80 != 0 || (32...34).contains(type)
    }
}
