/// The parameter sets of H.264 and H.265 that were seen last, by kind and number.
struct ParameterSets: Sendable, Hashable {
    /// At most so many of a kind are kept: a record of H.264 has five bits for the number of SPS
    /// (ISO/IEC 14496-15 §5.3.3.1.2), and who uses more than a few changes the format.
    private static let maximumCount = 31
    /// Of a frame, no more are looked at: a peer may send any number of them.
    private static let maximumPerFrame = 64

    /// Those of one kind, in the order in which they first came, each with its number.
    private struct Kind: Sendable, Hashable {
        var sets: [[UInt8]] = []
        var numbers: [Int] = []
    }

    private var (videos, sequences, pictures) = (Kind(), Kind(), Kind())
    /// VPS before SPS before PPS, in the order in which they first came.
    var video: [[UInt8]] { videos.sets }
    var sequence: [[UInt8]] { sequences.sets }
    var picture: [[UInt8]] { pictures.sets }

    var all: [[UInt8]] { video + sequence + picture }
    func isComplete(for codec: MediaFileCodec) -> Bool {
        !sequence.isEmpty && !picture.isEmpty && (codec == .h264 || !video.isEmpty)
    }

    func has(_ set: ArraySlice<UInt8>) -> Bool {
        [video, sequence, picture].contains { $0.contains { $0[...] == set } }
    }

    /// Notes those that an access unit has.
    ///
    /// - Returns: whether it has one of a sequence.
    @discardableResult
    mutating func note(_ units: [Range<Int>], in bytes: [UInt8], codec: MediaFileCodec) -> Bool {
        var (hasSequence, count) = (false, 0)
        for unit in units where count < Self.maximumPerFrame {
            count += 1
            let type = codec == .h264 ? bytes[unit.lowerBound] & 0x1F : bytes[unit.lowerBound] >> 1 & 0x3F
            switch (codec, type) {
            case (.h264, 7), (.h265, 33):
                hasSequence = true
                Self.keep(Array(bytes[unit]), in: &sequences, codec)
            case (.h264, 8), (.h265, 34): Self.keep(Array(bytes[unit]), in: &pictures, codec)
            case (.h265, 32): Self.keep(Array(bytes[unit]), in: &videos, codec)
            default: count -= 1
            }
        }
        return hasSequence
    }

    /// One takes the place of another with its number.
    private static func keep(_ set: [UInt8], in kind: inout Kind, _ codec: MediaFileCodec) {
        // A record has two bytes for the length.
        if kind.sets.contains(set) || set.count > 0xFFFF { return }
        let number = number(of: set, codec)
        if let place = kind.numbers.firstIndex(of: number) {
            kind.sets[place] = set
        } else if kind.sets.count < maximumCount {
            kind.sets.append(set)
            kind.numbers.append(number)
        }
    }

    /// Which of its kind it is (H.264 §7.4.2, H.265 §7.4.3).
    private static func number(of set: [UInt8], _ codec: MediaFileCodec) -> Int {
        let head = NALUnits.withoutEmulationPrevention(Array(set.prefix(128)))
        guard codec == .h265 else {
            var reader = BitReader(head, from: set.first.map { $0 & 0x1F } == 7 ? 4 : 1)
            return reader.unsigned()
        }
        switch (set.first ?? 0) >> 1 & 0x3F {
        case 32: return Int(set.dropFirst(2).first ?? 0) >> 4
        case 33:
            var reader = BitReader(head, from: 2)
            reader.skip(4)
            let sublayers = reader.bits(3)
            reader.skip(1 + 96)
            let flags = (0..<sublayers).map { _ in (reader.bit(), reader.bit()) }
            if sublayers > 0 { reader.skip(2 * (8 - sublayers)) }
            for (hasProfile, hasLevel) in flags { reader.skip((hasProfile ? 88 : 0) + (hasLevel ? 8 : 0)) }
            return reader.unsigned()
        default:
            var reader = BitReader(head, from: 2)
            return reader.unsigned()
        }
    }
}
