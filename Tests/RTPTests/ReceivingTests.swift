import TestSupport
import Testing

@testable import RTP

@Suite("What a receiver says of a source")
struct ReceptionStatisticsTests {
    @Test("loss is counted over the end of the numbers, late packets and repetitions included, as RFC 3550 A.3 does")
    func loss() throws {
        var statistics = ReceptionStatistics(clockRate: 90_000)
        #expect(statistics.report(of: 1, now: .zero) == nil)
        let numbers = [65_530, 65_531, 65_533, 65_532, 0, 1, 1, 4] as [UInt16]
        for number in numbers { statistics.note(sequenceNumber: number, timestamp: 0, arrival: .zero) }
        // 65,530 to 65,540: eleven, of which eight have come, one of them twice.
        let report = statistics.report(of: 7, now: .zero)
        let first = try #require(report)
        #expect(first.ssrc == 7 && first.packetsLost == 3 && first.extendedHighestSequenceNumber == 65_540)
        #expect(first.fractionLost == UInt8(3 * 256 / 11))
        for number in 5...14 as ClosedRange<UInt16> {
            statistics.note(sequenceNumber: number, timestamp: 0, arrival: .zero)
        }
        #expect(statistics.report(of: 7, now: .zero)?.fractionLost == 0)
        for number in 10...14 as ClosedRange<UInt16> {
            statistics.note(sequenceNumber: number, timestamp: 0, arrival: .zero)
        }
        let repeated = statistics.report(of: 7, now: .zero)
        #expect(repeated?.fractionLost == 0 && repeated?.packetsLost == -2)
    }

    @Test("jitter is what RFC 3550 A.8 makes of the times between packets")
    func jitter() {
        var statistics = ReceptionStatistics(clockRate: 8_000)
        for index in 0..<2_000 {
            // Each second packet is 10 ms late: 80 units of the clock, back and forth.
            let arrival = Duration.milliseconds(20 * index + (index % 2) * 10)
            statistics.note(
                sequenceNumber: UInt16(index), timestamp: UInt32.max - 1000 &+ UInt32(index) &* 160, arrival: arrival)
        }
        #expect(abs(statistics.jitter - 80) < 0.01)
    }

    @Test("a source that has begun anew is counted anew, and a single packet from elsewhere is nothing")
    func restart() throws {
        var statistics = ReceptionStatistics(clockRate: 90_000)
        for number in 0..<10 as Range<UInt16> {
            statistics.note(sequenceNumber: number, timestamp: 0, arrival: .zero)
        }
        statistics.note(sequenceNumber: 30_000, timestamp: 0, arrival: .zero)
        statistics.note(sequenceNumber: 10, timestamp: 0, arrival: .zero)
        #expect(statistics.expected == 11 && statistics.lost == 0)
        for number in 40_000..<40_003 as Range<UInt16> {
            statistics.note(sequenceNumber: number, timestamp: 0, arrival: .zero)
        }
        #expect(statistics.expected == 2 && statistics.lost == 0)
    }

    @Test("the source's last report is named, and how long it has been here")
    func senderReport() {
        var statistics = ReceptionStatistics(clockRate: 90_000)
        statistics.note(sequenceNumber: 1, timestamp: 0, arrival: .zero)
        #expect(statistics.report(of: 1, now: .seconds(9))?.lastSenderReport == 0)
        let report = SenderReport(
            ssrc: 1, ntpTime: 0x1111_2222_3333_4444, rtpTimestamp: 0, packetCount: 0, octetCount: 0)
        statistics.note(report, arrival: .seconds(10))
        let block = statistics.report(of: 1, now: .milliseconds(11_500))
        #expect(block?.lastSenderReport == 0x2222_3333 && block?.delaySinceLastSenderReport == 98_304)
    }
}

@Suite("Packets that are missing")
struct MissingPacketsTests {
    @Test("are asked for once others are behind them, again after a round trip, and not for ever")
    func requests() {
        var missing = MissingPackets()
        #expect(missing.note(65_534, now: .zero) == .newest && missing.nextDeadline == nil)
        #expect(missing.note(1, now: .zero) == .newest)
        #expect(missing.due(now: .zero, roundTrip: .milliseconds(100)) == [], "it may be of the order alone")
        #expect(missing.note(2, now: .milliseconds(1)) == .newest)
        #expect(missing.due(now: .milliseconds(1), roundTrip: .milliseconds(100)) == [65_535])
        #expect(missing.due(now: .milliseconds(20), roundTrip: .milliseconds(100)) == [0])
        #expect(missing.due(now: .milliseconds(126), roundTrip: .milliseconds(100)) == [65_535])
        #expect(missing.note(65_535, now: .milliseconds(130)) == .recovered)
        #expect(missing.note(65_535, now: .milliseconds(131)) == .late, "it has come")
        var (count, time) = (1, 130)
        while missing.count > 0, time < 10_000 {
            time += 5
            count += missing.due(now: .milliseconds(time), roundTrip: .milliseconds(100)).count
        }
        // At 20 ms, and after 125, 250, 500 and 1,000 ms more.
        #expect(count == 5 && time == 2_000)
        #expect(missing.note(0, now: .seconds(3)) == .late, "it was given up")
    }

