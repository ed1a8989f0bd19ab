import TestSupport
import Testing

@testable import RTP

@Suite("Tones")
struct ToneTests {
    /// What comes out if each deadline is kept, with the milliseconds at which it did.
    private static func run(_ sender: inout ToneSender, until end: Duration = .seconds(100)) -> [String] {
        var outputs: [String] = []
        while let deadline = sender.nextDeadline, deadline < end {
            let time = Int((deadline / .milliseconds(1)).rounded())
            switch sender.next(now: deadline) {
            case .toneChange(let tone): outputs.append("\(time) [\(tone)]")
            case .packet(let packet):
                let event = packet.event
                let flags = (packet.marker ? "M" : "") + (event.isEnd ? "E" : "")
                let start = Int((packet.start / .milliseconds(1)).rounded())
                outputs.append("\(time) \(event.event)@\(start)+\(packet.timestampOffset) \(event.duration)\(flags)")
            case nil: break
            }
        }
        return outputs
    }

    @Test("a tone under way ends when the clock is another, and the next has that; without any sound all end")
    func clocks() throws {
        var sender = ToneSender(clockRate: 48_000)
        sender.setClockRate(8_000, now: .zero)
        try sender.insert("12345", now: .zero)
        var durations: [UInt16] = []
        while let output = sender.next(now: .zero) {
            if case .packet(let packet) = output { durations.append(packet.event.duration) }
        }
        sender.setClockRate(16_000, now: .milliseconds(20))
        while let output = sender.next(now: .milliseconds(20)) {
            if case .packet(let packet) = output {
                durations.append(packet.event.duration)
                #expect(packet.event.event == 2 && packet.marker)
            }
        }
        #expect(durations == [400, 800] && sender.toneBuffer == "345")
        sender.cancel()
        #expect(sender.toneBuffer.isEmpty && sender.next(now: .milliseconds(21)) == .toneChange(""))
        #expect(sender.nextDeadline == nil && sender.next(now: .milliseconds(22)) == nil)
        sender.cancel()
        #expect(sender.nextDeadline == nil)
    }

    @Test("are packets from their beginning on, the last three times before the next begins")
    func packets() throws {
        var sender = ToneSender(clockRate: 8_000)
        #expect(sender.nextDeadline == nil)
        try sender.insert("1d", now: .milliseconds(10))
        #expect(sender.toneBuffer == "1D")
        let outputs = Self.run(&sender)
        #expect(
            outputs == [
                "10 [1]", "10 1@10+0 400M", "60 1@10+0 800", "110 1@10+0 800E", "133 1@10+0 800E", "157 1@10+0 800E",
                "180 [D]", "180 15@180+0 400M", "230 15@180+0 800", "280 15@180+0 800E", "303 15@180+0 800E",
                "327 15@180+0 800E", "350 []",
            ])
        #expect(sender.toneBuffer.isEmpty && sender.nextDeadline == nil)
    }

    @Test("are as long as they may be, and what is too long for a payload has parts")
    func durations() throws {
        var sender = ToneSender(clockRate: 48_000, packetTime: .milliseconds(500))
        try sender.insert("#", duration: .seconds(9), interToneGap: .seconds(9), now: .zero)
        let long = Self.run(&sender)
        let events = long.filter { !$0.contains("[") }
        #expect(events.count { $0.hasSuffix("+0 65535") } == 3 && events.count { $0.contains("+65535 65535") } == 3)
        #expect(
            events.filter { $0.hasSuffix("E") }.map { $0.split(separator: " ")[2] } == ["25860E", "25860E", "25860E"])
        #expect(events.count { $0.contains("M") } == 1 && events[0] == "0 11@0+0 24000M" && long.last == "12000 []")
        // The parts together are 6 s.
        #expect(4 * 65_535 + 25_860 == 6 * 48_000)
        try sender.insert("*", duration: .zero, interToneGap: .zero, now: .seconds(20))
        let short = Self.run(&sender)
        #expect(
            short == [
                "20000 [*]", "20000 10@20000+0 1920M", "20040 10@20000+0 1920E", "20050 10@20000+0 1920E",
                "20060 10@20000+0 1920E", "20070 []",
            ])
    }

    @Test("take the place of those that have not begun; a comma is a pause of two seconds")
    func replacement() throws {
        var sender = ToneSender(clockRate: 8_000)
        try sender.insert("12345", now: .zero)
        let first = Self.run(&sender, until: .milliseconds(60))
        #expect(first == ["0 [1]", "0 1@0+0 400M", "50 1@0+0 800"] && sender.toneBuffer == "2345")
        try sender.insert(",9", now: .milliseconds(60))
        let rest = Self.run(&sender)
        #expect(rest.filter { $0.contains("[") } == ["170 [,]", "2170 [9]", "2340 []"])
        try sender.insert("12", now: .seconds(3))
        _ = Self.run(&sender, until: .milliseconds(3010))
        try sender.insert("", now: .milliseconds(3010))
        let ended = Self.run(&sender)
        #expect(ended.last == "3170 []" && ended.count == 5, "the tone that has begun is sent to its end")
        try sender.insert("", now: .seconds(4))
        #expect(sender.nextDeadline == nil)
    }

    @Test("that are none are refused, and change nothing")
    func invalid() throws {
        var sender = ToneSender(clockRate: 8_000)
        try sender.insert("0123456789abcdABCD#*,", now: .zero)
        for (tones, character, position) in [("12e", "e", 2), (" 1", " ", 0), ("1é", "é", 1)]
            as [(String, Character, Int)]
        {
            #expect(throws: ToneError.invalidCharacter(character, position: position)) {
                try sender.insert(tones, now: .zero)
            }
        }
        #expect(sender.toneBuffer == "0123456789ABCDABCD#*,")
    }

    @Test("that are late are shorter in packets, and end all the same")
    func late() throws {
        var sender = ToneSender(clockRate: 8_000)
        try sender.insert("1", duration: .seconds(1), now: .zero)
        var packets: [ToneSender.Packet] = []
        for time in [0, 333, 5_000, 5_010, 5_030, 9_000, 9_001] {
            while let output = sender.next(now: .milliseconds(time)) {
                if case .packet(let packet) = output { packets.append(packet) }
            }
        }
        #expect(packets.map(\.event.duration) == [400, 2_800, 8_000, 8_000, 8_000])
        #expect(packets.map(\.event.isEnd) == [false, false, true, true, true])
        #expect(Set(packets.map(\.start)) == [.zero] && sender.nextDeadline == nil)
    }

    @Test("are payloads of four bytes, of which any number can follow each other")
    func payload() throws {
        let event = TelephoneEvent(event: 11, isEnd: true, volume: 99, duration: 0x1234)
        #expect(event.bytes == [11, 0xBF, 0x12, 0x34] && event.tone == "#")
        let two = event.bytes + [16, 0x4A, 0, 1]
        let (first, second) = (try TelephoneEvent(two.span), try TelephoneEvent(two.span, at: 1))
        #expect(first == event && second == TelephoneEvent(event: 16, isEnd: false, volume: 10, duration: 1))
        #expect(second.tone == nil)
        for (count, index) in [(3, 0), (7, 1), (8, 2), (8, -1), (0, 0)] {
            #expect(throws: RTPError.self) { try TelephoneEvent(Array(two.prefix(count)).span, at: index) }
        }
    }
}
