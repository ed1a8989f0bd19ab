/// A Block or SimpleBlock (RFC 9559 §10): frames of one track, put together or not.
struct MatroskaBlock {
    let trackNumber: UInt64
    /// In units of the segment, from the cluster's.
    let time: Int16
    let flags: UInt8
    /// Where the frames stand.
    private(set) var frames: [Range<Int>] = []

    /// Nil if it is none, or a length goes beyond it.
    init?(_ bytes: [UInt8], _ range: Range<Int>) {
        guard let number = EBMLElements.number(in: bytes, at: range.lowerBound, end: range.upperBound),
            range.lowerBound + number.width + 3 <= range.upperBound
        else { return nil }
        trackNumber = number.value
        var place = range.lowerBound + number.width
        time = Int16(truncatingIfNeeded: bytes.big(at: place, count: 2))
        flags = bytes[place + 2]
        place += 3
        let lacing = flags >> 1 & 3
        guard lacing != 0 else {
            frames = [place..<range.upperBound]
            return
        }
        guard place < range.upperBound else { return nil }
        let count = Int(bytes[place]) + 1
        place += 1
        let sizes: [Int]?
        switch lacing {
        case 1: sizes = Self.xiphSizes(bytes, &place, range.upperBound, count: count - 1)
        case 3: sizes = Self.ebmlSizes(bytes, &place, range.upperBound, count: count - 1)
        default:
            guard (range.upperBound - place) % count == 0 else { return nil }
            sizes = Array(repeating: (range.upperBound - place) / count, count: count - 1)
        }
        guard let sizes else { return nil }
        for size in sizes {
            guard size >= 0, size <= range.upperBound - place else { return nil }
            frames.append(place..<place + size)
            place += size
        }
        frames.append(place..<range.upperBound)
    }

    /// Each a sum of bytes that ends with one below 255 (§10.3.2).
    private static func xiphSizes(_ bytes: [UInt8], _ place: inout Int, _ end: Int, count: Int) -> [Int]? {
        var sizes: [Int] = []
        for _ in 0..<count {
            var size = 0
            while true {
                guard place < end else { return nil }
                let byte = bytes[place]
                place += 1
                size += Int(byte)
                if byte < 255 { break }
            }
            sizes.append(size)
        }
        return sizes
    }

    /// The first as it is, others by what they are more than the one before (§10.3.3).
    private static func ebmlSizes(_ bytes: [UInt8], _ place: inout Int, _ end: Int, count: Int) -> [Int]? {
        var sizes: [Int] = []
        for _ in 0..<count {
            guard let number = EBMLElements.number(in: bytes, at: place, end: end), number.value < 1 << 56 else {
                return nil
            }
            place += number.width
            let value = Int(number.value)
            guard let last = sizes.last else {
                sizes.append(value)
                continue
            }
            let size = last + value - (1 << (7 * number.width - 1) - 1)
            guard (0...end).contains(size) else { return nil }
            sizes.append(size)
        }
        return sizes
    }
}
