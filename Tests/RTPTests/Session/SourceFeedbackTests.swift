import TestSupport
import Testing

@testable import RTP

@Suite("Feedback by source between two sessions")
struct SourceFeedbackTests {
    /// What an end sends, beside its way to the other end.
    private final class Record {
        var packets: [[UInt8]] = []
        var compounds: [[UInt8]] = []

        init(_ end: SessionEnd) {
            let pass = end.send
            end.send = { [unowned self] bytes, isControl in
                if isControl { compounds.append(bytes) } else { packets.append(bytes) }
                pass(bytes, isControl)
            }
        }

        var feedback: [Feedback.Kind] {
            compounds.flatMap { bytes -> [Feedback.Kind] in
                var (reader, kinds) = (RTCPReader(), [Feedback.Kind]())
                while let block = try? reader.next(in: bytes.span) {
                    if let feedback = Feedback(block, in: bytes.span) { kinds.append(feedback.kind) }
                }
                return kinds
            }
        }

        /// Of all packets that were told of, the sources.
        func toldSources() throws -> Set<UInt32> {
            var sources: Set<UInt32> = []
            for bytes in compounds {
                for block in try RTCPTests.blocks(bytes) {
                    guard let plain = Feedback(block, in: bytes),
                        let feedback = CongestionControlFeedback(plain, in: bytes)
                    else { continue }
                    sources.formUnion(feedback.metrics(in: bytes).map(\.ssrc))
                }
            }
            return sources
        }
    }

    private static func mean(_ rates: some Collection<Int>) -> Double {
        Double(rates.reduce(0, +)) / Double(max(1, rates.count))
    }

    @Test(
        "the estimate reaches what it reaches by transport-wide numbers",
        arguments: [(300_000, 0), (1_000_000, 0), (1_000_000, 0.03), (4_000_000, 0)])
    func asGood(bitrate: Int, loss: Double) throws {
        var reached: [Double] = []
        for feedback in PictureSource.Feedback.allCases {
            let rates = try (1...2 as ClosedRange<UInt64>).map { seed in
                let source = PictureSource(seed: seed, bitrate: bitrate, loss: loss, feedback: feedback)
                return Self.mean(try source.run(seconds: 12).suffix(7))
            }
            reached.append(rates.reduce(0, +) / 2)
        }
        #expect(reached[1] > 0.9 * reached[0] && reached[1] < 1.1 * reached[0] + 20_000, "\(reached)")
        #expect(reached[1] > 0.6 * Double(bitrate) && reached[1] < 1.1 * Double(bitrate), "\(reached)")
    }

    @Test("many sources, of which feedback speaks one after the other, are one flow for the estimate")
    func manySources() throws {
        let source = PictureSource(bitrate: 2_000_000, feedback: .bySource, streams: 8)
        let told = Record(source.pair.receiver)
        let rates = try source.run(seconds: 12)
        #expect(try told.toldSources().isSuperset(of: (1000..<1008)))
        #expect(rates[5...].allSatisfy { (1_200_000...2_200_000).contains($0) }, "\(rates)")
    }

    @Test("loss, jitter and copies on both ways leave an estimate near what the path carries")
    func badPath() throws {
        let source = PictureSource(bitrate: 1_000_000, feedback: .bySource)
        source.pair.change(
            .init(
                loss: 0.05, duplication: 0.05, delay: .milliseconds(25), jitter: .milliseconds(10), bitrate: 1_000_000))
        let rates = try source.run(seconds: 20)
        #expect(Self.mean(rates.suffix(8)) > 500_000 && Self.mean(rates.suffix(8)) < 1_200_000, "\(rates)")
    }

