import RTP
import TestSupport
import Testing

@Suite("A payload format")
struct PayloadFormatTests {
    /// Cuts a frame as for packets of so many bytes.
    private static func cut(_ frame: [UInt8], _ format: inout some RTPPayloadFormat, _ maximum: Int = 1200) throws -> [[UInt8]] {
        var payloads: [[UInt8]] = []
        var lasts = 0
        try format.cut(frame.span, maximumSize: maximum) { part in
            var payload: [UInt8] = []
            part.append(of: frame.span, to: &payload)
            payloads.append(payload)
            if part.isLast { lasts = payloads.count }
        }
        #expect(lasts == payloads.count, "the last is the last, and no other")
        return payloads
    }

    private static func join(_ payloads: [[UInt8]], _ format: inout some RTPPayloadFormat) throws -> [UInt8] {
        var frame: [UInt8] = []
        for payload in payloads { try format.join(payload.span, to: &frame) }
        return frame
    }

    private static func begins(_ payload: [UInt8], _ format: some RTPPayloadFormat) -> [Bool] {
        [format.begins(payload.span), format.beginsKeyFrame(payload.span)]
    }

    private static func pattern(_ count: Int) -> [UInt8] { (0..<count).map { UInt8(truncatingIfNeeded: $0 * 7 + 1) } }

    @Test("VP8: a frame is cut into parts of one size, and is the same again", arguments: [nil, 0x7FFF as UInt16?])
    func vp8(pictureID: UInt16?) throws {
        for count in [1, 2, 1195, 1196, 1199, 1200, 1201, 50_000] {
            var format = VP8Format(pictureID: pictureID)
            let frame = Self.pattern(count)
            let payloads = try Self.cut(frame, &format)
            #expect(payloads.allSatisfy { $0.count <= 1200 })
            #expect(Set(payloads.dropLast().map(\.count)).count <= 1 && payloads.last!.count <= payloads[0].count)
            #expect(try Self.join(payloads, &format) == frame)
            #expect(Self.begins(payloads[0], format) == [true, false])
            #expect(payloads.dropFirst().allSatisfy { Self.begins($0, format) == [false, false] })
            #expect(format.pictureID == pictureID.map { _ in 0 }, "15 bits begin anew")
        }
        #expect(Self.begins([0x10, 0x10], VP8Format()) == [true, true], "the flag of a key frame is 0")
    }

    @Test("VP8: the descriptor of RFC 7741 §4.2 is read whatever it has")
    func vp8Descriptor() throws {
        let payload: [UInt8] = [0xB3, 0xF0, 0x81, 0x23, 9, 0xA5, 0xFF]
        let descriptor = try VP8Format.Descriptor(payload.span)
        #expect(descriptor.size == 6 && descriptor.isUnreferenced && descriptor.isPartitionStart)
        #expect(descriptor.partition == 3 && descriptor.pictureID == 0x123 && descriptor.baseLayerIndex == 9)
        #expect(descriptor.temporalLayer == 2 && descriptor.isLayerSync)
        for count in 0..<payload.count - 1 {
            #expect(throws: RTPError.self) { try VP8Format.Descriptor(Array(payload.prefix(count)).span) }
        }
    }

    @Test("H.264: units are cut where they are too long, and are the same again")
    func h264() throws {
        var random = SeededGenerator(seed: 8)
        for _ in 0..<200 {
            let units: [[UInt8]] = (0..<Int.random(in: 1...6, using: &random)).map { _ -> [UInt8] in
                // No zeros, which could look like a start code.
                [0x65] + Self.pattern(Int.random(in: 0...5000, using: &random)).map { $0 | 1 }
            }
            let frame = units.flatMap { [0, 0, 0, 1] + $0 }
            var format = H264Format()
            let payloads = try Self.cut(frame, &format)
            #expect(payloads.allSatisfy { $0.count <= 1200 })
            #expect(try Self.join(payloads, &format) == frame)
            #expect(Self.begins(payloads[0], format) == [true, true])
            var single = H264Format(mode: .singleUnit)
            #expect(try Self.cut(frame, &single) == units)
        }
    }

    @Test("H.264: a STAP-A is taken apart, and one that goes beyond the packet is refused")
    func aggregate() throws {
        var format = H264Format()
        let payload: [UInt8] = [0x78, 0, 2, 0x67, 1, 0, 1, 0x68, 0, 3, 0x65, 2, 3]
        #expect(Self.begins(payload, format) == [true, true])
        let frame = try Self.join([payload], &format)
        #expect(frame == [0, 0, 0, 1, 0x67, 1, 0, 0, 0, 1, 0x68, 0, 0, 0, 1, 0x65, 2, 3])
        for count in [0, 2, 3, 4, 6, 7, 9, 11, 12] {
            #expect(throws: RTPError.self) { try Self.join([Array(payload.prefix(count))], &format) }
        }
        #expect(throws: RTPError.self) { try Self.join([[0x7C, 0x05, 1]], &format) }
        #expect(throws: RTPError.self) { try Self.join([[0x7D, 0x85, 1]], &format) }
    }

    @Test("units are found behind start codes of either length, and zeros behind them are none of theirs")
    func annexB() {
        let bytes: [UInt8] = [0, 0, 1, 7, 0, 0, 0, 1, 8, 0, 1, 0, 0, 0, 0, 1, 0, 0, 1, 9, 0, 0]
        let units = AnnexB.units(in: bytes.span).map { Array(bytes[$0]) }
        #expect(units == [[7], [8, 0, 1], [9]])
        let none: [UInt8] = [1, 2, 3]
        #expect(AnnexB.units(in: none.span).isEmpty)
    }

    @Test("Opus: a packet says how long it is (RFC 6716 §3.1)")
    func opus() throws {
        var format = OpusFormat()
        let packet = Self.pattern(200)
        #expect(try Self.cut(packet, &format) == [packet])
        #expect(throws: RTPError.self) { try Self.cut(Self.pattern(1201), &format) }
        for (bytes, samples) in [
            ([0x00], 480), ([0x18], 2880), ([0x08 | 1], 1920), ([0x63], nil), ([0x63, 2], 960), ([0xF8], 960),
            ([0x80], 120), ([0x1B, 3], nil), ([0x1B, 2], 5760), ([], nil), ([0x03, 0], nil),
        ] as [([UInt8], Int?)] {
            #expect(OpusFormat.sampleCount(of: bytes.span) == samples, "\(bytes)")
        }
    }

    @Test("any payload is joined or refused")
    func anything() {
        var random = SeededGenerator(seed: 9)
        var (vp8, h264) = (VP8Format(), H264Format())
        for _ in 0..<20_000 {
            let payload = (0..<Int.random(in: 0...40, using: &random)).map { _ in UInt8.random(in: 0...255, using: &random) }
            var frame: [UInt8] = []
            try? vp8.join(payload.span, to: &frame)
            try? h264.join(payload.span, to: &frame)
            _ = (Self.begins(payload, vp8), Self.begins(payload, h264))
        }
    }
}
