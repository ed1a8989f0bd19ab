import TestSupport
import Testing

@testable import RTP

@Suite("A dependency descriptor")
struct DependencyDescriptorTests {
    private static func bytes(_ hex: String) -> [UInt8] {
        let digits = Array(hex.utf8)
        return stride(from: 0, to: digits.count, by: 2).map {
            UInt8(String(decoding: digits[$0..<$0 + 2], as: UTF8.self), radix: 16) ?? 0
        }
    }

    /// As Chromium sent them: three layers in space, and three in time of each.
    private static let captured = [
        "c1017280081485214eafffaaaa863cf0430c10c302afc0aaa0063c00430010c002a000a80006000040001d954926e082b04a0941b820ac128"
            + "2503157f974000ca864330e222222eca8655304224230eca877530077004200ef008601df010d",
        "86017340fc", "46017340fc", "c3017540fc", "88017640fc", "48017640fc", "c2017840fc", "860173", "8b0174",
        "c30175",
    ]

    /// Short for the indications of a frame: - D S R.
    private static func indications(_ text: String) -> [FrameDependencies.Indication] {
        text.map { [.notPresent, .discardable, .switch, .required][Array("-DSR").firstIndex(of: $0) ?? 0] }
    }

    @Test("of a capture is read, and written in the same bytes")
    func captured() throws {
        var reader = DependencyDescriptorReader()
        var descriptors: [DependencyDescriptor] = []
        for hex in Self.captured {
            let bytes = Self.bytes(hex)
            let descriptor = try reader.read(bytes.span)
            #expect(try descriptor.bytes(structure: reader.structure) == bytes, "\(hex)")
            descriptors.append(descriptor)
        }
        let structure = try #require(descriptors[0].structure)
        #expect(structure.decodeTargetCount == 9 && structure.chainCount == 3 && structure.templateIDOffset == 0)
        #expect(structure.chainsOfTargets == [0, 0, 0, 1, 1, 1, 2, 2, 2])
        #expect(
            structure.resolutions == [
                .init(width: 120, height: 67), .init(width: 240, height: 135), .init(width: 480, height: 270),
            ])
        for target in 0..<9 {
            let layers = structure.layers(ofTarget: target)
            #expect(Int(layers.spatialID) == target / 3 && Int(layers.temporalID) == target % 3)
        }
        let key = descriptors[0]
        #expect(key.isFirst && key.isLast && key.frameNumber == 0x172 && key.templateID == 1)
        #expect(key.dependencies?.frameDifferences == [] && key.dependencies?.chainDifferences == [0, 0, 0])
        #expect(key.dependencies?.indications == Self.indications("SSSSSSSSS"))
        #expect(descriptors[1].isFirst && !descriptors[1].isLast && descriptors[1].dependencies?.spatialID == 1)
        #expect(descriptors[1].activeTargets == 0x3F && reader.activeTargets == 0x3F, "two of three layers")
        #expect(reader.resolution(of: descriptors[1]) == .init(width: 240, height: 135))
        #expect(descriptors[7].activeTargets == nil && descriptors[7].dependencies == descriptors[1].dependencies)
    }

    @Test("of one layer in space and two in time has three templates")
    func small() throws {
        var reader = DependencyDescriptorReader()
        let bytes = Self.bytes("80000180011ea85141010c04fc03bc")
        let descriptor = try reader.read(bytes.span)
        let expected = FrameDependencyStructure(
            templateIDOffset: 0, decodeTargetCount: 2, chainCount: 1, chainsOfTargets: [0, 0],
            templates: [
                FrameDependencies(indications: Self.indications("SS"), chainDifferences: [0]),
                FrameDependencies(indications: Self.indications("SS"), frameDifferences: [2], chainDifferences: [2]),
                FrameDependencies(
                    temporalID: 1, indications: Self.indications("-D"), frameDifferences: [1], chainDifferences: [1]),
            ], resolutions: [.init(width: 320, height: 240)])
        #expect(descriptor.structure == expected && descriptor.frameNumber == 1 && !descriptor.isLast)
        #expect(try descriptor.bytes(structure: nil) == bytes)
        #expect(reader.activeTargets == 3)
        // Of the structure that comes next: it is not known yet.
        let ahead = try reader.read(Self.bytes("0800d8").span)
        #expect(ahead.dependencies == nil && ahead.templateID == 8 && ahead.frameNumber == 0xD8)
        let next = try reader.read(Self.bytes("8600b580c11ea85141010c09fc077c").span)
        #expect(next.structure?.templateIDOffset == 6 && next.dependencies?.frameDifferences == [])
        #expect(next.structure?.resolutions == [.init(width: 640, height: 480)])
        let known = try reader.read(Self.bytes("0800d8").span)
        #expect(known.dependencies == expected.templates[2])
    }

    @Test("says what its template does not say, in as few bits as it takes")
    func custom() throws {
        let structure = try #require(
            try DependencyDescriptor(Self.bytes(Self.captured[0]).span, structure: nil).structure)
        var random = SeededGenerator(seed: 51)
        for _ in 0..<2_000 {
            var frame = try #require(structure.templates.randomElement(using: &random))
            if Bool.random(using: &random) {
                frame.indications = (0..<9).map { _ in
                    .init(rawValue: UInt8.random(in: 0...3, using: &random)) ?? .notPresent
                }
            }
            if Bool.random(using: &random) {
                frame.frameDifferences = (0..<Int.random(in: 0...4, using: &random)).map { _ in
                    Int.random(in: 1...([16, 256, 4096].randomElement(using: &random) ?? 1), using: &random)
                }
            }
            if Bool.random(using: &random) {
                frame.chainDifferences = (0..<3).map { _ in Int.random(in: 0...255, using: &random) }
            }
            let isKey = Int.random(in: 0..<4, using: &random) == 0
            let descriptor = DependencyDescriptor(
                isFirst: .random(using: &random), isLast: .random(using: &random),
                frameNumber: .random(in: 0...UInt16.max, using: &random), dependencies: frame,
                structure: isKey ? structure : nil, activeTargets: isKey ? 0x155 : nil)
            let bytes = try descriptor.bytes(structure: structure)
            var again = try DependencyDescriptor(bytes.span, structure: structure)
            #expect(again.dependencies == frame && (isKey || bytes.count <= 3 + 1 + 3 + 9 + 3))
            #expect(structure.templates.contains(frame) == (bytes.count == 3) || isKey)
            again.templateID = 0
            #expect(again == descriptor)
        }
    }

    @Test("that ends early, or has more layers or templates than there can be, is refused")
    func bad() throws {
        let whole = Self.bytes(Self.captured[0])
        for count in 0..<whole.count where count != 3 {
            #expect(throws: RTPError.self) { try DependencyDescriptor(Array(whole.prefix(count)).span, structure: nil) }
        }
        // 65 templates, four layers too many in space, and in time.
        for layer: UInt8 in [0x00, 0x55, 0xAA] {
            let bytes: [UInt8] = [0xC0, 0, 1, 0x80, layer >> 4] + [UInt8](repeating: layer, count: 200)
            #expect(throws: RTPError.self) { try DependencyDescriptor(bytes.span, structure: nil) }
        }
        var random = SeededGenerator(seed: 52)
        for _ in 0..<5_000 {
            var bytes = whole
            for _ in 0..<3 {
                bytes[Int.random(in: 3..<bytes.count, using: &random)] = .random(in: 0...255, using: &random)
            }
            guard let read = try? DependencyDescriptor(bytes.span, structure: nil) else { continue }
            let written = try read.bytes(structure: nil)
            let again = try DependencyDescriptor(written.span, structure: nil)
            #expect(again.structure == read.structure && again.dependencies == read.dependencies)
        }
    }

    @Test("that cannot be written is refused")
    func unwritable() throws {
        let good = try #require(try DependencyDescriptor(Self.bytes(Self.captured[0]).span, structure: nil).structure)
        func check(_ change: (inout FrameDependencyStructure) -> Void) {
            var structure = good
            change(&structure)
            let descriptor = DependencyDescriptor(
                isFirst: true, isLast: true, frameNumber: 0, dependencies: good.templates[0], structure: structure)
            #expect(throws: RTPError.self) { try descriptor.bytes(structure: nil) }
        }
        check { $0.templateIDOffset = 64 }
        check { $0.decodeTargetCount = 33 }
        check { $0.chainCount = 10 }
        check { $0.chainsOfTargets[0] = 3 }
        check { $0.chainsOfTargets.removeLast() }
        check { $0.templates.reverse() }
        check { $0.templates = [] }
        check { $0.templates[0].frameDifferences = [17] }
        check { $0.templates[0].chainDifferences = [16, 0, 0] }
        check { $0.resolutions.removeLast() }
        check { $0.resolutions[0].width = 0 }
        var frame = good.templates[0]
        frame.frameDifferences = [4097]
        let far = DependencyDescriptor(isFirst: true, isLast: true, frameNumber: 0, dependencies: frame)
        #expect(throws: RTPError.self) { try far.bytes(structure: good) }
        #expect(try far.bytes(structure: nil) == [0xC0, 0, 0], "nobody could read the rest")
    }
}

