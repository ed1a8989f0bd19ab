import Forwarding
import RTP
import Testing
import WebRTC

@testable import Streaming

/// A source of AV1 with two layers in time, whose packets have dependency descriptors under the id 5.
struct DescribedSource {
    /// Targets are the lower layer, and both.
    static let structure = FrameDependencyStructure(
        templateIDOffset: 0, decodeTargetCount: 2, chainCount: 1, chainsOfTargets: [0, 0],
        templates: [
            FrameDependencies(
                spatialID: 0, temporalID: 0, indications: [.switch, .switch], frameDifferences: [],
                chainDifferences: [0]),
            FrameDependencies(
                spatialID: 0, temporalID: 0, indications: [.switch, .switch], frameDifferences: [2],
                chainDifferences: [2]),
            FrameDependencies(
                spatialID: 0, temporalID: 1, indications: [.notPresent, .discardable], frameDifferences: [1],
                chainDifferences: [1]),
        ],
        resolutions: [.init(width: 320, height: 180)])

    private(set) var number = 0

    /// The next frame, in one packet: a key frame, then one of the upper layer and one of the lower in turns.
    mutating func next(isKey: Bool, size: Int = 500) throws -> ReceivedPacket {
        let isUpper = !isKey && number % 2 == 1
        let index = isKey ? 0 : isUpper ? 2 : 1
        let descriptor = DependencyDescriptor(
            isFirst: true, isLast: true, frameNumber: UInt16(truncatingIfNeeded: 65_500 + number),
            dependencies: Self.structure.templates[index], templateID: UInt8(index),
            structure: isKey ? Self.structure : nil)
        let value = try descriptor.bytes(structure: Self.structure)
        let packet = RTPPacket(
            payloadType: 45, sequenceNumber: UInt16(truncatingIfNeeded: 100 + number),
            timestamp: UInt32(3000 * number), ssrc: 77, marker: true,
            extensions: [RTPExtensionElement(id: 5, value: value)],
            payload: [0x10] + [UInt8](repeating: UInt8(truncatingIfNeeded: number), count: size))
        number += 1
        return ReceivedPacket(
            bytes: try packet.encoded(), codec: "video/AV1", clockRate: 90_000, descriptorID: 5)
    }
}

@Suite("Dependency descriptors on their way to watchers")
struct DescribedFanoutTests {
    /// A watcher that knows by the descriptors what it can decode.
    private struct Decoder {
        private var reader = DependencyDescriptorReader()
        private var frames: Set<UInt16> = []
        private(set) var count = 0
        private(set) var broken = 0
        private(set) var upper = 0
        var activeTargets: UInt32 { reader.activeTargets }

        mutating func take(_ packet: ForwardedPacket) throws {
            guard let value = packet.descriptor else {
                throw RTPError.outOfRange(field: "none", value: 0, allowed: 1...1)
            }
            let descriptor = try reader.read(value.span)
            guard let dependencies = descriptor.dependencies else { return broken += 1 }
            count += 1
            if dependencies.temporalID > 0 { upper += 1 }
            let needed = dependencies.frameDifferences.map { descriptor.frameNumber &- UInt16($0) }
            if needed.allSatisfy(frames.contains) { frames.insert(descriptor.frameNumber) } else { broken += 1 }
        }
    }

    @Test(
        "who gets all can decode all, who gets the lower layer is told of no other, and both from their first packet on"
    )
    func layers() throws {
        var fanout = TrackFanout<String>(isAudio: false)
        var source = DescribedSource()
        var decoders: [String: Decoder] = ["all": Decoder(), "low": Decoder(), "late": Decoder()]
        var numbers: [String: [UInt16]] = [:]
        func take(_ deliveries: [TrackFanout<String>.Delivery]) throws {
            for delivery in deliveries {
                try decoders[delivery.outlet]?.take(delivery.packet)
                numbers[delivery.outlet, default: []].append(delivery.packet.sequenceNumber)
            }
        }
        let (all, low) = (try fanout.added("all"), try fanout.added("low"))
        fanout.setBudget(1000, of: low)
        for watcher in [all, low] { try take(fanout.begin(watcher, now: .zero)) }
        for number in 0..<200 {
            let now = Duration.milliseconds(33 * number)
            try take(fanout.receive(source.next(isKey: number % 100 == 0), feed: 1, now: now))
            if number % 6 == 0 { try take(fanout.choose(now: now)) }
            if number == 150 {
                let late = try fanout.added("late")
                try take(fanout.begin(late, now: now))
            }
        }
        let (whole, lower, joined) = (decoders["all"], decoders["low"], decoders["late"])
        // The upper layer is there once it has been seen for a second.
        #expect((150...200).contains(whole?.count ?? 0), "\(whole?.count ?? 0)")
        #expect(whole?.broken == 0 && whole?.activeTargets == 0b11)
        let decoded = try #require(lower)
        // Before the layers are measured it gets all.
        #expect(decoded.broken == 0 && decoded.upper < 20 && decoded.count < 125, "\(decoded)")
        #expect(decoded.activeTargets == 0b01)
        #expect((80...100).contains(joined?.count ?? 0) && joined?.broken == 0)
        for (name, numbers) in numbers {
            #expect(zip(numbers, numbers.dropFirst()).allSatisfy { $1 == $0 &+ 1 }, "a gap for \(name)")
        }
    }

    @Test("packets that come before any key frame ask for one")
    func begins() throws {
        var fanout = TrackFanout<String>(isAudio: false)
        var source = DescribedSource()
        let watcher = try fanout.added("a")
        let begun = fanout.begin(watcher, now: .zero)
        _ = try source.next(isKey: true)
        let lost = try fanout.receive(source.next(isKey: false), feed: 1, now: .zero)
        let isAsked = fanout.isKeyFrameDue(now: .zero)
        #expect(begun.isEmpty && lost.isEmpty && isAsked)
        let first = try fanout.receive(source.next(isKey: true), feed: 1, now: .milliseconds(50))
        #expect(first.count == 1 && first.first?.packet.descriptor != nil)
    }
}
