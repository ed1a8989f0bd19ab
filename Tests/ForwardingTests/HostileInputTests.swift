import RTP
import TestSupport
import Testing

@testable import Forwarding

@Suite("Hostile packets")
struct HostileInputTests {
    private static let codecs: [SourceReader.Codec] = [.vp8, .vp9, .h264, .h265, .av1, .audio]

    /// Packets that are whole, to be spoilt.
    private static func seeds() throws -> [[UInt8]] {
        var packets = [
            PacketMaker.packet(PacketMaker.vp8(id: 5, isKey: true), number: 1, timestamp: 0),
            PacketMaker.packet(PacketMaker.vp9(id: 5, isPredicted: false), number: 1, timestamp: 0),
            PacketMaker.packet(PacketMaker.vp9(id: 5, spatial: 7, references: [1, 127, 3]), number: 1, timestamp: 0),
            PacketMaker.packet([0x65, 0x80, 1, 2], number: 1, timestamp: 0),
        ]
        var source = DependencyFilterTests.Source(ssrc: 1, frame: 0, number: 0)
        for step in 0..<6 { packets += try source.next(isKey: step == 0, at: .zero).map(\.bytes) }
        return packets
    }

    @Test("trap nothing, and let nothing grow", arguments: 1...6)
    func spoilt(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let seeds = try Self.seeds()
        let codec = Self.codecs[Int(seed) % Self.codecs.count]
        var readers = [SourceReader(codec: codec, descriptorID: 5), SourceReader(codec: codec, descriptorID: 5)]
        let rewriter = StreamRewriter(ssrc: 9, clockRate: 90_000)
        var forwarder = TrackForwarder(rewriter: rewriter, codec: codec, isDescribed: codec == .av1)
        var cache = ForwardingCache(limits: .init(packets: 64, bytes: 4000))
        var requests = KeyFrameRequests()
        var number = 0
        for step in 0..<2500 {
            var bytes = seeds[Int.random(in: 0..<seeds.count, using: &random)]
            number += Int.random(in: -2...4, using: &random)
            if Int.random(in: 0..<200, using: &random) == 0 { number = Int.random(in: 0..<65_536, using: &random) }
            bytes[2] = UInt8(truncatingIfNeeded: number >> 8)
            bytes[3] = UInt8(truncatingIfNeeded: number)
            let source = Int.random(in: 0...1, using: &random)
            bytes[11] = UInt8(source + 1)
            for _ in 0..<Int.random(in: 0...3, using: &random) {
                bytes[Int.random(in: 12..<bytes.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
            }
            if Int.random(in: 0..<10, using: &random) == 0 {
                bytes.removeLast(Int.random(in: 0..<bytes.count, using: &random))
            }
            if step % 50 == 0 {
                let limit = LayerLimit(
                    spatial: Int.random(in: -2...9, using: &random), temporal: Int.random(in: -2...9, using: &random))
                forwarder.target =
                    step % 700 == 650 ? nil : .init(source: UInt32.random(in: 1...2, using: &random), limit: limit)
            }
            let now = Duration.milliseconds(step * 10)
            guard let packet = readers[source].read(bytes, arrival: now) else { continue }
            for packet in [packet] + (packet.beginsKeyFrame ? readers[source].readHeld() : []) {
                cache.insert(packet, now: now)
                requests.packetArrived(packet)
                if let rewrite = forwarder.receive(packet) {
                    #expect(!rewrite.applied(to: packet).isEmpty)
                    _ = forwarder.rewriter.origin(of: rewrite.sequenceNumber &- 3)
                }
            }
            if let wanted = forwarder.wantedKeyFrame { requests.want(wanted, now: now) }
            #expect(cache.count <= 64 && cache.byteCount <= 4000)
            let report = SenderReport(
                ssrc: UInt32.random(in: 1...40, using: &random), ntpTime: random.next(),
                rtpTimestamp: UInt32(truncatingIfNeeded: random.next()), packetCount: 0, octetCount: 0)
            if step % 20 == 0 { _ = forwarder.receive(report) }
        }
        #expect(requests.count <= 2)
    }

    @Test("of any bytes are nothing")
    func noise() {
        var random = SeededGenerator(seed: 77)
        for codec in Self.codecs {
            var reader = SourceReader(codec: codec, descriptorID: 1)
            var forwarder = TrackForwarder(
                rewriter: StreamRewriter(ssrc: 1, clockRate: 0), codec: codec, isDescribed: true)
            forwarder.target = .init(source: 0)
            for _ in 0..<1500 {
                var bytes: [UInt8] = [0x90, 0x60, 0, UInt8.random(in: 0...255, using: &random)]
                bytes += [UInt8](repeating: 0, count: 8) + [0xBE, 0xDE, 0, 1]
                for _ in 0..<Int.random(in: 0...40, using: &random) {
                    bytes.append(UInt8.random(in: 0...255, using: &random))
                }
                guard let packet = reader.read(bytes, arrival: .zero) else { continue }
                _ = forwarder.receive(packet)?.applied(to: packet)
            }
        }
    }

    @Test("make no rewriter remember more than it may")
    func bounds() {
        var runs = NumberRuns()
        var clocks = SourceClocks()
        for index in 0..<5000 {
            let number = Int64(index * 3)
            runs.append(
                .init(source: 1, first: number, last: number, shift: Int64(-index), timestampShift: 0))
            clocks.note(
                SenderReport(
                    ssrc: UInt32(index), ntpTime: 1 << 40, rtpTimestamp: 0, packetCount: 0, octetCount: 0),
                clockRate: 90_000)
        }
        #expect(runs.count == NumberRuns.maximumCount && clocks.count == SourceClocks.maximumCount)
        #expect(runs.run(of: 1, number: 0) == nil && runs.run(of: 1, number: 14_997) != nil)
    }

    @Test("that come twice, or far too late, are taken once")
    func seen() {
        var random = SeededGenerator(seed: 8)
        var seen = SeenNumbers()
        var known: Set<Int64> = []
        var highest: Int64 = 0
        for _ in 0..<20_000 {
            let number = highest + Int64.random(in: -3000...20, using: &random)
            let isNew = seen.insert(number)
            let isOld = highest - number >= Int64(SeenNumbers.capacity)
            if isNew { #expect(!known.contains(number)) }
            if !isNew, !isOld { #expect(known.contains(number)) }
            known.insert(number)
            highest = max(highest, number)
        }
    }
}
