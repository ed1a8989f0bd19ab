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
    /// Keeps a copy.
    mutating func keep(_ packet: [UInt8], sequenceNumber: UInt16, now: Duration) {
        var packet = packet
        keep(&packet, sequenceNumber: sequenceNumber, now: now)
    }
}

@Suite("Packets that may be asked for again")
struct SentPacketsTests {
    @Test("are kept as they were sent, for a while, and answered once a round trip")
    func answers() {
        var sent = SentPackets()
        sent.keep([1, 2, 3], sequenceNumber: 7, now: .zero)
        #expect(sent.answer(8, now: .zero, pause: .zero) == nil)
        #expect(sent.answer(7, now: .zero, pause: .milliseconds(50)) == [1, 2, 3])
        #expect(sent.answer(7, now: .milliseconds(49), pause: .milliseconds(50)) == nil)
        #expect(sent.answer(7, now: .milliseconds(50), pause: .milliseconds(50)) == [1, 2, 3])
        #expect(sent.answer(7 + 1024, now: .milliseconds(200), pause: .zero) == nil, "another in its place")
        #expect(sent.answer(7, now: .seconds(4), pause: .zero) == nil, "it is too old")
    }

    @Test("are in the room of those before, and stay what they are")
    func room() {
        var (sent, packet) = (SentPackets(), [UInt8]())
        for index in 1..<5000 {
            packet += [UInt8](repeating: UInt8(truncatingIfNeeded: index), count: 1 + index % 1200)
            sent.keep(&packet, sequenceNumber: UInt16(index), now: .milliseconds(index))
            #expect(packet.isEmpty)
            let before = index / 2 + 1
            guard index - before < 500 else { continue }
            let kept = sent.answer(UInt16(before), now: .milliseconds(index), pause: .zero)
            #expect(kept == [UInt8](repeating: UInt8(truncatingIfNeeded: before), count: 1 + before % 1200))
        }
        // Where one of 1200 bytes was, there is room for the next.
        #expect(packet.capacity >= 600)
    }

    @Test("are bounded in number, in bytes and in time")
    func bounds() {
        var sent = SentPackets()
        for index in 0..<200_000 {
            let number = UInt16(truncatingIfNeeded: index)
            sent.keep([UInt8](repeating: 1, count: 1200), sequenceNumber: number, now: .milliseconds(index / 100))
        }
        #expect(sent.count <= SentPackets.maximumCount && sent.byteCount <= SentPackets.maximumBytes)
        #expect(sent.byteCount == sent.count * 1200)
        for index in 0..<500 {
            sent.keep([UInt8](repeating: 1, count: 60_000), sequenceNumber: UInt16(index), now: .seconds(3))
        }
        #expect(sent.byteCount <= SentPackets.maximumBytes && sent.count < 40)
        sent.keep([1], sequenceNumber: 60_000, now: .seconds(60))
        #expect(sent.count == 1 && sent.byteCount == 1)
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