@Suite("An allocation of video layers")
struct VideoLayersAllocationTests {
    private static func layer(_ stream: Int, _ spatial: Int, _ bitrates: [Int]) -> VideoLayersAllocation.Layer {
        .init(streamIndex: stream, spatialID: spatial, targetBitrates: bitrates)
    }

    @Test("is read as it was written")
    func values() {
        func check(_ value: VideoLayersAllocation, _ bytes: [UInt8]) {
            #expect(value.bytes == bytes)
            #expect(VideoLayersAllocation(bytes) == value)
        }
        check(.init(streamIndex: 0, streamCount: 1, layers: []), [0])
        // Simulcast: the second of two streams, each of one layer.
        check(
            .init(streamIndex: 1, streamCount: 2, layers: [Self.layer(0, 0, [100, 150]), Self.layer(1, 0, [300])]),
            [0x51, 0x40, 100, 0x96, 0x01, 0xAC, 0x02])
        // Streams that differ, the second with nothing.
        check(
            .init(
                streamIndex: 0, streamCount: 3,
                layers: [Self.layer(0, 1, [1]), Self.layer(2, 0, [2, 3, 4, 5]), Self.layer(2, 3, [6])]),
            [0x20, 0x20, 0x90, 0x30, 1, 2, 3, 4, 5, 6])
        var layers = (0..<4).flatMap { stream in (0..<4).map { Self.layer(stream, $0, [1, 2, 3, 1_000_000]) } }
        for index in layers.indices {
            layers[index].picture = .init(width: 65_536, height: index + 1, frameRate: index)
        }
        let all = VideoLayersAllocation(streamIndex: 3, streamCount: 4, layers: layers)
        #expect(VideoLayersAllocation(all.bytes) == all && all.bytes.count == 1 + 4 + 16 * 6 + 16 * 5)
        let shuffled = VideoLayersAllocation(streamIndex: 3, streamCount: 4, layers: layers.reversed())
        #expect(shuffled.bytes == all.bytes)
    }

    @Test("of another length or without layers has no value")
    func bad() {
        #expect(VideoLayersAllocation([]) == nil && VideoLayersAllocation([0x40]) == nil)
        #expect(VideoLayersAllocation([0x30, 0, 0, 1]) == nil && VideoLayersAllocation([0x10, 0x00]) == nil)
        let bytes: [UInt8] = [0x01, 0x40, 100, 0x96, 0x01, 0x01, 0x3F, 0, 0xEF, 30]
        #expect(VideoLayersAllocation(bytes)?.layers.first?.picture == .init(width: 320, height: 240, frameRate: 30))
        for count in [1, 2, 3, 4, 6, 7, 8, 9] { #expect(VideoLayersAllocation(Array(bytes.prefix(count))) == nil) }
        #expect(VideoLayersAllocation(bytes + [0]) == nil)
        #expect(VideoLayersAllocation(Array(bytes.prefix(5)))?.layers.first?.targetBitrates == [100, 150])
    }
}
