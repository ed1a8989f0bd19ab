/// What stands in a record for a decoder of H.264 or H.265 (ISO/IEC 14496-15 §5.3.3.1, §8.3.3.1).
struct DecoderRecord: Sendable, Hashable {
    /// How many units a record may have: what ``TrackDescription`` writes at most, and far more
    /// than encoders make. They stand in front of each key frame that is read.
    static let maximumCount = 96
    /// How many bytes they may have, with their start codes.
    static let maximumSize = 16 << 10
    /// The bytes of the length in front of each unit, 1 to 4.
    let lengthSize: Int
    /// The parameter sets, each with a start code.
    private(set) var parameterSets: [UInt8] = []
    private let codec: MediaFileCodec
    private var count = 0

    /// Nil if it is none, as where frames have start codes themselves.
    ///
    /// - Throws: ``MediaFileError/outOfRange(field:value:allowed:)`` for one with more or larger
    ///   units than any decoder needs.
    init?(_ record: [UInt8], codec: MediaFileCodec) throws(MediaFileError) {
        self.codec = codec
        let headSize = codec == .h264 ? 5 : 22
        guard record.count > headSize + 1, record[0] == 1 else { return nil }
        lengthSize = Int(record[headSize - 1] & 3) + 1
        var place = headSize
        func unit() -> ArraySlice<UInt8>? {
            guard place + 2 <= record.count else { return nil }
            let size = Int(record.big(at: place, count: 2))
            place += 2
            guard size <= record.count - place else { return nil }
            defer { place += size }
            return record[place..<place + size]
        }
        if codec == .h264 {
            for mask in [0x1F, 0xFF] as [UInt8] {
                guard place < record.count else { return nil }
                let count = record[place] & mask
                place += 1
                for _ in 0..<count {
                    guard let unit = unit() else { return nil }
                    try add(unit)
                }
            }
            return
        }
        let arrays = record[place]
        place += 1
        for _ in 0..<arrays {
            guard place + 3 <= record.count else { return nil }
            let count = record.big(at: place + 1, count: 2)
            place += 3
            for _ in 0..<count {
                guard let unit = unit() else { return nil }
                try add(unit)
            }
        }
    }

    private mutating func add(_ unit: ArraySlice<UInt8>) throws(MediaFileError) {
        count += 1
        guard count <= Self.maximumCount else {
            throw .outOfRange(field: "the units of a decoder's record", value: count, allowed: 0...Self.maximumCount)
        }
        parameterSets += [0, 0, 0, 1] + unit
        guard parameterSets.count <= Self.maximumSize else {
            throw .outOfRange(
                field: "the bytes of units of a decoder's record", value: parameterSets.count,
                allowed: 0...Self.maximumSize)
        }
    }

    /// A sample with start codes in place of lengths. What goes beyond the sample is left out.
    ///
    /// - Parameters:
    ///   - sample: units with a length in front of each.
    ///   - isKeyFrame: whether it gets the parameter sets, unless it has its own.
    func accessUnit(of sample: ArraySlice<UInt8>, isKeyFrame: Bool) -> [UInt8] {
        var (frame, hasSets) = ([UInt8](), false)
        frame.reserveCapacity(sample.count + (isKeyFrame ? parameterSets.count : 0) + 16)
        if isKeyFrame { frame += parameterSets }
        let setsSize = frame.count
        var place = sample.startIndex
        while place + lengthSize < sample.endIndex {
            let size = sample[place..<place + lengthSize].reduce(0) { $0 << 8 | Int($1) }
            place += lengthSize
            guard size > 0, size <= sample.endIndex - place else { break }
            let type = codec == .h264 ? sample[place] & 0x1F : sample[place] >> 1 & 0x3F
            hasSets = hasSets || type == (codec == .h264 ? 7 : 33)
            frame += [0, 0, 0, 1]
            frame += sample[place..<place + size]
            place += size
        }
        guard frame.count > setsSize else { return [] }
        if hasSets { frame.removeFirst(setsSize) }
        return frame
    }
}
