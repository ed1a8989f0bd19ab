import RTP
import TestSupport
import Testing

@Suite("A payload format")
struct PayloadFormatTests {
    /// Cuts a frame as for packets of so many bytes.
    private static func cut(
        _ frame: [UInt8], _ format: inout some RTPPayloadFormat, _ maximum: Int = 1200
    ) throws -> [[UInt8]] {
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
            #expect(
                Set(payloads.dropLast().map(\.count)).count <= 1
                    && payloads[payloads.count - 1].count <= payloads[0].count)
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
            var (units, frame): ([[UInt8]], [UInt8]) = ([], [])
            for _ in 0..<Int.random(in: 1...6, using: &random) {
                // No zeros, which could look like a start code.
                let unit = [0x65, 0x88] + Self.pattern(Int.random(in: 0...5000, using: &random)).map { $0 | 1 }
                units.append(unit)
                frame += [0, 0, 0, 1] + unit
            }
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
        #expect(throws: RTPError.self) { try Self.cut([0, 0, 1, 0x78, 7], &format) }
        for count in [0, 1, 2, 3, 4, 6, 7, 9, 11, 12] {
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

    @Test("small units go together, and a frame of nothing but tiny ones is refused")
    func smallUnits() throws {
        func frame(_ units: [[UInt8]]) -> [UInt8] { units.flatMap { [0, 0, 0, 1] + $0 } }
        var avc = H264Format()
        let large = [0x65, 0x88] + Self.pattern(3000).map { $0 | 1 }
        let unit = frame([[0x27, 1, 2], [0x68, 3], large, [0x06, 5], [0x41, 9]])
        let payloads = try Self.cut(unit, &avc)
        #expect(
            payloads.count == 5 && payloads[0] == [0x78, 0, 3, 0x27, 1, 2, 0, 2, 0x68, 3], "the highest importance")
        #expect(payloads[4] == [0x58, 0, 2, 0x06, 5, 0, 2, 0x41, 9])
        #expect(try Self.join(payloads, &avc) == unit)
        var hevc = H265Format()
        let sets: [[UInt8]] = [[0x40, 0x01, 1], [0x42, 0x01, 2], [0x44, 0x01, 3], [0x26, 0x01, 0x80]]
        let together = try Self.cut(frame(sets), &hevc)
        var aggregate: [UInt8] = [0x60, 0x01]
        for set in sets { aggregate += [0, 3] + set }
        #expect(together == [aggregate])
        #expect(try Self.join(together, &hevc) == frame(sets))
        // What a peer sends as little must not become much when it is sent on.
        let many = frame(Array(repeating: [0x65, 0x88], count: 5_000))
        for mode in [H264Format.PacketizationMode.singleUnit, .nonInterleaved] {
            var format = H264Format(mode: mode)
            #expect(throws: RTPError.self) { try Self.cut(many, &format) }
        }
        #expect(throws: RTPError.self) { try Self.cut(frame(Array(repeating: [0x26, 0x01], count: 5_000)), &hevc) }
        #expect(try Self.cut(frame(Array(repeating: [0x65, 0x88], count: 250)), &avc).count == 1)
    }

    @Test("sound of a byte for each sample: what is long becomes packets of 20 ms, each with its own moment")
    func pcm() throws {
        func parts(_ count: Int) throws -> [(Int, UInt32)] {
            var (format, parts) = (PCMFormat(), [(Int, UInt32)]())
            try format.cut(Self.pattern(count).span, maximumSize: 1200) {
                parts.append(($0.range.count, $0.timestampOffset))
            }
            return parts
        }
        #expect(try parts(480).map(\.0) == [480])
        let long = try parts(8000)
        #expect(long.map(\.0) == Array(repeating: 160, count: 50))
        let moments: [UInt32] = (0..<50).map { 160 * $0 }
        #expect(long.map(\.1) == moments)
        #expect(try parts(500).map(\.0) == [160, 160, 160, 20])
    }