    @Test("that come in another order in a moment are not asked for")
    func reordering() {
        var random = SeededGenerator(seed: 10)
        var missing = MissingPackets()
        var numbers = (0..<5_000).map { UInt16(truncatingIfNeeded: 65_000 + $0) }
        for index in stride(from: 0, to: numbers.count - 2, by: 3) {
            numbers.swapAt(index, index + Int.random(in: 0...2, using: &random))
        }
        for (index, number) in numbers.enumerated() {
            let now = Duration.milliseconds(index)
            _ = missing.note(number, now: now)
            #expect(missing.due(now: now, roundTrip: .milliseconds(50)).isEmpty)
        }
    }

    @Test("are bounded in number, and none is asked for where the numbers jump")
    func bounds() {
        var missing = MissingPackets()
        _ = missing.note(0, now: .zero)
        for step in 1...5 as ClosedRange<UInt16> { _ = missing.note(step * 900, now: .zero) }
        #expect(missing.count == MissingPackets.maximumCount)
        #expect(missing.note(20_000, now: .zero) == .restarted && missing.count == 0)
        #expect(missing.note(20_005, now: .zero) == .newest && missing.count == 4)
        #expect(missing.note(5, now: .zero) == .restarted)
    }
}

extension SentPackets {
    /// Keeps a packet without a header extension.
    mutating func keep(_ payload: [UInt8], sequenceNumber: UInt16, now: Duration) {
        keep(
            SharedPayload(payload),
            Header(typeAndMarker: 96, sequenceNumber: sequenceNumber, timestamp: 0, extensions: []), now: now)
    }

    /// What is answered with such a packet.
    static func packet(_ payload: [UInt8], sequenceNumber: UInt16) -> [UInt8] {
        [0x80, 96, UInt8(sequenceNumber >> 8), UInt8(sequenceNumber & 0xFF), 0, 0, 0, 0, 0, 0, 0, 9] + payload
    }
}

@Suite("Packets that may be asked for again")
struct SentPacketsTests {
    @Test("are kept as they were sent, for a while, and answered once a round trip")
    func answers() {
        var sent = SentPackets(ssrc: 9)
        #expect(sent.answer(7, now: .zero, pause: .zero) == nil)
        sent.keep([1, 2, 3], sequenceNumber: 7, now: .zero)
        let packet = SentPackets.packet([1, 2, 3], sequenceNumber: 7)
        #expect(sent.answer(8, now: .zero, pause: .zero) == nil)
        #expect(sent.answer(7, now: .zero, pause: .milliseconds(50)) == packet)
        #expect(sent.answer(7, now: .milliseconds(49), pause: .milliseconds(50)) == nil)
        #expect(sent.answer(7, now: .milliseconds(50), pause: .milliseconds(50)) == packet)
        #expect(sent.answer(7 + 1024, now: .milliseconds(200), pause: .zero) == nil, "another in its place")
        #expect(sent.answer(7, now: .seconds(4), pause: .zero) == nil, "it is too old")
    }

    @Test("are each found while they are kept, whatever the order and the gaps of their numbers", arguments: 1...6)
    func model(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var sent = SentPackets(ssrc: 9)
        var kept: [(number: UInt16, payload: [UInt8], at: Duration)] = []
        var (next, now) = (UInt16(65_000), Duration.zero)
        for step in 0..<4000 {
            now += .milliseconds(Int.random(in: 0...4, using: &random))
            next &+= Int.random(in: 0..<50, using: &random) == 0 ? UInt16.random(in: 1...300, using: &random) : 1
            let payload = [UInt8](
                repeating: UInt8(truncatingIfNeeded: step), count: Int.random(in: 1...1200, using: &random))
            sent.keep(payload, sequenceNumber: next, now: now)
            kept.append((next, payload, now))
            guard let asked = kept.suffix(60).randomElement(using: &random) else { continue }
            let answer = sent.answer(asked.number, now: now, pause: .zero)
            #expect(answer == SentPackets.packet(asked.payload, sequenceNumber: asked.number))
            // One of long ago is answered with itself or not at all.
            guard let old = kept.suffix(3000).randomElement(using: &random) else { continue }
            let oldAnswer = sent.answer(old.number, now: now, pause: .zero)
            #expect(oldAnswer == nil || oldAnswer == SentPackets.packet(old.payload, sequenceNumber: old.number))
            #expect(sent.count <= SentPackets.maximumCount)
        }
    }

