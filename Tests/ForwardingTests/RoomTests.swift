import RTP
import TestSupport
import Testing

@testable import Forwarding

@Suite("Who speaks")
struct ActiveSpeakerTests {
    /// Levels of packets of 20 ms.
    private static func run(
        _ speakers: inout ActiveSpeaker, from start: Int, for milliseconds: Int, _ levels: [UInt64: UInt8]
    ) {
        for step in 0..<milliseconds / 20 {
            let now = Duration.milliseconds(start + 20 * step)
            for (id, level) in levels.sorted(by: { $0.key < $1.key }) {
                speakers.note(AudioLevel(decibelsBelowFull: level, isVoice: false), of: id, now: now)
            }
            speakers.update(now: now)
        }
    }

    @Test("is found soon, and a short noise is not taken for it")
    func noise() {
        var speakers = ActiveSpeaker()
        Self.run(&speakers, from: 0, for: 1000, [1: 127, 2: 90])
        #expect(speakers.speaker == nil)
        // A door.
        Self.run(&speakers, from: 1000, for: 100, [1: 3, 2: 90])
        Self.run(&speakers, from: 1100, for: 400, [1: 127, 2: 90])
        #expect(speakers.speaker == nil)
        Self.run(&speakers, from: 1500, for: 500, [1: 127, 2: 25])
        #expect(speakers.speaker == 2 && speakers.isSpeaking)
        Self.run(&speakers, from: 2000, for: 3000, [1: 127, 2: 100])
        #expect(speakers.speaker == 2 && !speakers.isSpeaking)
    }

    @Test("stays so while another is hardly louder, and is followed by who is when it is silent")
    func hysteresis() {
        var speakers = ActiveSpeaker()
        Self.run(&speakers, from: 0, for: 2000, [1: 30, 2: 127])
        #expect(speakers.speaker == 1)
        Self.run(&speakers, from: 2000, for: 3000, [1: 30, 2: 26])
        #expect(speakers.speaker == 1)
        Self.run(&speakers, from: 5000, for: 1500, [1: 127, 2: 26])
        #expect(speakers.speaker == 2 && speakers.recent == [2, 1])
        Self.run(&speakers, from: 6500, for: 3000, [2: 40, 3: 5])
        #expect(speakers.speaker == 3 && speakers.recent == [3, 2, 1])
        speakers.remove(3)
        #expect(speakers.speaker == nil && speakers.recent == [2, 1])
    }

    @Test("does not stay so if nothing comes of it any more")
    func silence() {
        var speakers = ActiveSpeaker()
        Self.run(&speakers, from: 0, for: 1000, [1: 20])
        #expect(speakers.isSpeaking)
        for step in 0..<30 { speakers.update(now: .milliseconds(1000 + 100 * step)) }
        #expect(!speakers.isSpeaking && speakers.speaker == 1)
    }

    @Test("is kept of a bounded number, whatever the times and levels")
    func bounds() {
        var random = SeededGenerator(seed: 3)
        var speakers = ActiveSpeaker()
        for _ in 0..<5000 {
            let now = Duration.milliseconds(Int.random(in: -1000...100_000, using: &random))
            let level = AudioLevel(decibelsBelowFull: UInt8.random(in: 0...255, using: &random), isVoice: true)
            speakers.note(level, of: UInt64.random(in: 0...500, using: &random), now: now)
            if Int.random(in: 0..<20, using: &random) == 0 { speakers.update(now: now) }
        }
        #expect(speakers.count <= ActiveSpeaker.maximumCount)
        #expect(speakers.recent.count <= ActiveSpeaker.recentCount)
        #expect(speakers.activity(of: speakers.speaker) <= 1)
    }
}

@Suite("The cache of a source")
struct ForwardingCacheTests {
    /// Frames of two packets; each `interval`th is a key frame.
    private static func packets(
        _ count: Int, interval: Int, size: Int = 100, codec: SourceReader.Codec = .vp8
    ) -> [SourcePacket] {
        var reader = SourceReader(codec: codec)
        return (0..<count).compactMap { index in
            let payload = PacketMaker.vp8(
                id: index / 2, isKey: index / 2 % interval == 0, begins: index % 2 == 0, size: size)
            return reader.make(
                payload, number: 65_000 + index, timestamp: index / 2 * 3000, at: .milliseconds(16 * index))
        }
    }

    @Test("holds the last key frame with all that came after it")
    func group() {
        var cache = ForwardingCache()
        let packets = Self.packets(200, interval: 40)
        for packet in packets { cache.insert(packet, now: packet.arrival) }
        let group = cache.group(now: packets[199].arrival)
        #expect(group.map(\.number) == packets[160...].map(\.number))
        #expect(group.first?.beginsKeyFrame == true)
        #expect(cache[packets[150].number]?.bytes == packets[150].bytes)
        #expect(cache[0] == nil)
        #expect(cache.group(now: .seconds(60)).isEmpty)
    }

    @Test("does not hold a group that is too much for who joins", arguments: 0...2)
    func tooMuch(which: Int) {
        let limits = [
            ForwardingCache.Limits(groupPackets: 50), .init(groupBytes: 5000), .init(groupAge: .milliseconds(500)),
        ][which]
        var cache = ForwardingCache(limits: limits)
        let packets = Self.packets(200, interval: 60)
        for packet in packets[..<20] { cache.insert(packet, now: packet.arrival) }
        #expect(cache.hasGroup(now: packets[19].arrival))
        for packet in packets[20..<115] { cache.insert(packet, now: packet.arrival) }
        #expect(!cache.hasGroup(now: packets[114].arrival) && cache.group(now: packets[114].arrival).isEmpty)
        for packet in packets[115..<130] { cache.insert(packet, now: packet.arrival) }
        #expect(cache.group(now: packets[129].arrival).count == 10)
    }

    @Test("is bounded in number, bytes and time, in any order", arguments: 1...6)
    func bounds(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let limits = ForwardingCache.Limits(packets: 100, bytes: 12_000, age: .seconds(1), groupAge: .seconds(2))
        var cache = ForwardingCache(limits: limits)
        var packets = Self.packets(1200, interval: 30, size: Int(seed) * 20)
        for index in stride(from: 0, to: packets.count - 10, by: 7) {
            packets.swapAt(index, index + Int.random(in: 0..<10, using: &random))
        }
        var isWithin = true
        for packet in packets {
            cache.insert(packet, now: packet.arrival)
            cache.insert(packet, now: packet.arrival)
            isWithin = isWithin && cache.count <= 100 && cache.byteCount <= 12_000
        }
        #expect(isWithin && cache.count > 10)
        cache.trim(now: .seconds(3600))
        #expect(cache.count == 0 && cache.byteCount == 0)
    }

    @Test("is of no more packets than there are numbers, when a source begins anew")
    func restart() {
        var cache = ForwardingCache()
        let packets = Self.packets(20, interval: 40)
        for packet in packets { cache.insert(packet, now: packet.arrival) }
        let far = SourcePacket(
            bytes: packets[0].bytes, header: packets[0].header, number: .max / 2, arrival: .seconds(1),
            facts: packets[0].facts)
        cache.insert(far, now: .seconds(1))
        #expect(cache.count == 1 && cache.byteCount == far.bytes.count)
    }
}