    @Test("VP9: layers in space are a superframe, with the index of the standard's Annex B")
    func superframe() throws {
        var format = VP9Format()
        func layer(_ id: UInt8, _ bytes: [UInt8], begins: Bool = true, ends: Bool = true) -> [UInt8] {
            [0xA0 | (begins ? 8 : 0) | (ends ? 4 : 0), 5, id << 1, 0] + bytes
        }
        func picture(_ payloads: [[UInt8]]) throws -> [UInt8] {
            var frame = try Self.join(payloads, &format)
            format.finish(&frame)
            return frame
        }
        let large = Self.pattern(300)
        let frame = try picture([
            layer(0, [0x82, 1]), layer(1, Array(large[..<200]), ends: false),
            layer(1, Array(large[200...]), begins: false),
            layer(2, [7]),
        ])
        let index: [UInt8] = [0xCA, 2, 0, 44, 1, 1, 0, 0xCA]
        #expect(frame.count == 311 && Array(frame.suffix(8)) == index)
        #expect(try picture([layer(0, [0x82, 1])]) == [0x82, 1])
        #expect(try picture([layer(0, [0x82]), layer(1, [9, 9])]) == [0x82, 9, 9, 0xC1, 1, 2, 0xC1])
    }

    @Test("H.265: units are cut where they are too long, aggregates are taken apart")
    func h265() throws {
        for count in [0, 1, 1197, 1198, 1199, 4000] {
            let unit: [UInt8] = [0x26, 0x01] + Self.pattern(count).map { $0 | 1 }
            let frame: [UInt8] = [0, 0, 0, 1, 0x40, 0x01, 9, 0, 0, 0, 1] + unit
            var format = H265Format()
            let payloads = try Self.cut(frame, &format)
            #expect(payloads.allSatisfy { $0.count <= 1200 })
            #expect(try Self.join(count == 0 ? [] : payloads, &format) == (count == 0 ? [] : frame))
            #expect(Self.begins(payloads[0], format) == [true, true])
        }
        var format = H265Format()
        let frame = try Self.join([[0x60, 0x01, 0, 3, 0x40, 0x01, 9, 0, 3, 0x26, 0x01, 8]], &format)
        #expect(frame == [0, 0, 0, 1, 0x40, 0x01, 9, 0, 0, 0, 1, 0x26, 0x01, 8])
        #expect(throws: RTPError.self) { try Self.join([[0x62, 0x01, 0x13, 1]], &format) }
        #expect(throws: RTPError.self) { try Self.cut([0, 0, 1, 0x60, 0x01, 7], &format) }
        #expect(throws: RTPError.self) { try Self.join([[0x64, 0x01, 0x13, 1]], &format) }
    }

    @Test("VP9: a frame is cut into parts of one size, and is the same again")
    func vp9() throws {
        let firsts: [(UInt8, Bool)] = [(0x82, true), (0x86, false), (0x8A, false), (0xB1, true), (0xB3, false)]
        for (first, isKey) in firsts {
            for count in [0, 1196, 1197, 1198, 9000] {
                var format = VP9Format(pictureID: 0x7FFF)
                let frame = [first] + Self.pattern(count)
                let payloads = try Self.cut(frame, &format)
                #expect(payloads.allSatisfy { $0.count <= 1200 })
                #expect(try Self.join(payloads, &format) == frame)
                #expect(Self.begins(payloads[0], format) == [true, isKey], "\(first)")
                #expect(payloads.dropFirst().allSatisfy { Self.begins($0, format) == [false, false] })
                #expect(format.pictureID == 0)
            }
        }
    }

