import TestSupport
import Testing

@testable import RTP

@Suite("NTP times")
struct NTPTimeTests {
    @Test("are seconds since 1900, and begin anew in 2036")
    func epochs() {
        #expect(NTPTime(sinceEpoch: .zero).rawValue == 0x83AA_7E80_0000_0000)
        #expect(NTPTime(sinceEpoch: .milliseconds(500)).rawValue == 0x83AA_7E80_8000_0000)
        #expect(NTPTime(sinceEpoch: .milliseconds(-250)).rawValue == 0x83AA_7E7F_C000_0000)
        #expect(NTPTime(rawValue: .max).sinceEpoch < .seconds(2_085_978_496))
        #expect(NTPTime(rawValue: 0).sinceEpoch == .seconds(2_085_978_496), "the 7th of February 2036, 6:28:16")
        #expect(NTPTime(sinceEpoch: .seconds(2_085_978_497)).rawValue == 1 << 32)
        #expect(NTPTime(rawValue: 0x1111_2222_3333_4444).compact == 0x2222_3333)
        var random = SeededGenerator(seed: 31)
        for _ in 0..<10_000 {
            let time = NTPTime(rawValue: random.next())
            #expect(NTPTime(sinceEpoch: time.sinceEpoch) == time)
        }
    }

    @Test("times between moments are saturated")
    func durations() {
        for (duration, compact) in [
            (.zero, 0), (.milliseconds(1_500), 98_304), (.seconds(-1), 0), (.nanoseconds(-1), 0),
            (.seconds(65_535), 0xFFFF_0000), (.seconds(65_536), .max), (.seconds(Int64.max), .max),
        ] as [(Duration, UInt32)] {
            #expect(NTPTime.compact(duration) == compact)
        }
        #expect(Duration.seconds(-1).ticks(rate: 48_000) == -48_000)
        #expect(Duration.seconds(1.0 / 3).ticks(rate: 90_000) == 30_000)
        #expect(Duration.seconds(-1.0 / 3).ticks(rate: 90_000) == -30_000)
        #expect(Duration.ticks(-24_000, rate: 48_000) == .milliseconds(-500))
    }

    @Test("the way there and back is RFC 3550's example (§6.4.1), and never less than nothing")
    func roundTrip() {
        func block(_ last: UInt32, _ delay: UInt32) -> ReportBlock {
            ReportBlock(ssrc: 1, lastSenderReport: last, delaySinceLastSenderReport: delay)
        }
        let arrival = NTPTime(rawValue: 0xB44D_B710_8000_0000)
        let example = NTPTime.roundTrip(block(0xB705_2000, 0x0005_4000), arrival: arrival)
        #expect(arrival.compact == 0xB710_8000 && example == .milliseconds(6_125))
        #expect(NTPTime.roundTrip(block(0xB705_2000, 0x0055_4000), arrival: arrival) == .zero)
        #expect(NTPTime.roundTrip(block(0xB711_0000, 0), arrival: arrival) == .zero, "from the future")
        #expect(NTPTime.roundTrip(block(0xB705_2000, .max), arrival: arrival) == .zero)
        #expect(NTPTime.roundTrip(block(0, 0), arrival: arrival) == nil)
        let wrapped = NTPTime.roundTrip(block(0xFFFF_8000, 0x4000), arrival: NTPTime(rawValue: 0x8000 << 16))
        #expect(wrapped == .milliseconds(750))
        let answer = ExtendedReport.DelayBlock(ssrc: 1, lastReceiverReport: 0xB710_0000, delay: 0x4000)
        #expect(NTPTime.roundTrip(answer, arrival: arrival) == .milliseconds(250))
    }
}

@Suite("A sender's clock")
struct SenderClockTests {
    @Test("timestamps are the nearest, from an offset on, and begin anew")
    func timestamps() {
        let clock = SenderClock(clockRate: 90_000, offset: 0xFFFF_FFF0)
        #expect(clock.timestamp(of: .zero) == 0xFFFF_FFF0 && clock.timestamp(of: .milliseconds(1)) == 74)
        #expect(clock.timestamp(of: .seconds(1) / 30) == 2984 && clock.timestamp(of: .seconds(-1)) == 0xFFFE_A060)
        #expect(clock.timestamp(of: .seconds(200_000)) == UInt32(truncatingIfNeeded: 18_000_000_000 - 16))
        #expect(Set((0..<20).map { _ in SenderClock(clockRate: 1).offset }).count > 1)
    }

