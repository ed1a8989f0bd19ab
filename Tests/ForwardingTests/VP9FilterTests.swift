import RTP
import TestSupport
import Testing

@testable import Forwarding

@Suite("Layers of VP9")
struct VP9FilterTests {
    /// Pictures of three layers in space and two in time.
    struct Source {
        let ssrc: UInt32
        let isFlexible: Bool
        var id: Int
        var number = 100
        private var step = 0
        private var reader = SourceReader(codec: .vp9)

        init(ssrc: UInt32 = 1, id: Int = 0, isFlexible: Bool = false) {
            (self.ssrc, self.id, self.isFlexible) = (ssrc, id, isFlexible)
        }

        /// The packets of the next picture, one for each layer.
        ///
        /// - Parameter intraLayer: a layer above the lowest whose frame needs no other picture.
        mutating func next(isKey: Bool = false, intraLayer: Int? = nil, at now: Duration) -> [SourcePacket] {
            if isKey { step = 0 }
            let temporal = step % 2
            let back = step % 2 == 0 ? 2 : 1
            step += 1
            id += 1
            var packets: [SourcePacket] = []
            for spatial in 0..<3 {
                number += 1
                let isPredicted = !isKey && intraLayer != spatial
                let payload = PacketMaker.vp9(
                    id: id, spatial: spatial, temporal: temporal, isPredicted: isPredicted, needsLower: spatial > 0,
                    isSwitch: temporal == 0, references: isFlexible ? (isPredicted ? [back] : []) : nil)
                if let packet = reader.make(
                    payload, source: ssrc, number: number, timestamp: id * 3000, marker: spatial == 2, at: now)
                {
                    packets.append(packet)
                }
            }
            return packets
        }
    }

    private static func layers(
        _ forwarder: inout TrackForwarder, _ packets: [SourcePacket]
    ) throws -> [(spatial: Int, temporal: Int, marker: Bool, id: UInt16)] {
        var layers: [(spatial: Int, temporal: Int, marker: Bool, id: UInt16)] = []
        for packet in packets {
            guard let rewrite = forwarder.receive(packet) else { continue }
            let bytes = rewrite.applied(to: packet)
            let header = try RTPHeader(parsing: bytes.span)
            let facts = try Sent.vp9(bytes)
            layers.append((facts.spatialLayer, facts.temporalLayer, header.marker, facts.pictureID))
        }
        return layers
    }

    private static func forwarder(_ limit: LayerLimit) -> TrackForwarder {
        var forwarder = TrackForwarder(rewriter: StreamRewriter(ssrc: 9, clockRate: 90_000), codec: .vp9)
        forwarder.target = .init(source: 1, limit: limit)
        return forwarder
    }

    @Test("end with a marker where those above are left out", arguments: [false, true])
    func marker(isFlexible: Bool) throws {
        var source = Source(isFlexible: isFlexible)
        var forwarder = Self.forwarder(LayerLimit(spatial: 1, temporal: 1))
        for step in 0..<20 {
            let layers = try Self.layers(&forwarder, source.next(isKey: step == 0, at: .milliseconds(33 * step)))
            #expect(layers.map(\.spatial) == [0, 1])
            #expect(layers.map(\.marker) == [false, true])
        }
    }

    @Test("go up in space at a key picture, or where one needs no other picture", arguments: [false, true])
    func goingUp(isFlexible: Bool) throws {
        var source = Source(isFlexible: isFlexible)
        var forwarder = Self.forwarder(LayerLimit(spatial: 0))
        _ = try Self.layers(&forwarder, source.next(isKey: true, at: .zero))
        _ = try Self.layers(&forwarder, source.next(at: .zero))
        forwarder.target?.limit.spatial = 2
        let waiting = try Self.layers(&forwarder, source.next(at: .zero))
        #expect(waiting.map(\.spatial) == [0] && waiting.map(\.marker) == [false])
        #expect(forwarder.wantedKeyFrame == 1)
        let up = try Self.layers(&forwarder, source.next(intraLayer: 1, at: .zero))
        #expect(up.map(\.spatial) == [0, 1])
        let still = try Self.layers(&forwarder, source.next(at: .zero))
        // The layer in time 0 refers to a picture of which layer 1 was left out.
        #expect(still.map(\.spatial) == (isFlexible ? [0] : [0, 1]))
        let key = try Self.layers(&forwarder, source.next(isKey: true, at: .zero))
        #expect(key.map(\.spatial) == [0, 1, 2] && key.map(\.marker) == [false, false, true])
        #expect(forwarder.wantedKeyFrame == nil)
        forwarder.target?.limit.spatial = 0
        let down = try Self.layers(&forwarder, source.next(at: .zero))
        #expect(down.map(\.spatial) == [0] && down.map(\.marker) == [true])
    }

    @Test("go up in time after a picture that says so")
    func goingUpInTime() throws {
        var source = Source()
        var forwarder = Self.forwarder(LayerLimit(temporal: 0))
        var temporal: [Int] = []
        for step in 0..<12 {
            if step == 5 { forwarder.target?.limit.temporal = 1 }
            let layers = try Self.layers(&forwarder, source.next(isKey: step == 0, at: .zero))
            if let first = layers.first { temporal.append(first.temporal) }
        }
        #expect(temporal == [0, 0, 0, 0, 1, 0, 1, 0, 1])
    }