    @Test("no packet has a number for it, all are paced, and those that fill probes are told of as well")
    func unnumbered() throws {
        let source = PictureSource(bitrate: 3_000_000, feedback: .bySource)
        let (sent, told) = (Record(source.pair.sender), Record(source.pair.receiver))
        _ = try source.run(seconds: 4)
        source.pair.longestWait = .zero
        try source.pair.sendPicture(120, size: 60_000, isKeyFrame: true)
        source.pair.run(for: .seconds(1))
        #expect(source.pair.lost == 0 && source.pair.longestWait < .milliseconds(170))
        let extensions = try sent.packets.flatMap { try RTPPacket(parsing: $0.span).extensions.map(\.id) }
        #expect(Set(extensions).isSubset(of: [9, 11]))
        #expect(try told.toldSources() == [1000, 2000])
        #expect(told.feedback.contains(.congestionControl) && !told.feedback.contains(.transportWide))
        let sessions = (source.pair.sender.session, source.pair.receiver.session)
        #expect(sessions.1.sourceFeedbackSent > 80 && sessions.1.sourceFeedbackSent < 130)
        #expect(sessions.0.sourceFeedbackReceived == sessions.1.sourceFeedbackSent)
        #expect(told.compounds.allSatisfy { $0.count <= 1176 })
    }

    @Test("sound is counted and told of too, though it never waits")
    func sound() throws {
        var section = RTPSection(mid: "1", kind: .audio)
        (section.sends, section.isReducedSize) = (true, true)
        section.encodings = [.init(ssrc: 1, repairSSRC: 2)]
        section.sentFormats = [SessionPair.audio]
        section.tellBySource()
        let end = SessionEnd("a") { 77 }
        let sent = Record(end)
        end.session.update([section], now: .zero)
        let stream = try #require(end.session.sentStreams[1])
        for number in 0..<50 as Range<UInt16> {
            end.session.send(
                payload: SharedPayload([1, 2, 3]), SessionPair.audio, on: stream, sequenceNumber: 65_520 &+ number,
                timestamp: 960 * UInt32(number), marker: false, now: .milliseconds(20 * Int(number)))
        }
        #expect(sent.packets.count == 50)
        var writer = RTCPWriter()
        writer.appendCongestionControl(
            from: 9, timestamp: 1 << 16,
            [(ssrc: 1, first: 65_520, offsets: (0..<50).map { (time: UInt16(20 * (50 - $0)), ecn: 0) })])
        #expect(end.session.availableBitrate == nil)
        end.session.receive(rtcp: writer.bytes.span, now: .seconds(1))
        #expect(end.session.availableBitrate != nil)
    }

    @Test("numbers and the clock that begin anew on the way change nothing")
    func wrap() throws {
        // The middle 32 bits of NTP times begin anew five seconds from the beginning.
        let seconds = Int64(1_700_000_000 + 2_208_988_800)
        let epoch = Duration.seconds(1_700_000_000 + (65_536 - seconds % 65_536) - 15)
        let source = PictureSource(bitrate: 1_000_000, feedback: .bySource, epoch: epoch)
        let stream = try #require(source.pair.sender.session.sentStreams[1000])
        (stream.sequenceNumber, stream.repairSequenceNumber) = (65_300, 65_530)
        let rates = try source.run(seconds: 12)
        #expect(stream.sequenceNumber < 10_000)
        #expect(rates[3...].allSatisfy { (600_000...1_200_000).contains($0) }, "\(rates)")
    }

    @Test("marks of congestion come to the estimate, which goes down by them; other ECN bits say nothing")
    func marks() throws {
        var reached: [Double] = []
        for ecn in [0, 1, 3] as [UInt8] {
            let source = PictureSource(bitrate: 1_000_000, feedback: .bySource)
            source.pair.change(.init(delay: .milliseconds(25), bitrate: 1_000_000, ecn: ecn))
            reached.append(Self.mean(try source.run(seconds: 8).suffix(4)))
        }
        #expect(reached[0] == reached[1] && reached[2] < 0.2 * reached[0], "\(reached)")
    }

    @Test("feedback that gets lost leaves the estimate near where it was")
    func lostFeedback() throws {
        let source = PictureSource(bitrate: 1_000_000, feedback: .bySource)
        var random = SeededGenerator(seed: 5)
        let pass = source.pair.receiver.send
        source.pair.receiver.send = { bytes, isControl in
            if !isControl || Int.random(in: 0..<3, using: &random) > 0 { pass(bytes, isControl) }
        }
        let rates = try source.run(seconds: 15)
        #expect(Self.mean(rates.suffix(8)) > 700_000 && Self.mean(rates.suffix(8)) < 1_100_000, "\(rates)")
    }

