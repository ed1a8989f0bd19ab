import TestSupport
import Testing

@testable import RTP

@Suite("A session of RTP with what other stacks send")
struct OtherStacksTests {
    /// One that receives pictures and sound, of a peer that says nothing of its sources.
    private static func end(
        _ format: RTPFormatParameters = SessionPair.video, _ change: (inout RTPSection) -> Void = { _ in }
    ) -> SessionEnd {
        var numbers = SeededGenerator(seed: 1)
        let end = SessionEnd("receiver") { UInt32.random(in: 1 ... .max, using: &numbers) }
        var video = SessionPair.section(sends: false)
        video.receivedFormats = [96: format, 97: SessionPair.repair]
        change(&video)
        var audio = RTPSection(mid: "1", kind: .audio)
        audio.receives = true
        audio.receivedFormats = [111: SessionPair.audio]
        end.session.update([video, audio], now: .zero)
        return end
    }

    private static func packet(
        _ number: Int, type: UInt8 = 96, of source: UInt32 = 7, timestamp: Int, marker: Bool = true,
        extensions: [RTPExtensionElement] = [], _ payload: [UInt8]
    ) throws -> [UInt8] {
        try RTPPacket(
            payloadType: type, sequenceNumber: UInt16(truncatingIfNeeded: number),
            timestamp: UInt32(truncatingIfNeeded: timestamp), ssrc: source, marker: marker, extensions: extensions,
            payload: payload
        ).encoded()
    }

    private static let picture: [UInt8] = [0x10, 0, 1, 2, 3]

    @Test("without a name in its packets a stream is told by its payload type; with names of two bytes, by those")
    func names() throws {
        let end = Self.end()
        end.take(try Self.packet(1, timestamp: 0, Self.picture), isControl: false, now: .seconds(1))
        end.take(try Self.packet(1, type: 111, of: 8, timestamp: 0, [0x78, 1]), isControl: false, now: .seconds(1))
        // An element of 17 bytes makes all of them such of two bytes.
        let long = [
            RTPExtensionElement(id: 9, value: [0x30, 0]), .init(id: 20, value: Array(repeating: 1, count: 17)),
        ]
        let bytes = try Self.packet(1, of: 9, timestamp: 0, extensions: long, Self.picture)
        let form = try RTPHeader(parsing: bytes.span).extensionForm
        #expect(form == .twoByte)
        end.take(bytes, isControl: false, now: .seconds(1))
        #expect(end.session.receivedStreams.map(\.mid) == ["0", "1", "0"] && end.session.strays == 0)
        #expect(end.frames.count == 3)
    }

    @Test("RTX of a source that nobody has announced fills the gap, also without a name")
    func repair() throws {
        let end = Self.end()
        let packets = try (0..<5).map {
            try Self.packet(65_534 + $0, timestamp: 4_294_960_000 + 3000 * $0, Self.picture + [UInt8($0)])
        }
        for index in [0, 1, 3, 4] { end.take(packets[index], isControl: false, now: .seconds(1)) }
        let third = packets[2]
        let wrapped = Retransmission.wrap(third.span, payloadType: 97, ssrc: 12_345, sequenceNumber: 65_535)
        let again = try #require(wrapped)
        // Padding in the stream of retransmissions, as bandwidth is looked for with it.
        let padding = try RTPPacket(
            payloadType: 97, sequenceNumber: 65_534, timestamp: 0, ssrc: 12_345, paddingCount: 255
        ).encoded()
        for bytes in [padding, again, again] { end.take(bytes, isControl: false, now: .seconds(1) + .milliseconds(30)) }
        #expect(end.frames.map { $0.bytes.last } == [0, 1, 2, 3, 4])
        #expect(end.session.receivedStreams.first?.counters.retransmittedPacketsReceived == 1)
    }

    @Test("timestamps and numbers that begin right before their end go on behind it")
    func wrap() throws {
        let end = Self.end()
        for number in 0..<50 {
            let bytes = try Self.packet(65_520 + number, timestamp: (1 << 32) - 9000 + 3000 * number, Self.picture)
            end.take(bytes, isControl: false, now: .seconds(1) + .milliseconds(33 * number))
        }
        let times = end.frames.map(\.timestamp)
        #expect(times.count == 50 && zip(times, times.dropFirst()).allSatisfy { $1 - $0 == 3000 })
        #expect(end.session.receivedStreams.first?.statistics.lost == 0)
    }

