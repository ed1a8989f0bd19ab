import RTP
import TestSupport
import Testing

@testable import Forwarding

@Suite("Decode targets")
struct DependencyFilterTests {
    typealias Indication = FrameDependencies.Indication

    /// Two layers in space and two in time: targets are L0T0, L0T1, L1T0 and L1T1, with a chain for
    /// each layer in space.
    static func structure(offset: UInt8) -> FrameDependencyStructure {
        func template(
            _ spatial: UInt8, _ temporal: UInt8, _ indications: [Indication], _ frames: [Int], _ chains: [Int]
        ) -> FrameDependencies {
            FrameDependencies(
                spatialID: spatial, temporalID: temporal, indications: indications, frameDifferences: frames,
                chainDifferences: chains)
        }
        return FrameDependencyStructure(
            templateIDOffset: offset, decodeTargetCount: 4, chainCount: 2, chainsOfTargets: [0, 0, 1, 1],
            templates: [
                template(0, 0, [.switch, .switch, .switch, .switch], [], [0, 0]),
                template(0, 0, [.switch, .switch, .required, .required], [4], [4, 3]),
                template(0, 1, [.notPresent, .discardable, .notPresent, .required], [2], [2, 1]),
                template(1, 0, [.notPresent, .notPresent, .switch, .switch], [1], [1, 1]),
                template(1, 0, [.notPresent, .notPresent, .required, .required], [4, 1], [1, 1]),
                template(1, 1, [.notPresent, .notPresent, .notPresent, .discardable], [2, 1], [3, 2]),
            ],
            resolutions: [.init(width: 320, height: 180), .init(width: 640, height: 360)])
    }

    /// Frames in the order L0T0, L1T0, L0T1, L1T1, two packets each.
    struct Source {
        let ssrc: UInt32
        var frame: Int
        var number: Int
        private var step = 0
        private var offset: UInt8 = 0
        private var reader = SourceReader(codec: .av1, descriptorID: 5)
        private var structure = DependencyFilterTests.structure(offset: 0)

        init(ssrc: UInt32, frame: Int, number: Int) {
            (self.ssrc, self.frame, self.number) = (ssrc, frame, number)
        }

        /// The packets of the next frame; a key frame begins with the next L0T0.
        mutating func next(isKey: Bool, isSwitch: Bool = false, at now: Duration) throws -> [SourcePacket] {
            let place = isKey ? 0 : step % 4
            if isKey {
                step = 0
                offset = (offset + 6) & 0x3F
                structure = DependencyFilterTests.structure(offset: offset)
            }
            let afterKey = step < 4
            let index = [isKey ? 0 : 1, afterKey || isSwitch ? 3 : 4, 2, 5][place]
            let dependencies = structure.templates[index]
            step += 1
            frame += 1
            var packets: [SourcePacket] = []
            for part in 0..<2 {
                number += 1
                let descriptor = DependencyDescriptor(
                    isFirst: part == 0, isLast: part == 1, frameNumber: UInt16(truncatingIfNeeded: frame),
                    dependencies: dependencies, templateID: offset &+ UInt8(index),
                    structure: isKey && part == 0 ? structure : nil)
                let value = try descriptor.bytes(structure: structure)
                if let packet = reader.make(
                    [0x10, 1, 2], source: ssrc, number: number, timestamp: (frame - place) * 750,
                    marker: place % 2 == 1 && part == 1, extensions: [RTPExtensionElement(id: 5, value: value)],
                    at: now)
                {
                    packets.append(packet)
                }
            }
            return packets
        }
    }

    static func forwarder(_ limit: LayerLimit) -> TrackForwarder {
        var forwarder = TrackForwarder(
            rewriter: StreamRewriter(ssrc: 9, clockRate: 90_000), codec: .av1, isDescribed: true)
        forwarder.target = .init(source: 1, limit: limit)
        return forwarder
    }

    /// A watcher that knows what it can decode.
    struct Receiver {
        private var reader = DependencyDescriptorReader()
        private(set) var highest: Int64?
        private(set) var frames: Set<Int64> = []
        private(set) var activeTargets: UInt32 = 0
        private(set) var markers: [Bool] = []
        private(set) var layers: [[UInt8]] = []

        /// Whether a packet can be decoded, after those before it.
        mutating func receive(_ bytes: [UInt8]) throws -> Bool {
            let header = try RTPHeader(parsing: bytes.span)
            guard let range = header.rangeOfExtension(5, in: bytes.span) else { throw Sent.Unreadable() }
            let descriptor = try reader.read(bytes.span.extracting(range))
            activeTargets = reader.activeTargets
            guard let dependencies = descriptor.dependencies else { return false }
            let number = highest.map { unwrapped(UInt32(descriptor.frameNumber), bits: 16, near: $0) }
            let frame = number ?? Int64(descriptor.frameNumber)
            highest = max(highest ?? frame, frame)
            if descriptor.isFirst {
                markers.append(header.marker)
                layers.append([dependencies.spatialID, dependencies.temporalID])
            } else if !markers.isEmpty {
                markers[markers.count - 1] = header.marker
            }
            let isGood = dependencies.frameDifferences.allSatisfy { frames.contains(frame - Int64($0)) }
            if isGood { frames.insert(frame) }
            return isGood
        }
    }

