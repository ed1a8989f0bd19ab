import TestSupport
import Testing

@testable import RTP

@Suite("A session of RTP whose peer has the keys, and means harm")
struct SessionAttackTests {
    private static func packet(
        _ number: Int, of source: UInt32, timestamp: UInt32 = 0, extensions: [RTPExtensionElement] = [],
        payload: [UInt8] = [0x10, 1, 1]
    ) throws -> [UInt8] {
        try RTPPacket(
            payloadType: 96, sequenceNumber: UInt16(truncatingIfNeeded: number), timestamp: timestamp, ssrc: source,
            extensions: extensions, payload: payload
        ).encoded()
    }

    @Test("gaps in each of many sources are asked for in datagrams that a network carries", arguments: [true, false])
    func gaps(isReducedSize: Bool) throws {
        let pair = SessionPair { sending, receiving in
            receiving.isReducedSize = isReducedSize
            receiving.receivedExtensions.note(TransportSequenceNumber.uri, id: 5)
        }
        var (sizes, kinds) = ([Int](), Set<String>())
        pair.receiver.send = { bytes, isControl in
            guard isControl else { return }
            sizes.append(bytes.count)
            var reader = RTCPReader()
            while let block = try? reader.next(in: bytes.span) {
                if let feedback = Feedback(block, in: bytes.span) { kinds.insert("\(feedback.kind)") }
            }
        }
        // Every seventeenth: each takes an item of its own.
        for number in stride(from: 0, to: 18 * 400, by: 18) {
            for source in 1...20 as ClosedRange<UInt32> {
                for number in [number, number + 1, number + 3] {
                    let count = UInt16(truncatingIfNeeded: 31 * number)
                    let bytes = try Self.packet(
                        number, of: source,
                        extensions: [.init(id: 5, value: [UInt8(count >> 8), UInt8(truncatingIfNeeded: count)])])
                    pair.receiver.session.receive(rtp: bytes.span, now: pair.now)
                }
            }
        }
        pair.receiver.session.arrivalsEnded(now: pair.now)
        pair.run(for: .milliseconds(100))
        #expect(kinds.isSuperset(of: ["nack", "transportWide", "pictureLoss"]))
        #expect(sizes.count > 4 && (sizes.max() ?? 0) <= 1176, "\(sizes.max() ?? 0) bytes, and SRTCP's on top")
    }

    @Test("a storm of PLI and FIR reaches whoever makes the pictures four times a second, and the last is not lost")
    func pictureStorm() throws {
        let pair = SessionPair()
        try pair.sendPicture(0, size: 100, isKeyFrame: true)
        for turn in 0..<1000 {
            var writer = RTCPWriter()
            writer.appendPictureLoss(from: 1, of: 1000)
            writer.appendFullIntraRequests(
                from: 1, [FullIntraRequest(ssrc: 1000, sequenceNumber: UInt8(truncatingIfNeeded: turn))])
            pair.sender.take(writer.bytes, isControl: true, now: pair.now)
            pair.run(for: .milliseconds(1))
        }
        #expect((2...5).contains(pair.sender.keyFrameRequests), "\(pair.sender.keyFrameRequests)")
        // What came too early is passed on later, unless a picture was sent that answers it.
        var writer = RTCPWriter()
        writer.appendPictureLoss(from: 1, of: 1000)
        let before = pair.sender.keyFrameRequests
        pair.sender.take(writer.bytes, isControl: true, now: pair.now)
        #expect(pair.sender.keyFrameRequests == before)
        pair.run(for: .seconds(1))
        #expect(pair.sender.keyFrameRequests == before + 1)
        for _ in 0..<2 { pair.sender.take(writer.bytes, isControl: true, now: pair.now) }
        try pair.sendPicture(1, size: 100, isKeyFrame: true)
        pair.run(for: .seconds(1))
        #expect(pair.sender.keyFrameRequests == before + 2)
    }

