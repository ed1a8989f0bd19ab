import TestSupport
import Testing

@testable import RTP

@Suite("A session whose peer repeats its sound (RED)")
struct RedundantSessionTests {
    static let red = RTPFormatParameters(
        payloadType: 63, name: "red", clockRate: 48_000, channels: 2, parameters: "111/111")
    static let tone = RTPFormatParameters(payloadType: 110, name: "telephone-event", clockRate: 48_000)

    /// A session that may get Opus, RED of it, and tones.
    static func end() -> SessionEnd {
        var numbers = SeededGenerator(seed: 1)
        let end = SessionEnd("receiver") { UInt32.random(in: 1 ... .max, using: &numbers) }
        var section = RTPSection(mid: "0", kind: .audio)
        section.receives = true
        section.receivedFormats = [63: red, 110: tone, 111: SessionPair.audio]
        end.session.update([section], now: .zero)
        return end
    }

    static func packet(_ number: Int, type: UInt8 = 63, payload: [UInt8]) throws -> [UInt8] {
        try RTPPacket(
            payloadType: type, sequenceNumber: UInt16(truncatingIfNeeded: 65_530 + number),
            timestamp: UInt32(truncatingIfNeeded: 4_294_960_000 + 960 * number), ssrc: 7, payload: payload
        ).encoded()
    }

    /// 20 ms of Opus, which say which they are.
    static func sound(_ number: Int) -> [UInt8] { [0x78, UInt8(truncatingIfNeeded: number)] }

    @Test("what is lost with one packet is taken from the next, and all of it is Opus", arguments: [1, 2])
    func loss(distance: Int) throws {
        let end = Self.end()
        var writer = RedundantAudioWriter(payloadType: 111, distance: distance)
        for number in 0..<50 {
            let payload = writer.write(
                Self.sound(number).span, timestamp: UInt32(truncatingIfNeeded: 4_294_960_000 + 960 * number),
                maximumSize: 1000)
            // As many in a row as each repeats.
            if number % 7 >= 7 - distance { continue }
            end.take(
                try Self.packet(number, payload: payload), isControl: false,
                now: .seconds(1) + .milliseconds(20 * number))
        }
        #expect(end.frames.map { Int($0.bytes[1]) } == Array(0..<end.frames.count))
        #expect(end.frames.count >= 48 && end.frames.allSatisfy { $0.bytes.count == 2 && $0.payloadType == 111 })
        let stream = try #require(end.session.receivedStreams.first)
        #expect(stream.format == SessionPair.audio && stream.counters.emitted == UInt64(960 * end.frames.count))
        #expect(end.session.receivedStreams.count == 1 && end.session.strays == 0)
    }

    @Test("a peer may go over to RED and back, and its tones only fill the sequence")
    func changes() throws {
        let end = Self.end()
        var writer = RedundantAudioWriter(payloadType: 111)
        for number in 0..<30 {
            let red = writer.write(Self.sound(number).span, timestamp: 4_294_960_000 &+ 960, maximumSize: 1000)
            let packet =
                switch number % 10 {
                case 0...4: try Self.packet(number, payload: red)
                case 5: try Self.packet(number, payload: [110, 1, 0, 0, 160])
                case 6: try Self.packet(number, type: 110, payload: [1, 0, 0, 160])
                default: try Self.packet(number, type: 111, payload: Self.sound(number))
                }
            end.take(packet, isControl: false, now: .seconds(1) + .milliseconds(20 * number))
        }
        #expect(end.frames.map { Int($0.bytes[1]) } == (0..<30).filter { $0 % 10 != 5 && $0 % 10 != 6 })
        #expect(end.frames.allSatisfy { $0.lostBefore == 0 })
    }

    @Test("RED in RED, of nothing, without an end, or of what was not agreed on brings nothing, and takes nothing away")
    func nonsense() throws {
        let end = Self.end()
        let bad: [[UInt8]] = [
            [], [63, 1, 2], [0x80 | 111, 0, 0], [0x80 | 111, 0, 0, 200, 111, 1], [99, 1],
            [0x80 | 63, 0, 0, 1, 63, 1, 1],
            Array(repeating: 0xFF, count: 1100), [0x80 | 99, 0, 0, 1, 99, 1, 1],
        ]
        for (number, payload) in bad.enumerated() {
            end.take(try Self.packet(2 * number, payload: payload), isControl: false, now: .seconds(1))
            end.take(
                try Self.packet(2 * number + 1, payload: [111] + Self.sound(number)), isControl: false, now: .seconds(1)
            )
        }
        end.session.handleTimeout(now: .seconds(2))
        #expect(end.frames.map { Int($0.bytes[1]) } == Array(0..<bad.count))
        // All but the one that has a payload of ours and is cut off within RED.
        #expect(end.session.strays == UInt64(bad.count - 1))
    }

    @Test("a stream that begins with a tone is put together when its sound comes")
    func toneFirst() throws {
        let end = Self.end()
        end.take(try Self.packet(0, type: 110, payload: [1, 0, 0, 160]), isControl: false, now: .seconds(1))
        for number in 1..<10 {
            end.take(
                try Self.packet(number, type: 111, payload: Self.sound(number)), isControl: false, now: .seconds(1))
        }
        #expect(end.frames.map { Int($0.bytes[1]) } == Array(1..<10))
    }
}