    @Test("a report has both clocks now, and what was sent")
    func report() throws {
        var clock = SenderClock(clockRate: 48_000, offset: 1_000)
        #expect(clock.report(of: 7, now: .seconds(5)) == nil)
        clock.note(mediaTime: .seconds(3), packets: 2, octets: 150, now: .seconds(1_000_000))
        // 200 ms late, which is the encoder's or the network's.
        clock.note(mediaTime: .seconds(4), octets: 50, now: .milliseconds(1_000_001_200))
        let report = try #require(clock.report(of: 7, now: .milliseconds(1_000_001_500)))
        #expect(report.ssrc == 7 && report.packetCount == 3 && report.octetCount == 200)
        #expect(report.rtpTimestamp == 1_000 + 48 * 4_500)
        #expect(NTPTime(rawValue: report.ntpTime) == NTPTime(sinceEpoch: .milliseconds(1_000_001_500)))
        // The application's clock has stood still.
        clock.note(mediaTime: .seconds(5), octets: 0, now: .seconds(1_000_010))
        let later = try #require(clock.report(of: 7, now: .seconds(1_000_011)))
        #expect(later.rtpTimestamp == 289_000)
        clock.anchor = .init(mediaTime: .zero, wallTime: .seconds(1_000_000))
        let shared = try #require(clock.report(of: 7, now: .seconds(1_000_001)))
        #expect(shared.rtpTimestamp == 49_000)
    }

    @Test("what it reports is what the receiver makes of it, over the end of timestamps and of eras")
    func thereAndBack() throws {
        var random = SeededGenerator(seed: 32)
        for rate in [8_000, 48_000, 90_000] {
            var clock = SenderClock(clockRate: rate, offset: random.next(upperBound: UInt32.max))
            var source = SourceClock(clockRate: rate)
            #expect(source.wallTime(of: 1) == nil)
            // Two days around the 7th of February 2036.
            for step in 0..<2_000 {
                let media = Duration.seconds(step * 86)
                let wall = Duration.seconds(2_085_978_496 - 86_000) + media
                clock.note(mediaTime: media, octets: 1, now: wall)
                source.note(try #require(clock.report(of: 1, now: wall + .milliseconds(7))))
                let found = try #require(source.wallTime(of: clock.timestamp(of: media + .milliseconds(500))))
                #expect((found - wall - .milliseconds(500)).magnitude < .microseconds(130))
            }
        }
    }
}

@Suite("A source's clock")
struct SourceClockTests {
    private static func report(_ seconds: Double, _ timestamp: UInt32) -> SenderReport {
        SenderReport(
            ssrc: 1, ntpTime: NTPTime(sinceEpoch: .seconds(seconds)).rawValue, rtpTimestamp: timestamp,
            packetCount: 0, octetCount: 0)
    }

    @Test("the last report counts, and one that was overtaken does not")
    func last() {
        var clock = SourceClock(clockRate: 1_000)
        clock.note(Self.report(100, 0xFFFF_FFFF))
        #expect(clock.wallTime(of: 999) == .seconds(101) && clock.wallTime(of: 0xFFFF_FFFF - 500) == .seconds(99.5))
        clock.note(Self.report(110.5, 9_999))
        #expect(clock.wallTime(of: 9_999) == .seconds(110.5))
        clock.note(Self.report(105.25, 4_999))
        #expect(clock.wallTime(of: 9_999) == .seconds(110.5))
    }

    @Test("one report that contradicts all others changes nothing, two that agree do")
    func contradiction() {
        var clock = SourceClock(clockRate: 1_000)
        clock.note(Self.report(100, 0))
        for crazy in [Self.report(100_000, 5_000), Self.report(105, 900_000), Self.report(2, 3)] {
            clock.note(crazy)
            clock.note(crazy)
            #expect(clock.wallTime(of: 0) == .seconds(100))
        }
        clock.note(Self.report(110, 10_000))
        #expect(clock.wallTime(of: 10_000) == .seconds(110))
        clock.note(Self.report(500, 20_000))
        clock.note(Self.report(505, 25_000))
        #expect(clock.wallTime(of: 25_000) == .seconds(505), "the clock was set")
        clock.note(Self.report(9_000, 30_000))
        clock.note(Self.report(510, 30_000))
        clock.note(Self.report(9_005, 35_000))
        #expect(clock.wallTime(of: 30_000) == .seconds(510), "they do not follow each other")
        var silent = SourceClock(clockRate: 1_000)
        silent.note(SenderReport(ssrc: 1, ntpTime: 0, rtpTimestamp: 30_000, packetCount: 0, octetCount: 0))
        #expect(silent.wallTime(of: 30_000) == nil)
    }

    @Test("if the first report is the crazy one, the next two are followed")
    func first() {
        var clock = SourceClock(clockRate: 1_000)
        clock.note(Self.report(7, 0xABCD_0000))
        clock.note(Self.report(100, 0))
        clock.note(Self.report(105, 5_000))
        #expect(clock.wallTime(of: 5_000) == .seconds(105))
    }
}