    @Test("Opus of 2.5 to 120 ms with pauses (DTX), and in stereo, comes out as it went in, without losses")
    func opus() throws {
        let end = Self.end()
        // The code of a packet's length, and its samples (RFC 6716 §3.1).
        let kinds: [(head: [UInt8], samples: Int)] = [
            ([0x80], 120), ([0x88], 240), ([0x90], 480), ([0x98], 960), ([0x9C], 960), ([0x18], 2880),
            ([0x1B, 0x02], 5760), ([0x9B, 0x06], 5760),
        ]
        var timestamp = (1 << 32) - 20_000
        var expected: [Int64] = []
        for number in 0..<64 {
            let kind = kinds[number % kinds.count]
            end.take(
                try Self.packet(65_500 + number, type: 111, timestamp: timestamp, marker: false, kind.head + [1, 2]),
                isControl: false, now: .seconds(1) + .milliseconds(20 * number))
            expected.append(Int64(timestamp))
            // In a pause timestamps go on, and numbers do not.
            timestamp += kind.samples + (number % 10 == 9 ? 19_200 : 0)
        }
        #expect(end.frames.map(\.timestamp) == expected && end.frames.allSatisfy { $0.lostBefore == 0 })
        let emitted = try #require(end.session.receivedStreams.first).counters.emitted
        #expect(emitted == UInt64(8 * kinds.reduce(0) { $0 + $1.samples }))
    }

    @Test("a receiver that knows FIR alone is asked by it, and one that says nothing of feedback by PLI")
    func requests() throws {
        for (feedback, isFIR) in [(RTPFormatParameters.Feedback.fullIntraRequest, true), ([], false)] {
            var format = SessionPair.video
            format.feedback = feedback
            let end = Self.end(format)
            var kinds: [Feedback.Kind] = []
            end.send = { bytes, _ in
                var reader = RTCPReader()
                while let block = try? reader.next(in: bytes.span) {
                    if let feedback = Feedback(block, in: bytes.span) { kinds.append(feedback.kind) }
                }
            }
            end.take(try Self.packet(1, timestamp: 0, [0x10, 1, 1]), isControl: false, now: .seconds(1))
            #expect(kinds == [isFIR ? .fullIntraRequest : .pictureLoss])
        }
    }

    @Test("H.264 as cameras and gateways write it: parameters apart, aggregates, start codes inside")
    func h264() throws {
        let format = RTPFormatParameters(payloadType: 96, name: "h264", clockRate: 90_000)
        let (set, picture): ([UInt8], [UInt8]) = ([0x67, 0x42, 0xC0, 0x0A], [0x68, 0xCB])
        let slice: [UInt8] = [0x65, 0x88, 0x84]
        let code: [UInt8] = [0, 0, 0, 1]
        let aggregate: [UInt8] = [0x78, 0, 4] + set + [0, 2] + picture + [0, 3] + slice
        let whole = code + set + code + picture + code + slice
        let cases: [(payloads: [[UInt8]], frame: [UInt8])] = [
            ([set, picture, slice], whole), ([aggregate], whole),
            // Annex B as it is, and behind a unit that tells of none.
            ([whole], whole), ([[0, 0, 1] + slice], [0, 0, 1] + slice),
            ([[0x09, 0x10] + whole], code + [0x09, 0x10] + whole),
            // Without parameters: they came in the description.
            ([slice], code + slice),
        ]
        for (index, example) in cases.enumerated() {
            let end = Self.end(format)
            for (place, payload) in example.payloads.enumerated() {
                let bytes = try Self.packet(
                    place, timestamp: 0, marker: place == example.payloads.count - 1, payload)
                end.take(bytes, isControl: false, now: .seconds(1))
            }
            #expect(end.frames.map(\.bytes) == [example.frame], "case \(index)")
            #expect(end.frames.allSatisfy { $0.isKeyFrame })
        }
    }

    @Test("reports that come every 5 s, or alone without a compound, keep the round trip and the clock")
    func reports() throws {
        let end = Self.end()
        for second in stride(from: 0, to: 20, by: 5) {
            let now = Duration.seconds(1 + second)
            end.take(
                try Self.packet(second, timestamp: 90_000 * second, Self.picture), isControl: false, now: now)
            var writer = RTCPWriter()
            writer.append(
                SenderReport(
                    ssrc: 7, ntpTime: NTPTime(sinceEpoch: .seconds(1_700_000_000) + now).rawValue,
                    rtpTimestamp: UInt32(90_000 * second), packetCount: 1, octetCount: 1))
            end.take(writer.bytes, isControl: true, now: now)
        }
        let stream = try #require(end.session.receivedStreams.first)
        #expect(stream.reportCount == 4)
        #expect(stream.clock.wallTime(of: 90_000 * 20) == .seconds(1_700_000_000 + 21))
        let block = stream.statistics.report(of: 7, now: .seconds(18))
        #expect(block?.delaySinceLastSenderReport == 2 << 16 && block?.lastSenderReport != 0)
    }
}