    @Test("VP9: the descriptor of RFC 9628 §4.2 is read whatever it has")
    func vp9Descriptor() throws {
        // Flexible, with layers, two pictures that it needs, and a structure of two layers and two pictures.
        let payload: [UInt8] =
            [0xFA, 0x81, 0x23, 0x53, 0x03, 0x02] + [0x38, 1, 0, 1, 0, 2, 0, 2, 0] + [2, 0x04, 1, 0x08, 1, 2] + [0xFF]
        let descriptor = try VP9Format.Descriptor(payload.span)
        #expect(descriptor.size == payload.count - 1 && descriptor.pictureID == 0x123)
        #expect(descriptor.temporalLayer == 2 && descriptor.spatialLayer == 1 && descriptor.isSwitchingPoint)
        #expect(descriptor.needsLowerLayer && descriptor.baseLayerIndex == nil && descriptor.isPredicted)
        #expect(descriptor.isFrameStart && !descriptor.isFrameEnd)
        for count in 0..<payload.count {
            #expect(throws: RTPError.self) { try VP9Format.Descriptor(Array(payload.prefix(count)).span) }
        }
        let fixed = try VP9Format.Descriptor(([0xA8, 5, 0x20, 7, 1] as [UInt8]).span)
        #expect(fixed.pictureID == 5 && fixed.baseLayerIndex == 7 && fixed.temporalLayer == 1 && fixed.size == 4)
        #expect(throws: RTPError.self) { try VP9Format.Descriptor(([0x50, 1, 1, 1, 1] as [UInt8]).span) }
    }

    @Test("AV1: a temporal unit is cut at its OBUs and within them, and is the same again")
    func av1() throws {
        for count in [1, 127, 128, 5000] + Array(1190...1200) + Array(2385...2400) {
            let size: [UInt8] = count < 128 ? [UInt8(count)] : [UInt8(count & 0x7F | 0x80), UInt8(count >> 7)]
            let frame: [UInt8] = [0x12, 0] + [0x0A, 3, 1, 2, 3] + [0x36, 0x08] + size + Self.pattern(count)
            var format = AV1Format()
            let payloads = try Self.cut(frame, &format)
            #expect(payloads.allSatisfy { $0.count <= 1200 })
            #expect(payloads[0][0] & 0x3F == 0x08, "N: a sequence begins; W is 0 where there are lengths")
            #expect(payloads[0][1..<6] == [4, 0x08, 1, 2, 3], "a length for the element, and none in the unit")
            // Without a dependency descriptor browsers take a packet that begins with a unit for the first of a
            // frame, and one that ends with one for the last.
            #expect(payloads.map { $0[0] & 0x80 == 0 } == payloads.indices.map { $0 == 0 })
            #expect(payloads.map { $0[0] & 0x40 == 0 } == payloads.indices.map { $0 == payloads.count - 1 })
            #expect(try Self.join(payloads, &format) == frame)
            #expect(Self.begins(payloads[0], format) == [true, true])
        }
        var format = AV1Format()
        let two = try Self.join([[0x00, 2, 0x08, 7, 3, 0x30, 8, 9]], &format)
        #expect(two == [0x12, 0, 0x0A, 1, 7, 0x32, 2, 8, 9])
        let counted = try Self.join([[0x60, 2, 0x08, 7, 0x30, 8], [0x90, 9]], &format)
        #expect(counted == [0x12, 0, 0x0A, 1, 7, 0x32, 2, 8, 9])
        #expect(throws: RTPError.self) { try Self.join([[0x90, 9]], &format) }
        #expect(throws: RTPError.self) { try Self.join([[0x00, 5, 0x08, 7]], &format) }
        #expect(throws: RTPError.self) { try Self.cut([0x12, 0], &format) }
        #expect(throws: RTPError.self) { try Self.cut([0x32, 9, 1], &format) }
    }

    @Test("any payload is joined or refused")
    func anything() {
        var random = SeededGenerator(seed: 9)
        var (vp8, vp9, h264, h265, av1) = (VP8Format(), VP9Format(), H264Format(), H265Format(), AV1Format())
        for _ in 0..<20_000 {
            let payload = (0..<Int.random(in: 0...40, using: &random)).map { _ in
                UInt8.random(in: 0...255, using: &random)
            }
            var frame: [UInt8] = []
            try? vp8.join(payload.span, to: &frame)
            try? h264.join(payload.span, to: &frame)
            try? h265.join(payload.span, to: &frame)
            try? vp9.join(payload.span, to: &frame)
            try? av1.join(payload.span, to: &frame)
            _ = (Self.begins(payload, vp8), Self.begins(payload, h264), Self.begins(payload, h265))
            _ = (Self.begins(payload, vp9), Self.begins(payload, av1))
            try? av1.cut(payload.span, maximumSize: 64) { _ in }
        }
    }
}