    @Test("are told to the watcher, and end with a marker")
    func lowering() throws {
        var source = Source(ssrc: 1, frame: 65_530, number: 100)
        var forwarder = Self.forwarder(LayerLimit(spatial: 0, temporal: 0))
        var receiver = Receiver()
        for step in 0..<16 {
            if step == 8 { forwarder.target?.limit = LayerLimit(spatial: 0, temporal: 1) }
            for packet in try source.next(isKey: step == 0, at: .milliseconds(8 * step)) {
                guard let rewrite = forwarder.receive(packet) else { continue }
                let isGood = try receiver.receive(rewrite.applied(to: packet))
                #expect(isGood)
                #expect(receiver.activeTargets == (step < 8 ? 0b0001 : 0b0011))
            }
        }
        #expect(receiver.layers == [[0, 0], [0, 0], [0, 0], [0, 1], [0, 0], [0, 1]])
        #expect(receiver.markers == [true, true, true, true, true, true])
    }

    @Test("begin higher where a switch is indicated, and ask for a key frame until then")
    func goingUp() throws {
        var source = Source(ssrc: 1, frame: 0, number: 100)
        var forwarder = Self.forwarder(LayerLimit(spatial: 0))
        var receiver = Receiver()
        for step in 0..<24 {
            if step == 4 { forwarder.target?.limit = LayerLimit() }
            for packet in try source.next(isKey: step == 0, isSwitch: step == 13, at: .milliseconds(8 * step)) {
                guard let rewrite = forwarder.receive(packet) else { continue }
                let isGood = try receiver.receive(rewrite.applied(to: packet))
                #expect(isGood)
            }
            if step == 10 { #expect(forwarder.wantedKeyFrame == 1) }
        }
        #expect(forwarder.wantedKeyFrame == nil)
        #expect(receiver.layers.firstIndex(of: [1, 0]) == 7 && receiver.activeTargets == 0b1111)
        #expect(receiver.layers.last == [1, 1])
    }

    @Test("wait for a key frame once their chain is broken")
    func brokenChain() throws {
        var source = Source(ssrc: 1, frame: 0, number: 100)
        var forwarder = Self.forwarder(LayerLimit())
        var receiver = Receiver()
        var afterLoss = 0
        for step in 0..<60 {
            let isKey = step == 0 || step == 48
            for packet in try source.next(isKey: isKey, at: .milliseconds(50 * step)) where step != 8 {
                guard let rewrite = forwarder.receive(packet) else { continue }
                let isGood = try receiver.receive(rewrite.applied(to: packet))
                // For a while, what is lost may yet come.
                if step < 8 || step >= 13 { #expect(isGood) }
                if (13..<48).contains(step) { afterLoss += 1 }
            }
            if (14..<48).contains(step) { #expect(forwarder.wantedKeyFrame == 1) }
        }
        #expect(afterLoss == 0 && forwarder.wantedKeyFrame == nil)
        #expect(receiver.layers.suffix(4) == [[0, 0], [1, 0], [0, 1], [1, 1]])
    }

    @Test("go on lower if only the chain of the higher layer is broken")
    func brokenUpperChain() throws {
        var source = Source(ssrc: 1, frame: 0, number: 100)
        var forwarder = Self.forwarder(LayerLimit())
        var receiver = Receiver()
        for step in 0..<60 {
            for packet in try source.next(isKey: step == 0 || step == 48, at: .milliseconds(50 * step))
            where step != 9 {
                guard let rewrite = forwarder.receive(packet) else { continue }
                let isGood = try receiver.receive(rewrite.applied(to: packet))
                if step < 9 || step >= 14 { #expect(isGood) }
            }
            if (18..<48).contains(step) { #expect(forwarder.wantedKeyFrame == 1 && receiver.activeTargets == 0b0011) }
        }
        #expect(receiver.layers.suffix(8) == [[0, 0], [1, 0], [0, 1], [1, 1], [0, 0], [1, 0], [0, 1], [1, 1]])
        #expect(receiver.layers.count > 35 && receiver.activeTargets == 0b1111)
    }

    @Test("go on with a key frame when a source counts its frames from elsewhere on")
    func restart() throws {
        var source = Source(ssrc: 1, frame: 30_000, number: 100)
        var forwarder = Self.forwarder(LayerLimit())
        var receiver = Receiver()
        for step in 0..<40 {
            if step == 20 { source.frame = 500 }
            for packet in try source.next(isKey: step == 0 || step == 24, at: .milliseconds(10 * step)) {
                guard let rewrite = forwarder.receive(packet) else { continue }
                let isGood = try receiver.receive(rewrite.applied(to: packet))
                #expect(isGood && !(20..<24).contains(step))
            }
            if step == 23 { #expect(forwarder.wantedKeyFrame == 1) }
        }
        #expect(receiver.frames.sorted() == Array(30_001...30_036).map { Int64($0) })
    }

    @Test("do not take a packet that comes twice for another")
    func doubled() throws {
        var source = Source(ssrc: 1, frame: 0, number: 100)
        var forwarder = Self.forwarder(LayerLimit())
        var sent = 0
        for step in 0..<24 {
            let packets = try source.next(isKey: step == 0, at: .milliseconds(50 * step))
            // Of one frame, the first packet comes twice and the last never.
            for packet in step == 8 ? [packets[0], packets[0]] : packets {
                let rewrite = forwarder.receive(packet)
                if rewrite != nil, step > 13 { sent += 1 }
            }
        }
        #expect(sent == 0 && forwarder.wantedKeyFrame == 1)
    }

    @Test("are not needed: a source without descriptors is let through as it is")
    func plain() throws {
        var reader = SourceReader(codec: .av1, descriptorID: 5)
        var forwarder = Self.forwarder(LayerLimit())
        for index in 0..<20 {
            let made = reader.make([index == 0 ? 0x18 : 0x10, 1, 2], number: index, timestamp: index, at: .zero)
            let rewrite = forwarder.receive(try #require(made))
            #expect(rewrite != nil && forwarder.wantedKeyFrame == nil)
        }
    }

    @Test("are all decodable by what was let through, over changes of source and layers", arguments: 1...6)
    func model(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        var sources = [
            Source(ssrc: 1, frame: 65_000, number: 30_000),
            Source(ssrc: 2, frame: Int.random(in: 0..<60_000, using: &random), number: 65_000),
        ]
        var forwarder = Self.forwarder(LayerLimit())
        var receiver = Receiver()
        var (count, lost) = (0, 0)
        var broken: Duration?
        for step in 0..<1200 {
            if step % 41 == 40 {
                let limit = LayerLimit(
                    spatial: Int.random(in: 0...1, using: &random), temporal: Int.random(in: 0...1, using: &random))
                forwarder.target = .init(source: UInt32.random(in: 1...2, using: &random), limit: limit)
            }
            let now = Duration.milliseconds(20 * step)
            for index in sources.indices {
                let isKey = step == 0 || step % 12 == 0 && forwarder.wantedKeyFrame == sources[index].ssrc
                let isLost = seed % 2 == 0 && Int.random(in: 0..<60, using: &random) == 0 && !isKey
                for packet in try sources[index].next(isKey: isKey, at: now) where !isLost {
                    guard let rewrite = forwarder.receive(packet), !rewrite.isFilling else { continue }
                    let isGood = try receiver.receive(rewrite.applied(to: packet))
                    count += 1
                    if isGood { broken = nil } else { broken = broken ?? now }
                    if !isGood { lost += 1 }
                    if seed % 2 == 1 { #expect(isGood) }
                    // What is lost is waited for 200 ms, and nothing that needs it is sent after
                    // that.
                    if let broken { #expect(now - broken <= .milliseconds(400)) }
                }
            }
        }
        #expect(count > 500 && lost < count / 5)
    }

    @Test("that wait for nothing are never let through without what they need", arguments: 1...6)
    func impatience(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        var source = Source(ssrc: 1, frame: 65_000, number: 65_000)
        var filter = DependencyFilter(patience: .zero)
        var frames: Set<UInt16> = []
        var whole: [UInt16: Int] = [:]
        var isRunning = false
        for step in 0..<1500 {
            let isKey = step == 0 || isRunning && filter.needsKeyFrame && step % 20 == 0
            for packet in try source.next(isKey: isKey, at: .milliseconds(step))
            where Int.random(in: 0..<50, using: &random) > 0 || isKey {
                if !isRunning { filter.begin(with: packet) }
                isRunning = true
                guard let changes = filter.changes(of: packet, limit: LayerLimit()) else { continue }
                guard case .described(let facts) = packet.facts, let sent = changes.descriptor?.frameNumber else {
                    continue
                }
                for back in facts.dependencies.frameDifferences {
                    #expect(frames.contains(sent &- UInt16(back)))
                }
                whole[sent, default: 0] += 1
                if whole[sent] == 2 { frames.insert(sent) }
            }
        }
        #expect(frames.count > 150)
    }

    @Test("of which the structure comes late are read then")
    func heldPackets() throws {
        var source = Source(ssrc: 1, frame: 0, number: 10)
        var reader = SourceReader(codec: .av1, descriptorID: 5)
        let packets = try source.next(isKey: true, at: .zero) + source.next(isKey: false, at: .zero)
        for packet in packets.dropFirst() {
            let early = reader.read(packet.bytes, arrival: .zero)
            #expect(early == nil)
        }
        let first = reader.read(packets[0].bytes, arrival: .zero)
        #expect(first?.beginsKeyFrame == true)
        let held = reader.readHeld()
        #expect(held.map(\.number) == packets.dropFirst().map(\.number))
    }
}
