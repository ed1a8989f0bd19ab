import RTP
import TestSupport
import Testing

@testable import Forwarding

@Suite("Layers of VP8")
struct VP8FilterTests {
    /// Frames of three layers in time, in the order 0 2 1 2, two packets each.
    struct Source {
        let ssrc: UInt32
        var id: Int
        var base: Int
        var key: Int
        var number: Int
        var bits = 15
        private var step = 0
        private var reader = SourceReader(codec: .vp8)

        init(ssrc: UInt32, id: Int, base: Int, key: Int, number: Int, bits: Int = 15) {
            (self.ssrc, self.id, self.base, self.key, self.number, self.bits) = (ssrc, id, base, key, number, bits)
        }

        /// The packets of the next frame.
        mutating func next(isKey: Bool = false, at now: Duration) -> [SourcePacket] {
            if isKey { (step, key) = (0, key + 1) }
            let layer = [0, 2, 1, 2][step % 4]
            let isSync = step % 4 == 2 || step % 4 == 1 && step % 8 == 1
            step += 1
            id += 1
            if layer == 0 { base += 1 }
            var packets: [SourcePacket] = []
            for part in 0..<2 {
                number += 1
                let payload = PacketMaker.vp8(
                    id: id, base: base, key: key, layer: layer, sync: isSync, isKey: isKey, begins: part == 0,
                    bits: bits)
                if let packet = reader.make(
                    payload, source: ssrc, number: number, timestamp: id * 3000, marker: part == 1, at: now)
                {
                    packets.append(packet)
                }
            }
            return packets
        }
    }

    private static func forwarder() -> TrackForwarder {
        TrackForwarder(rewriter: StreamRewriter(ssrc: 9, clockRate: 90_000), codec: .vp8)
    }

    @Test("keep picture ids and TL0PICIDX without gaps when layers are left out", arguments: [7, 15])
    func leavingOut(bits: Int) throws {
        var source = Source(ssrc: 1, id: 120, base: 250, key: 30, number: 65_500, bits: bits)
        var forwarder = Self.forwarder()
        forwarder.target = .init(source: 1, limit: LayerLimit(temporal: 0))
        var last: VP8Facts?
        var count = 0
        for step in 0..<400 {
            for packet in source.next(isKey: step % 100 == 0, at: .milliseconds(33 * step)) {
                guard let rewrite = forwarder.receive(packet) else { continue }
                let facts = try Sent.vp8(rewrite.applied(to: packet))
                #expect(facts.temporalLayer == 0 && facts.pictureIDBits == bits)
                if let last, facts.pictureID != last.pictureID {
                    let mask: UInt16 = bits == 7 ? 0x7F : 0x7FFF
                    #expect(facts.pictureID == (last.pictureID &+ 1) & mask)
                    #expect(facts.baseLayerIndex == (last.baseLayerIndex ?? 0) &+ 1)
                    count += 1
                }
                last = facts
            }
        }
        #expect(count == 99)
    }

    @Test("go up one after the other, each where a frame needs the lowest layer only")
    func goingUp() {
        var source = Source(ssrc: 1, id: 0, base: 0, key: 0, number: 0)
        var forwarder = Self.forwarder()
        forwarder.target = .init(source: 1, limit: LayerLimit(temporal: 0))
        var layers: [Int] = []
        for step in 0..<24 {
            if step == 4 { forwarder.target?.limit.temporal = 2 }
            if step == 17 { forwarder.target?.limit.temporal = 0 }
            for packet in source.next(isKey: step == 0, at: .milliseconds(33 * step)) {
                guard forwarder.receive(packet) != nil, case .vp8(let facts) = packet.facts else { continue }
                if packet.header.marker { layers.append(facts.temporalLayer) }
            }
        }
        // The frames of layer 2 before the first sync of layer 1 may need what was left out.
        #expect(layers == [0, 0, 1, 0, 2, 1, 2, 0, 2, 1, 2, 0, 0])
        #expect(forwarder.wantedKeyFrame == nil)
    }

