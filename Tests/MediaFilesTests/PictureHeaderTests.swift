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
}