    @Test("are to the byte what was sent: headers of their own around what they share")
    func shared() throws {
        let picture = (0..<3000).map { UInt8(truncatingIfNeeded: $0) }
        var prefix = PayloadPrefix()
        for byte in [0x90, 0x80, 0x81] as [UInt8] { prefix.append(byte) }
        prefix.replace(2, with: 0x85)
        let (once, twice) = (
            SharedPayload(of: picture, 0..<1100), SharedPayload(prefix: prefix, of: picture, 1100..<2200)
        )
        for ssrc in 1...3 as ClosedRange<UInt32> {
            var sent = SentPackets(ssrc: ssrc)
            let extensions: [UInt8] = [0xBE, 0xDE, 0, 1, 0x31, 0, UInt8(ssrc), 0]
            sent.keep(
                once, .init(typeAndMarker: 96, sequenceNumber: 65_535, timestamp: 77, extensions: extensions),
                now: .zero)
            sent.keep(
                twice, .init(typeAndMarker: 0xE0, sequenceNumber: 0, timestamp: 78, extensions: []), now: .zero)
            #expect(sent.byteCount == 12 + 8 + 1100 + 12 + 3 + 1100)
            let (again, last) = (
                sent.answer(65_535, now: .zero, pause: .zero), sent.answer(0, now: .zero, pause: .zero)
            )
            let first = try RTPPacket(parsing: #require(again))
            #expect(first.ssrc == ssrc && first.timestamp == 77 && !first.marker)
            #expect(first.extensions == [RTPExtensionElement(id: 3, value: [0, UInt8(ssrc)])])
            #expect(first.payload == Array(picture[..<1100]))
            let second = try RTPPacket(parsing: #require(last))
            #expect(second.marker && second.payloadType == 0x60 && second.extensions.isEmpty)
            #expect(second.payload == [0x90, 0x80, 0x85] + picture[1100..<2200])
        }
        #expect(SharedPayload(of: picture, 2900..<9000).count == 100, "what is not there is cut off")
    }

    @Test("are let go when nobody can ask for them any more, also where nothing more is sent")
    func end() {
        var sent = SentPackets()
        #expect(sent.end == nil)
        for number in 0..<10 as Range<UInt16> {
            sent.keep([1], sequenceNumber: number, now: .milliseconds(Int(number)))
        }
        #expect(sent.end == .milliseconds(3009))
        sent.trim(now: .milliseconds(3004))
        #expect(sent.count == 5)
        sent.trim(now: .milliseconds(3009))
        #expect(sent.count == 0 && sent.byteCount == 0 && sent.end == nil)
    }

    @Test("are bounded in number, in bytes and in time")
    func bounds() {
        var sent = SentPackets()
        for index in 0..<200_000 {
            let number = UInt16(truncatingIfNeeded: index)
            sent.keep([UInt8](repeating: 1, count: 1200), sequenceNumber: number, now: .milliseconds(index / 100))
        }
        #expect(sent.count <= SentPackets.maximumCount && sent.byteCount <= SentPackets.maximumBytes)
        #expect(sent.byteCount == sent.count * 1212)
        for index in 0..<500 {
            sent.keep([UInt8](repeating: 1, count: 60_000), sequenceNumber: UInt16(index), now: .seconds(3))
        }
        #expect(sent.byteCount <= SentPackets.maximumBytes && sent.count < 40)
        sent.keep([1], sequenceNumber: 60_000, now: .seconds(60))
        #expect(sent.count == 1 && sent.byteCount == 13)
    }

    @Test("are the same when they were sent again in a stream of their own (RFC 4588 §4)")
    func retransmission() throws {
        var random = SeededGenerator(seed: 11)
        for _ in 0..<200 {
            var packet = RTPPacketTests.random(using: &random)
            let original = try packet.encoded()
            let sent = Retransmission.wrap(original.span, payloadType: 97, ssrc: 5, sequenceNumber: 9)
            let wrapped = try #require(sent)
            let header = try RTPHeader(parsing: wrapped)
            #expect(header.payloadType == 97 && header.ssrc == 5 && header.sequenceNumber == 9)
            #expect(header.payload.count == packet.payload.count + 2)
            let taken = Retransmission.unwrap(wrapped.span, payloadType: packet.payloadType, ssrc: packet.ssrc)
            packet.paddingCount = 0
            #expect(try RTPPacket(parsing: #require(taken)) == packet)
        }
        let filling = try RTPPacket(
            payloadType: 97, sequenceNumber: 1, timestamp: 1, ssrc: 1, paddingCount: 200
        ).encoded()
        let nothing = Retransmission.unwrap(filling.span, payloadType: 96, ssrc: 1)
        #expect(nothing == nil)
    }
}