    @Test("where it was not agreed on nothing is told, nothing is taken, and nothing waits")
    func notAgreed() throws {
        for feedback in [nil, PictureSource.Feedback.transportWide] {
            let source = PictureSource(bitrate: nil, feedback: feedback)
            let told = Record(source.pair.receiver)
            try source.pair.sendPicture(0, size: 20_000, isKeyFrame: true)
            source.pair.run(for: .seconds(1))
            #expect(!told.feedback.contains(.congestionControl))
            #expect(told.feedback.contains(.transportWide) == (feedback == .transportWide))
        }
        let pair = SessionPair()
        let first = try #require(pair.sender.session.sentStreams[1000]).nextSequenceNumber
        try pair.sendPicture(0, size: 1000, isKeyFrame: true)
        var writer = RTCPWriter()
        writer.appendCongestionControl(
            from: 9, timestamp: 0, [(ssrc: 1000, first: first, offsets: [(time: 0, ecn: 0)])])
        pair.sender.session.receive(rtcp: writer.bytes.span, now: pair.now)
        #expect(pair.sender.session.availableBitrate == nil && pair.sender.session.sourceFeedbackReceived == 1)
    }

    @Test("a peer that numbers what it sends, as it may where both were agreed on, is told by these numbers")
    func numbered() throws {
        let pair = SessionPair { sending, receiving in
            receiving.tellBySource()
            sending.sentExtensions.note(TransportSequenceNumber.uri, id: 5)
            receiving.receivedExtensions.note(TransportSequenceNumber.uri, id: 5)
        }
        let told = Record(pair.receiver)
        try pair.sendPicture(0, size: 3000, isKeyFrame: true)
        pair.run(for: .milliseconds(200))
        #expect(told.feedback.contains(.transportWide) && !told.feedback.contains(.congestionControl))
        #expect(pair.sender.session.availableBitrate != nil)
    }

    @Test("by source ours have no numbers, and what was numbered before is told by its number still")
    func replaced() throws {
        let source = PictureSource(bitrate: nil)
        let sender = source.pair.sender
        try source.pair.sendPicture(0, size: 3000, isKeyFrame: true)
        var section = SessionPair.section(sends: true)
        section.sentExtensions.note(TransportSequenceNumber.uri, id: 5)
        let numbered = section
        section.tellBySource()
        sender.session.update([section], now: source.pair.now)
        let sent = Record(sender)
        try source.pair.sendPicture(1, size: 3000, isKeyFrame: false)
        #expect(try sent.packets.allSatisfy { try !RTPPacket(parsing: $0.span).extensions.contains { $0.id == 5 } })
        #expect(sender.session.availableBitrate == nil)
        source.pair.run(for: .milliseconds(200))
        #expect(sender.session.availableBitrate != nil && sender.session.sourceFeedbackReceived == 0)
        // Back again, numbers go on from the last that the peer has seen.
        sender.session.update([numbered], now: source.pair.now)
        sent.packets = []
        try source.pair.sendPicture(2, size: 3000, isKeyFrame: false)
        source.pair.run(for: .milliseconds(200))
        let first = try #require(sent.packets.first)
        let number = try RTPPacket(parsing: first.span).extensions.first { $0.id == 5 }?.value
        #expect(number == [0, 4])
    }

    @Test("a transport has one way for all that is sent: by source only if no section is left without feedback then")
    func oneWay() {
        var (source, wide, both, none) =
            (
                SessionPair.section(mid: "a", sends: true), SessionPair.section(mid: "b", sends: true),
                SessionPair.section(mid: "c", sends: true), SessionPair.section(mid: "d", sends: true)
            )
        source.tellBySource()
        wide.sentExtensions.note(TransportSequenceNumber.uri, id: 5)
        both.sentExtensions.note(TransportSequenceNumber.uri, id: 5)
        both.sentFormats[0].feedback.insert(.congestionControl)
        none.sentFormats[0].feedback = [.nack]
        #expect(ArrivalFeedback(agreedBy: [source, both, none]) == .transportWide)
        #expect(ArrivalFeedback(agreedBy: [source, none]) == .bySource)
        #expect(ArrivalFeedback(agreedBy: [both, wide, none]) == .transportWide)
        #expect(ArrivalFeedback(agreedBy: [source, wide]) == .transportWide)
        #expect(ArrivalFeedback(agreedBy: [none]) == nil && ArrivalFeedback(agreedBy: []) == nil)
        wide.sends = false
        #expect(ArrivalFeedback(agreedBy: [source, wide]) == .bySource)
        #expect(ArrivalFeedback.bySource.isAgreed(by: both) && !ArrivalFeedback.transportWide.isAgreed(by: source))
    }

