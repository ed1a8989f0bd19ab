import RTP
import TestSupport
import Testing

@testable import Forwarding

@Suite("A track of a watcher")
struct TrackForwarderTests {
    private static func forwarder(_ codec: SourceReader.Codec = .vp8) -> TrackForwarder {
        TrackForwarder(
            rewriter: StreamRewriter(ssrc: 9, clockRate: 90_000, payloadType: 101, firstNumber: 65_000), codec: codec)
    }

    private static func frame(
        _ reader: inout SourceReader, source: UInt32, index: Int, isKey: Bool, at now: Duration, shift: Int = 0
    ) -> SourcePacket? {
        reader.make(
            PacketMaker.vp8(id: index, base: index, isKey: isKey), source: source, number: index,
            timestamp: index * 3000 + shift, marker: true, at: now)
    }

    @Test("goes on with the source before until a key frame of the next comes")
    func switching() throws {
        var readers = [SourceReader(codec: .vp8), SourceReader(codec: .vp8)]
        var forwarder = Self.forwarder()
        #expect(forwarder.wantedKeyFrame == nil)
        forwarder.target = .init(source: 1)
        #expect(forwarder.wantedKeyFrame == 1)
        var sources: [UInt32] = []
        for index in 0..<40 {
            if index == 10 { forwarder.target = .init(source: 2) }
            for source in [UInt32(1), 2] {
                let isKey = source == 1 ? index % 30 == 3 : index == 20
                let packet = Self.frame(
                    &readers[Int(source) - 1], source: source, index: index, isKey: isKey,
                    at: .milliseconds(33 * index))
                if let packet, forwarder.receive(packet) != nil { sources.append(packet.source) }
            }
            if index == 15 { #expect(forwarder.wantedKeyFrame == 2 && forwarder.current?.source == 1) }
        }
        // Both have a picture of the moment at which it goes over.
        #expect(sources == Array(repeating: 1, count: 18) + Array(repeating: 2, count: 20))
        #expect(forwarder.wantedKeyFrame == nil)
        forwarder.target = nil
        let packet = try #require(
            Self.frame(&readers[1], source: 2, index: 40, isKey: true, at: .seconds(2)))
        let paused = forwarder.receive(packet)
        #expect(paused == nil && forwarder.wantedKeyFrame == nil)
    }

    @Test("begins at once with what the cache holds, and goes on without a gap")
    func joining() throws {
        var reader = SourceReader(codec: .vp8)
        var cache = ForwardingCache()
        var forwarder = Self.forwarder()
        var numbers: [UInt16] = []
        var sent: [(packet: SourcePacket, rewrite: PacketRewrite)] = []
        for index in 0..<60 {
            let made = Self.frame(
                &reader, source: 1, index: index + 65_520, isKey: index == 10, at: .milliseconds(33 * index))
            let packet = try #require(made)
            cache.insert(packet, now: packet.arrival)
            if index == 39 {
                forwarder.target = .init(source: 1)
                for packet in cache.group(now: packet.arrival) {
                    let rewrite = forwarder.receive(packet)
                    if let rewrite { numbers.append(rewrite.sequenceNumber) }
                }
                #expect(numbers.count == 30 && forwarder.wantedKeyFrame == nil)
            } else if let rewrite = forwarder.receive(packet) {
                numbers.append(rewrite.sequenceNumber)
                sent.append((packet, rewrite))
            }
        }
        #expect(numbers == (0..<50).map { 65_000 &+ UInt16($0) })
        // What is the watcher's own, and what all share, are the packet together.
        for (packet, rewrite) in sent {
            let made = rewrite.applied(to: packet)
            let header = try RTPHeader(parsing: made.span)
            let facts = try Sent.vp8(made)
            let number = Int(truncatingIfNeeded: packet.number) - 65_536
            #expect(header.ssrc == 9 && header.payloadType == 101)
            #expect(facts.pictureID == UInt16(number & 0x7FFF))
            let prefix = rewrite.prefix(of: packet)
            #expect(prefix.count > 0)
            let own = (0..<prefix.count).map { prefix[$0] }
            let shared = packet.bytes[(packet.header.payload.lowerBound + prefix.count)...]
            #expect(own + shared == made[header.payload.lowerBound...])
        }
        #expect(sent.count == 20)
    }

