import RTP
import TestSupport
import Testing

@Suite("How much a session may send")
struct SessionBitrateTests {
    @Test(
        "is found out from the peer's feedback, and followed down and up",
        arguments: [PictureSource.Feedback.transportWide, .bySource])
    func followed(feedback: PictureSource.Feedback) throws {
        let source = PictureSource(bitrate: 1_000_000, feedback: feedback)
        var rates = try source.run(seconds: 10)
        #expect(rates[4...].allSatisfy { (600_000...1_200_000).contains($0) }, "\(rates)")
        source.pair.change(.init(delay: .milliseconds(25), bitrate: 500_000))
        rates = try source.run(seconds: 8)
        #expect(rates[3...].allSatisfy { (250_000...600_000).contains($0) }, "\(rates)")
        source.pair.change(.init(delay: .milliseconds(25), bitrate: 2_000_000))
        rates = try source.run(seconds: 12)
        #expect(rates.suffix(4).allSatisfy { (1_200_000...2_400_000).contains($0) }, "\(rates)")
        let sent = try #require(source.pair.sender.session.sentStreams[1000])
        #expect(source.pair.receiver.frames.count > Int(sent.counters.framesSent) * 9 / 10)
    }

    @Test("leaves little to what is sent again, so that a queue that has overflowed is empty soon")
    func repairs() throws {
        let source = PictureSource(bitrate: 1_000_000)
        _ = try source.run(seconds: 6)
        let sent = try #require(source.pair.sender.session.sentStreams[1000])
        let (before, lost) = (sent.counters.retransmittedBytesSent, source.pair.lost)
        source.pair.change(.init(delay: .milliseconds(25), bitrate: 300_000))
        _ = try source.run(seconds: 3)
        source.pair.longestWait = .zero
        _ = try source.run(seconds: 3)
        #expect(source.pair.longestWait < .milliseconds(150), "\(source.pair.longestWait)")
        #expect(sent.counters.retransmittedBytesSent - before < 100_000)
        #expect(source.pair.lost - lost < 200)
    }

    @Test("is not known where the peer tells nothing of arrivals, and nothing waits then")
    func unknown() throws {
        let source = PictureSource(bitrate: nil, feedback: nil)
        try source.pair.sendPicture(0, size: 200_000, isKeyFrame: true)
        #expect(source.pair.sender.session.availableBitrate == nil)
        source.pair.run(for: .milliseconds(45))
        #expect(source.pair.receiver.frames.count == 1)
    }

    @Test("a large picture is spread over time, and the numbers are in the order of leaving")
    func paced() throws {
        let source = PictureSource(bitrate: 2_000_000)
        _ = try source.run(seconds: 4)
        source.pair.longestWait = .zero
        try source.pair.sendPicture(120, size: 40_000, isKeyFrame: true)
        source.pair.run(for: .seconds(1))
        #expect(source.pair.lost == 0 && source.pair.longestWait < .milliseconds(170))
        #expect(source.pair.receiver.frames.last?.bytes.count == 40_000)
    }

    @Test("a peer's own estimate is the limit, where that was agreed on")
    func receiverEstimate() throws {
        func limit(_ bitrate: UInt64) -> RTCPWriter {
            var writer = RTCPWriter()
            writer.appendEstimatedBitrate(from: 9, bitsPerSecond: bitrate, of: [1000])
            return writer
        }
        let pair = SessionPair { sending, _ in sending.sentFormats[0].feedback.insert(.estimatedBitrate) }
        pair.sender.session.receive(rtcp: limit(1 << 18).bytes.span, now: pair.now)
        #expect(pair.sender.session.availableBitrate == 1 << 18)
        let other = SessionPair()
        other.sender.session.receive(rtcp: limit(1 << 18).bytes.span, now: other.now)
        #expect(other.sender.session.availableBitrate == nil)
    }

    @Test("the path is not tried beyond what could be sent, and is once that is more")
    func wanted() throws {
        let (free, bound) = (PictureSource(bitrate: nil), PictureSource(bitrate: nil))
        bound.pair.sender.session.update(wantedBitrate: 600_000)
        let most = try free.run(seconds: 8, most: 500_000).max() ?? 0
        let bounded = try bound.run(seconds: 8, most: 500_000).max() ?? 0
        #expect(most > 1_500_000 && bounded < 1_000_000, "\(most), \(bounded)")
        bound.pair.sender.session.update(wantedBitrate: nil)
        let later = try bound.run(seconds: 20, most: 500_000).max() ?? 0
        #expect(later > 1_500_000, "\(later)")
    }