    @Test("go on without a gap when a source counts its frames from elsewhere on")
    func restart() throws {
        var source = Source(ssrc: 1, id: 9000, base: 3, key: 0, number: 0)
        var forwarder = Self.forwarder()
        forwarder.target = .init(source: 1)
        var ids: [UInt16] = []
        for step in 0..<40 {
            if step == 20 { (source.id, source.base) = (100, 200) }
            for packet in source.next(isKey: step % 20 == 0, at: .milliseconds(33 * step)) {
                guard let rewrite = forwarder.receive(packet) else { continue }
                ids.append(try Sent.vp8(rewrite.applied(to: packet)).pictureID)
            }
        }
        #expect(ids == (0..<80).map { 9001 + UInt16($0 / 2) })
    }

    @Test("make one stream of sources with other numbers, whatever is lost or late", arguments: 1...8)
    func model(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        var sources = (1...3).map { ssrc in
            Source(
                ssrc: UInt32(ssrc), id: Int.random(in: 0..<32_768, using: &random),
                base: Int.random(in: 0..<256, using: &random), key: Int.random(in: 0..<32, using: &random),
                number: Int.random(in: 0..<65_536, using: &random))
        }
        var forwarder = Self.forwarder()
        forwarder.target = .init(source: 1)
        var late: [(due: Int, packet: SourcePacket)] = []
        /// By the watcher's picture id without an end.
        var pictures: [Int64: (source: UInt32, id: UInt16, count: Int)] = [:]
        var highest: Int64?
        var timestamps: [Int64: UInt32] = [:]
        let hasLoss = seed % 2 == 0
        var last: VP8Facts?
        for step in 0..<800 {
            if step % 97 == 96 {
                forwarder.target = .init(
                    source: UInt32.random(in: 1...3, using: &random),
                    limit: LayerLimit(temporal: Int.random(in: 0...3, using: &random)))
            }
            var arrivals: [SourcePacket] = []
            for index in sources.indices {
                let isKey = forwarder.wantedKeyFrame == sources[index].ssrc && step % 5 == 0
                for packet in sources[index].next(isKey: isKey, at: .milliseconds(33 * step)) {
                    switch hasLoss ? Int.random(in: 0..<40, using: &random) : 20 {
                    case 0 where !isKey: break
                    case 1 where !isKey: late.append((step + 3, packet))
                    default: arrivals.append(packet)
                    }
                }
            }
            arrivals += late.filter { $0.due == step }.map(\.packet)
            late.removeAll { $0.due == step }
            for packet in arrivals {
                guard let rewrite = forwarder.receive(packet), !rewrite.isFilling else { continue }
                guard case .vp8(let before) = packet.facts else { continue }
                let facts = try Sent.vp8(rewrite.applied(to: packet))
                let id = unwrapped(UInt32(facts.pictureID), bits: 15, near: highest ?? Int64(facts.pictureID))
                // Without loss there is no gap.
                if !hasLoss, let highest { #expect(id == highest || id == highest + 1) }
                if !hasLoss, let last, id != highest {
                    let isLowest = facts.temporalLayer == 0
                    #expect(facts.baseLayerIndex == (last.baseLayerIndex ?? 0) &+ (isLowest ? 1 : 0))
                    #expect(facts.keyIndex == ((last.keyIndex ?? 0) + (facts.beginsKeyFrame ? 1 : 0)) & 0x1F)
                }
                last = facts
                highest = max(highest ?? id, id)
                // No two frames have one id.
                var picture = pictures[id] ?? (packet.source, before.pictureID, 0)
                #expect(picture.source == packet.source && picture.id == before.pictureID)
                picture.count += 1
                #expect(picture.count <= 2)
                pictures[id] = picture
                if let known = timestamps[id] { #expect(known == rewrite.timestamp) }
                timestamps[id] = rewrite.timestamp
            }
        }
        // Timestamps grow with picture ids.
        let ordered = timestamps.sorted { $0.key < $1.key }.map(\.value)
        for (one, other) in zip(ordered, ordered.dropFirst()) { #expect(Int32(bitPattern: other &- one) > 0) }
        #expect(pictures.count > 300)
    }
}
