/// NAL units one behind the other, each behind a start code (ITU-T H.264 and H.265, Annex B).
public enum AnnexB {
    /// Where the units stand, without start codes and without zeros behind them; empty ones are
    /// left out.
    public static func units(in bytes: Span<UInt8>) -> [Range<Int>] {
        var units: [Range<Int>] = []
        var start: Int?
        var index = 0
        func end(at place: Int) {
            guard let begin = start else { return }
            var last = place
            while last > begin, bytes[last - 1] == 0 { last -= 1 }
            if last > begin { units.append(begin..<last) }
        }
        while index + 3 <= bytes.count {
            // A start code ends with the 1: where a byte is larger, none can end in the next two.
            if bytes[index + 2] > 1 {
                index += 3
            } else if bytes[index] == 0, bytes[index + 1] == 0, bytes[index + 2] == 1 {
                end(at: index)
                start = index + 3
                index += 3
            } else {
                index += 1
            }
        }
        end(at: bytes.count)
        return units
    }

    /// Units are not to be as small as that: each may become a packet. An access unit has some that
    /// are small, and not many.
    static func checkCount(of units: [Range<Int>], in frame: Span<UInt8>) throws(RTPError) {
        let limit = 256 + frame.count / 500
        guard units.count <= limit else {
            throw .outOfRange(field: "the number of units of an access unit", value: units.count, allowed: 1...limit)
        }
    }

    /// Goes through units in order: those that are small enough go together, as many as fit, and
    /// the others alone.
    ///
    /// - Parameters:
    ///   - units: of an access unit.
    ///   - maximum: bytes of an aggregate, without its header; 0 if there are to be none.
    ///   - together: given two or more at once.
    ///   - alone: given one.
    static func forEach(
        _ units: [Range<Int>], aggregating maximum: Int, together: (ArraySlice<Range<Int>>) -> Void,
        alone: (Range<Int>) -> Void
    ) {
        var rest = units[...]
        while let first = rest.first {
            let count = fitting(rest, in: maximum)
            if count > 1 { together(rest.prefix(count)) } else { alone(first) }
            rest = rest.dropFirst(max(1, count))
        }
    }

    /// How many of the first units fit into one aggregate of so many bytes, each with the two of
    /// its length; 0 or 1 if the first has to go alone.
    private static func fitting(_ units: ArraySlice<Range<Int>>, in maximum: Int) -> Int {
        var (count, size) = (0, 0)
        for unit in units {
            size += 2 + unit.count
            guard size <= maximum else { break }
            count += 1
        }
        return count
    }

    /// What carries several units at once: the last is the part of the frame, the others are
    /// copied.
    static func aggregate(
        _ units: ArraySlice<Range<Int>>, of frame: Span<UInt8>, behind prefix: PayloadPrefix, isLast: Bool
    ) -> PayloadPart {
        var pieces: [UInt8] = []
        var range = 0..<0
        for unit in units {
            pieces.append(contentsOf: frame.bytes(range))
            pieces.append(big: UInt16(truncatingIfNeeded: unit.count))
            range = unit
        }
        return PayloadPart(prefix: prefix, pieces: pieces, range: range, isLast: isLast)
    }

    /// Whether a unit of an aggregate has a first byte like that. It may end where it will.
    static func hasUnit(
        inAggregate payload: Span<UInt8>, from start: Int, where isWanted: (UInt8) -> Bool
    ) -> Bool {
        var place = start
        while place + 2 < payload.count {
            if isWanted(payload[place + 2]) { return true }
            place += 2 + Int(payload.uint16(at: place))
        }
        return false
    }

    /// Appends the units of an aggregate, each of which has two bytes of length in front of it
    /// (RFC 6184 §5.7.1, RFC 7798 §4.4.2).
    static func append(
        aggregate payload: Span<UInt8>, from start: Int, to frame: inout [UInt8]
    ) throws(RTPError) {
        var place = start
        repeat {
            guard place + 2 <= payload.count, payload.uint16(at: place) > 0,
                place + 2 + Int(payload.uint16(at: place)) <= payload.count
            else { throw .truncated(field: "an aggregate", needed: place + 3, available: payload.count) }
            let unit = place + 2..<place + 2 + Int(payload.uint16(at: place))
            appendStartCode(to: &frame)
            frame.append(payload.extracting(unit))
            place = unit.upperBound
        } while place < payload.count
    }

    /// Whether a payload begins with a start code, as it should not, and some write it.
    static func hasStartCode(_ payload: Span<UInt8>) -> Bool {
        guard payload.count > 4, payload[0] == 0, payload[1] == 0 else { return false }
        return payload[2] == 1 || payload[2] == 0 && payload[3] == 1
    }

    static func appendStartCode(to bytes: inout [UInt8]) { bytes += [0, 0, 0, 1] }
}