    @Test("a section that has not agreed on numbers keeps its name, however long that is, beside one that has")
    func otherSection() throws {
        var sections = ["10", "20"].map { SessionPair.section(mid: $0, sends: true) }
        sections[0].encodings = [.init(ssrc: 1, repairSSRC: 2)]
        sections[1].sentExtensions.note(TransportSequenceNumber.uri, id: 5)
        let end = SessionEnd("a") { 77 }
        var packets: [[UInt8]] = []
        end.send = { packet, isControl in if !isControl { packets.append(packet) } }
        end.session.update(sections, now: .zero)
        for (index, ssrc) in [1, 1000, 1].enumerated() {
            let stream = try #require(end.session.sentStreams[UInt32(ssrc)])
            try end.session.send(
                [0, 1, 2], cutBy: &end.format, SessionPair.video, on: stream, time: .milliseconds(index),
                isKeyFrame: true, now: .zero)
        }
        let elements = try packets.map { try RTPPacket(parsing: $0.span).extensions }
        #expect(elements[0] == [RTPExtensionElement(id: 9, value: Array("10".utf8))] && elements[2] == elements[0])
        #expect(elements[1].map(\.id) == [5, 9] && elements[1][0].value == [0, 1])
    }

    @Test("numbers go on after feedback was not agreed on for a while, and what waited has left")
    func again() throws {
        let source = PictureSource(bitrate: nil)
        var numbers: [UInt16] = []
        let (sender, pass) = (source.pair.sender, source.pair.sender.send)
        sender.send = { packet, isControl in
            if !isControl, let extensions = try? RTPPacket(parsing: packet.span).extensions,
                let value = extensions.first(where: { $0.id == 5 })?.value
            {
                numbers.append(UInt16(value[0]) << 8 | UInt16(value[1]))
            }
            pass(packet, isControl)
        }
        try source.pair.sendPicture(0, size: 100_000, isKeyFrame: true)
        let before = numbers.count
        var section = SessionPair.section(sends: true)
        sender.session.update([section], now: source.pair.now)
        #expect(before < 80 && numbers.count > 80, "the rest of the picture has left")
        section.sentExtensions.note(TransportSequenceNumber.uri, id: 5)
        sender.session.update([section], now: source.pair.now)
        try source.pair.sendPicture(1, size: 1000, isKeyFrame: false)
        source.pair.run(for: .milliseconds(300))
        #expect(numbers.count > 90 && numbers == numbers.indices.map { UInt16($0) + 1 })
    }

    @Test("where what is missing goes again in its own stream, nothing is numbered, and it is the same to the byte")
    func withoutRepairs() throws {
        let pair = SessionPair {
            $0.sentExtensions.note(TransportSequenceNumber.uri, id: 5)
            $1.receivedExtensions.note(TransportSequenceNumber.uri, id: 5)
            $0.sentFormats[0].repairPayloadType = nil
        }
        var packets: [[UInt8]] = []
        let pass = pair.sender.send
        pair.sender.send = { packet, isControl in
            if !isControl { packets.append(packet) }
            pass(packet, isControl)
        }
        try pair.sendPicture(0, size: 500, isKeyFrame: true)
        let first = try #require(packets.first)
        let number = UInt16(first[2]) << 8 | UInt16(first[3])
        var writer = RTCPWriter()
        writer.appendNack(from: 9, of: 1000, [NackItem(packetID: number)])
        pair.sender.session.receive(rtcp: writer.bytes.span, now: pair.now + .seconds(1))
        #expect(packets.count == 2 && packets.last == first)
        #expect(try !RTPPacket(parsing: first.span).extensions.contains { $0.id == 5 })
    }

    @Test("a peer that says that it can get everything is believed within reason")
    func endless() throws {
        let pair = SessionPair { sending, _ in sending.sentFormats[0].feedback.insert(.estimatedBitrate) }
        var writer = RTCPWriter()
        writer.appendEstimatedBitrate(from: 9, bitsPerSecond: .max, of: [1000])
        pair.sender.session.receive(rtcp: writer.bytes.span, now: pair.now)
        #expect(pair.sender.session.availableBitrate == 100_000_000_000)
        pair.sender.session.update([SessionPair.section(sends: true)], now: pair.now)
        #expect(pair.sender.session.availableBitrate == nil)
    }

    @Test("lies of the peer about arrivals do no harm")
    func lies() throws {
        var random = SeededGenerator(seed: 8)
        let source = PictureSource(bitrate: 1_000_000)
        _ = try source.run(seconds: 1)
        for _ in 0..<500 {
            var time = Int64.random(in: -1 << 31..<1 << 31, using: &random)
            let arrivals = (0..<UInt16.random(in: 1...300, using: &random)).map { index in
                time += Int64.random(in: -10_000...10_000, using: &random)
                return TransportWideFeedback.Arrival(sequenceNumber: index, time: index % 3 == 0 ? nil : time)
            }
            var writer = RTCPWriter()
            writer.appendTransportWide(from: 1, of: 2, feedbackCount: 0, arrivals)
            source.pair.sender.session.receive(rtcp: writer.bytes.span, now: source.pair.now)
            _ = source.pair.sender.session.nextDeadline
        }
        // A run of 65,535 that have arrived, as often as there is room for.
        let one: [UInt8] =
            [0x8F, 205, 0, 9, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0xFF, 0xFF, 0, 0, 2, 7]
            + Array(repeating: [0x1F, 0xFF], count: 9).flatMap { $0 } + [0, 0]
        let compound = Array(repeating: one, count: 30).flatMap { $0 }
        source.pair.sender.session.receive(rtcp: compound.span, now: source.pair.now)
        let rates = try source.run(seconds: 20)
        #expect(rates.last.map { $0 > 30_000 } ?? false)
    }
}