    @Test("a source that falls silent before its picture is asked ever more seldom, and at once when it is back")
    func silence() throws {
        let pair = SessionPair()
        try pair.sendPicture(0, size: 100, isKeyFrame: false)
        pair.run(for: .seconds(600))
        let stream = try #require(pair.receiver.session.receivedStreams.first)
        let asked = stream.counters.pliCount
        #expect((8...32).contains(asked), "\(asked) in ten minutes")
        try pair.sendPicture(1, size: 100, isKeyFrame: false)
        pair.run(for: .milliseconds(50))
        #expect(stream.counters.pliCount == asked + 1)
    }

    @Test("one number again and again takes no more memory than the packets that are kept")
    func sameNumber() {
        var sent = SentPackets()
        for turn in 0..<100_000 {
            sent.keep([1, 2, 3], sequenceNumber: 7, now: .milliseconds(turn))
        }
        #expect(sent.count <= SentPackets.maximumCount + 1)
        let answer = sent.answer(7, now: .seconds(100), pause: .zero)
        #expect(answer != nil)
    }

    @Test("a gap counts from where it is, in whatever order its packets come, and what is asked for is what is missing")
    func missingModel() {
        for seed in 1...30 as ClosedRange<UInt64> {
            var random = SeededGenerator(seed: seed)
            var missing = MissingPackets()
            var (now, next) = (Duration.zero, 65_000)
            var absent: Set<UInt16> = []
            _ = missing.note(UInt16(truncatingIfNeeded: next), now: now)
            for _ in 0..<400 {
                now += .milliseconds(Int.random(in: 0...3, using: &random))
                if let late = absent.sorted().randomElement(using: &random), Int.random(in: 0..<4, using: &random) == 0
                {
                    #expect(missing.contains(late))
                    let arrival = missing.note(late, now: now)
                    #expect(arrival == .recovered)
                    absent.remove(late)
                    continue
                }
                let step = Int.random(in: 1...3, using: &random)
                for gap in 1..<step { absent.insert(UInt16(truncatingIfNeeded: next + gap)) }
                next += step
                let arrival = missing.note(UInt16(truncatingIfNeeded: next), now: now)
                #expect(arrival == .newest)
                #expect((missing.nextDeadline == nil) == absent.isEmpty)
                #expect(!missing.contains(UInt16(truncatingIfNeeded: next)))
            }
            #expect(missing.count == min(absent.count, MissingPackets.maximumCount))
            let asked = missing.due(now: now + .seconds(1), roundTrip: .milliseconds(50))
            #expect(Set(asked).isSubset(of: absent))
        }
    }

    @Test("numbers, timestamps and clocks that jump anywhere are taken, and pictures come again after them")
    func jumps() throws {
        var random = SeededGenerator(seed: 3)
        let pair = SessionPair()
        let jumps: [UInt32] = [1 << 31, (1 << 31) - 1, .max, 0, 90_000_000, 3000]
        var timestamp: UInt32 = .max - 10
        for turn in 0..<3000 {
            timestamp &+= jumps.randomElement(using: &random) ?? 0
            let bytes = try Self.packet(Int.random(in: 0...65_535, using: &random), of: 1000, timestamp: timestamp)
            pair.receiver.take(bytes, isControl: false, now: pair.now)
            var writer = RTCPWriter()
            writer.append(
                SenderReport(
                    ssrc: 1000, ntpTime: .random(in: 0 ... .max, using: &random), rtpTimestamp: timestamp,
                    packetCount: .max, octetCount: .max))
            writer.appendGoodbye(of: turn % 5 == 0 ? [1000, pair.receiver.session.ownSSRC] : [])
            pair.receiver.take(writer.bytes, isControl: true, now: pair.now)
            if turn % 100 == 0 { pair.run(for: .milliseconds(10)) }
        }
        let before = pair.receiver.frames.count
        for number in 0..<30 {
            try pair.sendPicture(number, size: 100, isKeyFrame: true)
            pair.run(for: .milliseconds(33))
        }
        #expect(pair.receiver.frames.count >= before + 25)
    }
}
