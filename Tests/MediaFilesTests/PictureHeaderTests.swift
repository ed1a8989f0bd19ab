import TestSupport
import Testing

@testable import MediaFiles

@Suite("Headers of pictures without a referee")
struct PictureHeaderTests {
    static let sequenceSet: [UInt8] = [0x67, 0x42, 0xC0, 0x0A, 0xF5, 0xE0, 0x80]

    private static func stream(_ units: [[UInt8]]) -> [UInt8] { units.flatMap { [0, 0, 0, 1] + $0 } }

    private static func sets(_ units: [[UInt8]]) -> ParameterSets {
        var sets = ParameterSets()
        let bytes = stream(units)
        sets.note(NALUnits.ranges(in: bytes), in: bytes, codec: .h264)
        return sets
    }

    @Test("a parameter set takes the place of the one with its number")
    func numbers() {
        var other = Self.sequenceSet
        other[3] = 0x0B
        let sets = Self.sets([Self.sequenceSet, [0x68, 0xCE, 0x80], [0x68, 0x5E, 0x80], other, [0x68, 0x5E, 0xC0]])
        #expect(sets.sequence == [other] && sets.picture == [[0x68, 0xCE, 0x80], [0x68, 0x5E, 0xC0]])
    }

    @Test("no more than 64 parameter sets of a frame are looked at, and other units do not count")
    func count() {
        let others = (0..<100).map { _ in [UInt8]([0x06, 5, 1, 0x80]) }
        let pictures = (0..<64).map { _ in [UInt8]([0x68, 0xCE, 0x80]) }
        #expect(Self.sets(others + pictures.dropLast() + [Self.sequenceSet]).sequence.count == 1)
        #expect(Self.sets(pictures + [Self.sequenceSet]).sequence.isEmpty)
    }

    @Test("as many SPS of H.264 are kept as a record can count")
    func sequenceCount() {
        // Their numbers, 0 to 39, as ue(v).
        let units = (0..<40).map { number -> [UInt8] in
            let code = UInt16(number + 1)
            let zeros = UInt16(15 - code.leadingZeroBitCount)
            let bits = code << (15 - 2 * zeros)
            return [0x67, 0x42, 0xC0, 0x0A, UInt8(bits >> 8), UInt8(bits & 0xFF), 0x80]
        }
        #expect(Self.sets(units).sequence.count == 31)
    }

    /// An HEVCDecoderConfigurationRecord with so many units of so many bytes.
    private static func record(count: Int, size: Int) -> [UInt8] {
        let head: [UInt8] = [1] + [UInt8](repeating: 0, count: 20) + [3, 1, 33, UInt8(count >> 8), UInt8(count & 0xFF)]
        let unit = [UInt8(size >> 8), UInt8(size & 0xFF), 0x42, 1] + [UInt8](repeating: 1, count: size - 2)
        return head + (0..<count).flatMap { _ in unit }
    }

    /// The beginning of a file with one track.
    private static func file(record: [UInt8]) -> [UInt8] {
        func element(_ id: [UInt8], _ content: [UInt8]) -> [UInt8] {
            let size = content.count
            return id + [0x10, UInt8(size >> 16), UInt8(size >> 8 & 0xFF), UInt8(size & 0xFF)] + content
        }
        let track =
            element([0xD7], [1]) + element([0x86], Array("V_MPEGH/ISO/HEVC".utf8)) + element([0x63, 0xA2], record)
        return element([0x1A, 0x45, 0xDF, 0xA3], element([0x42, 0x82], Array("matroska".utf8)))
            + [0x18, 0x53, 0x80, 0x67, 0x01, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF]
            + element([0x16, 0x54, 0xAE, 0x6B], element([0xAE], track))
    }

    @Test(
        "a record with more units than any decoder needs is refused, as they stand in front of each key frame",
        arguments: [(96, 20, true), (97, 20, false), (16_000, 2, false), (3, 6000, false)])
    func record(count: Int, size: Int, isRead: Bool) {
        var reader = MatroskaReader()
        let error = reader.frames(of: Self.file(record: Self.record(count: count, size: size))).error
        #expect((error == nil) == isRead)
        if isRead {
            #expect(reader.tracks.first?.record?.parameterSets.count == count * (size + 4))
        } else {
            guard case .outOfRange = error else { return #expect(Bool(false), "\(String(describing: error))") }
        }
    }

    /// 16x16, of which a superframe has a second layer of 32x32 that is no key frame.
    private static let vp9: [UInt8] = [0x82, 0x49, 0x83, 0x42, 0x20, 0, 0xF0, 0, 0xF0]
    private static let layer: [UInt8] = [0x87, 0xFF, 0, 0, 0, 0x3E, 0, 0x3E]

    @Test("the size of a picture of VP9 with layers is that of the largest")
    func layers() {
        #expect(PictureSize(keyFrame: Self.vp9, codec: .vp9) == PictureSize(width: 16, height: 16))
        let whole = Self.vp9 + Self.layer + [0xC1, 9, 8, 0xC1]
        #expect(PictureSize(keyFrame: whole, codec: .vp9) == PictureSize(width: 32, height: 32))
        let reversed = Self.vp9 + Self.vp9 + Self.layer + [0xD2, 9, 0, 0, 9, 0, 0, 8, 0, 0, 0xD2]
        #expect(PictureSize(keyFrame: reversed, codec: .vp9) == PictureSize(width: 32, height: 32))
        // An index that does not fit is none.
        let wrong = Self.vp9 + Self.layer + [0xC1, 9, 200, 0xC1]
        #expect(PictureSize(keyFrame: wrong, codec: .vp9) == PictureSize(width: 16, height: 16))
    }

    @Test("random superframes are read or not, from a seed", arguments: 0..<20)
    func random(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        for _ in 0..<500 {
            var bytes = Self.vp9 + Self.layer + [0xC1, 9, 8, 0xC1]
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                bytes[Int.random(in: 0..<bytes.count, using: &random)] = .random(in: 0...255, using: &random)
            }
            _ = PictureSize(keyFrame: Array(bytes.suffix(Int.random(in: 0...bytes.count, using: &random))), codec: .vp9)
        }
    }
}