    @Test("what is sent again in its own stream is the same to the byte, and feedback on it is not believed")
    func ownStream() throws {
        let pair = SessionPair { sending, receiving in
            sending.tellBySource()
            receiving.tellBySource()
            sending.sentFormats[0].repairPayloadType = nil
        }
        let (sent, first) = (Record(pair.sender), pair.sender.session.sentStreams[1000]?.nextSequenceNumber ?? 0)
        try pair.sendPicture(0, size: 500, isKeyFrame: true)
        var writer = RTCPWriter()
        writer.appendNack(from: 9, of: 1000, [NackItem(packetID: first)])
        pair.sender.session.receive(rtcp: writer.bytes.span, now: pair.now + .seconds(1))
        #expect(sent.packets.count == 2 && sent.packets[0] == sent.packets[1])
        writer = RTCPWriter()
        writer.appendCongestionControl(
            from: 9, timestamp: 0, [(ssrc: 1000, first: first, offsets: [(time: 0, ecn: 0)])])
        pair.sender.session.receive(rtcp: writer.bytes.span, now: pair.now + .seconds(1))
        #expect(pair.sender.session.availableBitrate == nil)
    }

    @Test("a compound speaks of no more packets than there can be, of whatever sources")
    func budget() throws {
        for (count, isRead) in [(OutgoingPackets.mostReports - 1, true), (OutgoingPackets.mostReports, false)] {
            let pair = SessionPair { sending, _ in sending.tellBySource() }
            let first = pair.sender.session.sentStreams[1000]?.nextSequenceNumber ?? 0
            try pair.sendPicture(0, size: 500, isKeyFrame: true)
            var writer = RTCPWriter()
            for part in stride(from: 0, to: count, by: 4096) {
                let offsets = [(time: UInt16, ecn: UInt8)?](repeating: (0, 0), count: min(4096, count - part))
                writer.appendCongestionControl(from: 9, timestamp: 0, [(ssrc: 5, first: 0, offsets: offsets)])
            }
            writer.appendCongestionControl(
                from: 9, timestamp: 0, [(ssrc: 1000, first: first, offsets: [(time: 0, ecn: 0)])])
            pair.sender.session.receive(rtcp: writer.bytes.span, now: pair.now)
            #expect((pair.sender.session.availableBitrate != nil) == isRead)
        }
    }

    @Test("lies of the peer about arrivals do no harm")
    func lies() throws {
        var random = SeededGenerator(seed: 8)
        let source = PictureSource(bitrate: 1_000_000, feedback: .bySource)
        _ = try source.run(seconds: 1)
        let session = source.pair.sender.session
        for turn in 0..<2000 {
            let blocks = (0..<Int.random(in: 0...5, using: &random)).map { _ in
                let ssrc = [1000, 2000, 3, UInt32.random(in: 0 ... .max, using: &random)].randomElement(using: &random)
                let offsets = (0..<Int.random(in: 0...300, using: &random)).map { index in
                    let time = UInt16.random(in: 0...8191, using: &random)
                    return index % 3 == 0 ? nil : (time: time, ecn: UInt8.random(in: 0...3, using: &random))
                }
                return (ssrc: ssrc ?? 0, first: UInt16.random(in: 0...65_535, using: &random), offsets: offsets)
            }
            var writer = RTCPWriter()
            writer.appendCongestionControl(from: 1, timestamp: .random(in: 0 ... .max, using: &random), blocks)
            var bytes = writer.bytes
            if turn % 4 == 0 { bytes[Int.random(in: 4..<bytes.count, using: &random)] ^= 0x55 }
            session.receive(rtcp: bytes.span, now: source.pair.now)
            _ = session.nextDeadline
        }
        let rates = try source.run(seconds: 20)
        #expect(rates.last.map { $0 > 30_000 } ?? false)
    }
}