    @Test("go on with a key picture when a source counts its pictures from elsewhere on")
    func restart() throws {
        var source = Source(id: 20_000)
        var forwarder = Self.forwarder(LayerLimit())
        for step in 0..<20 {
            let layers = try Self.layers(&forwarder, source.next(isKey: step == 0, at: .zero))
            #expect(layers.allSatisfy { $0.id == 20_001 + step })
        }
        source.id = 7000
        let lost = try Self.layers(&forwarder, source.next(at: .zero))
        #expect(lost.isEmpty && forwarder.wantedKeyFrame == 1)
        for step in 0..<20 {
            let layers = try Self.layers(&forwarder, source.next(isKey: step == 0, at: .zero))
            #expect(layers.count == 3 && layers.allSatisfy { $0.id == 20_021 + step })
        }
        #expect(forwarder.wantedKeyFrame == nil)
    }

    @Test("are left out if the layer below in the same picture was")
    func lowerLayer() throws {
        var reader = SourceReader(codec: .vp9)
        var filter = VP9Filter()
        var number = 0
        var forwarded: [Int] = []
        func send(_ payload: [UInt8], limit: Int) throws {
            number += 1
            let made = reader.make(payload, number: number, timestamp: number, at: .zero)
            let packet = try #require(made)
            if number == 1 { filter.begin(with: packet) }
            if filter.changes(of: packet, limit: LayerLimit(spatial: limit)) != nil { forwarded.append(number) }
        }
        for id in 1...2 {
            try send(PacketMaker.vp9(id: id, isPredicted: id > 1, references: id > 1 ? [1] : []), limit: 0)
            try send(
                PacketMaker.vp9(
                    id: id, spatial: 1, isPredicted: id > 1, needsLower: id == 1, references: id > 1 ? [1] : []),
                limit: 0)
        }
        // Layer 1 cannot be decoded, so that layer 2 cannot, though it needs no other picture.
        try send(PacketMaker.vp9(id: 3, references: [1]), limit: 2)
        try send(PacketMaker.vp9(id: 3, spatial: 1, needsLower: true, references: [1]), limit: 2)
        try send(PacketMaker.vp9(id: 3, spatial: 2, isPredicted: false, needsLower: true, references: []), limit: 2)
        #expect(forwarded == [1, 3, 5] && filter.waitsForLayers)
        // Without the layer in between, it can begin by itself in the picture after that.
        try send(PacketMaker.vp9(id: 4, references: [1]), limit: 2)
        try send(PacketMaker.vp9(id: 4, spatial: 1, isPredicted: false, needsLower: true, references: []), limit: 2)
        try send(PacketMaker.vp9(id: 4, spatial: 2, isPredicted: false, needsLower: true, references: []), limit: 2)
        #expect(forwarded == [1, 3, 5, 6, 7, 8].map { $0 > 5 ? $0 + 2 : $0 } && !filter.waitsForLayers)
    }

    @Test("keep the distances of picture ids, and go on over a change of the source", arguments: 1...6)
    func model(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        var sources = [
            Source(ssrc: 1, id: 32_700, isFlexible: seed % 2 == 0),
            Source(ssrc: 2, id: Int.random(in: 0..<30_000, using: &random), isFlexible: seed % 2 == 0),
        ]
        var forwarder = Self.forwarder(LayerLimit())
        /// By the watcher's picture ids without an end: the frames that it has got.
        var received: [Int64: Set<Int>] = [:]
        var highest: Int64?
        var firstOfSource: Int64 = 0
        var lastSource: UInt32 = 0
        for step in 0..<900 {
            if step % 31 == 30 {
                let limit = LayerLimit(
                    spatial: Int.random(in: 0...2, using: &random), temporal: Int.random(in: 0...1, using: &random))
                forwarder.target = .init(source: UInt32.random(in: 1...2, using: &random), limit: limit)
            }
            for index in sources.indices {
                let isKey = step == 0 || forwarder.wantedKeyFrame == sources[index].ssrc && step % 7 == 0
                for packet in sources[index].next(isKey: isKey, at: .milliseconds(33 * step)) {
                    guard let rewrite = forwarder.receive(packet) else { continue }
                    #expect(!rewrite.isFilling)
                    let bytes = rewrite.applied(to: packet)
                    let facts = try Sent.vp9(bytes)
                    let id = unwrapped(UInt32(facts.pictureID), bits: 15, near: highest ?? Int64(facts.pictureID))
                    #expect(id >= highest ?? id)
                    if packet.source != lastSource { (firstOfSource, lastSource) = (id, packet.source) }
                    highest = id
                    received[id, default: []].insert(facts.spatialLayer)
                    // All that the frame needs has been let through.
                    if facts.needsLowerLayer { #expect(received[id]?.contains(facts.spatialLayer - 1) == true) }
                    for back in facts.references {
                        #expect(id - Int64(back) >= firstOfSource)
                        #expect(received[id - Int64(back)]?.contains(facts.spatialLayer) == true)
                    }
                }
            }
        }
        #expect(received.count > 300)
    }
}