    @Test("can be asked for packets that came before the key frame's first, and are in the cache")
    func missingFromCache() throws {
        var reader = SourceReader(codec: .vp8)
        var cache = ForwardingCache()
        var forwarder = Self.forwarder()
        forwarder.target = .init(source: 1)
        var packets: [SourcePacket] = []
        for part in 0..<3 {
            let payload = PacketMaker.vp8(id: 1, isKey: true, begins: part == 0)
            let made = reader.make(payload, number: 10 + part, timestamp: 5, marker: part == 2, at: .zero)
            packets.append(try #require(made))
        }
        var sent: [UInt16] = []
        for index in [1, 0, 2] {
            cache.insert(packets[index], now: .zero)
            let rewrite = forwarder.receive(packets[index])
            if let rewrite { sent.append(rewrite.sequenceNumber) }
        }
        #expect(sent == [65_000, 65_002])
        guard case .missing(1, let number)? = forwarder.rewriter.origin(of: 65_001) else {
            Issue.record("it is not known")
            return
        }
        let packet = try #require(cache[number])
        let rewrite = forwarder.receive(packet)
        #expect(rewrite?.sequenceNumber == 65_001)
    }

    @Test("says in its reports when its pictures were captured, over each change of the source")
    func lipSync() throws {
        var readers = [SourceReader(codec: .vp8), SourceReader(codec: .vp8)]
        var forwarder = Self.forwarder()
        var checked = 0
        var report: SenderReport?
        for index in 0..<300 {
            let source: UInt32 = index / 50 % 2 == 0 ? 1 : 2
            // The second source is slower to arrive, and its timestamps are others.
            let shift = source == 1 ? 4_294_900_000 : 77
            let captured = Duration.seconds(1_000_000) + .ticks(Int64(index * 3000), rate: 90_000)
            let arrival = Duration.ticks(Int64(index * 3000), rate: 90_000) + .milliseconds(source == 1 ? 20 : 95)
            if index % 50 == 0 { forwarder.target = .init(source: source, sender: 3) }
            let made = Self.frame(
                &readers[Int(source) - 1], source: source, index: index, isKey: index % 50 == 0, at: arrival,
                shift: shift)
            let packet = try #require(made)
            let rewrite = forwarder.receive(packet)
            let sent = try #require(rewrite)
            if index % 10 == 5 {
                let rewritten = forwarder.receive(
                    SenderReport(
                        ssrc: source, ntpTime: NTPTime(sinceEpoch: captured).rawValue,
                        rtpTimestamp: packet.header.timestamp, packetCount: 1, octetCount: 1))
                report = rewritten
            }
            guard index % 50 > 5, let report else { continue }
            let distance = Duration.ticks(
                Int64(Int32(bitPattern: sent.timestamp &- report.rtpTimestamp)), rate: 90_000)
            let says = NTPTime(rawValue: report.ntpTime).sinceEpoch + distance
            #expect(abs((says - captured) / .seconds(1)) < 0.001)
            checked += 1
        }
        #expect(checked > 200)
    }

    @Test("goes on for 24 hours through the wraps of all its numbers")
    func day() throws {
        var readers = [SourceReader(codec: .vp8), SourceReader(codec: .vp8)]
        var forwarder = Self.forwarder()
        var last: (header: RTPHeader, facts: VP8Facts)?
        var (gaps, count) = (0, 0)
        var numbers = [65_000, 40_000]
        // A picture of two packets each two seconds; every third picture is left out.
        for index in 0..<43_200 {
            let source: UInt32 = index / 500 % 2 == 0 ? 1 : 2
            let (isKey, layer) = (index % 500 == 0, index % 500 % 3 == 2 ? 1 : 0)
            if isKey { forwarder.target = .init(source: source, limit: LayerLimit(temporal: 0)) }
            for part in 0..<2 {
                let payload = PacketMaker.vp8(
                    id: index + 20_000 * Int(source), base: index, key: index / 500, layer: layer, isKey: isKey,
                    begins: part == 0, size: 4)
                numbers[Int(source) - 1] += 1
                let made = readers[Int(source) - 1].make(
                    payload, source: source, number: numbers[Int(source) - 1],
                    timestamp: index * 180_000 + Int(source) << 30, marker: part == 1, at: .seconds(2 * index))
                guard let packet = made, let rewrite = forwarder.receive(packet) else { continue }
                count += 1
                let bytes = rewrite.applied(to: packet)
                let header = try RTPHeader(parsing: bytes.span)
                let facts = try Sent.vp8(bytes)
                if let last {
                    let isNew = last.header.marker
                    if header.sequenceNumber != last.header.sequenceNumber &+ 1 { gaps += 1 }
                    if facts.pictureID != (last.facts.pictureID + (isNew ? 1 : 0)) & 0x7FFF { gaps += 1 }
                    let step = Int(header.timestamp &- last.header.timestamp)
                    if isNew ? ![180_000, 360_000].contains(step) : step != 0 { gaps += 1 }
                }
                last = (header, facts)
            }
        }
        #expect(gaps == 0 && count > 57_000)
    }

    @Test("of audio lets all through from the first packet on")
    func audio() throws {
        var reader = SourceReader(codec: .audio)
        var forwarder = Self.forwarder(.audio)
        forwarder.target = .init(source: 4)
        for index in 0..<100 {
            let made = reader.make([1, 2, 3], source: 4, number: index, timestamp: index * 960, at: .zero)
            let rewrite = forwarder.receive(try #require(made))
            #expect(rewrite?.sequenceNumber == 65_000 &+ UInt16(index))
        }
        #expect(forwarder.wantedKeyFrame == nil)
    }
}
