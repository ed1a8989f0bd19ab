import RTP
import TestSupport
import Testing

@Suite("Feedback on when packets have arrived")
struct ArrivalFeedbackTests {
    /// A run of 5 that have arrived, then a vector of one bit, then one of two
    /// (draft-holmer-rmcat-transport-wide-cc-extensions-01 §3.1).
    @Test("by transport-wide numbers is read as the draft draws it")
    func drawn() throws {
        let bytes: [UInt8] =
            [0x8F, 205, 0, 9, 0, 0, 0, 1, 0, 0, 0, 2] + [0xFF, 0xFE, 0, 26, 0, 0, 2, 7]
            + [0x20, 0x05] + [0b1010_0000, 0b0000_0001] + [0b1110_0100, 0b0000_0000]
            + [4, 4, 4, 4, 4] + [1, 2] + [0xFF, 0xFC] + [8] + [0, 0, 0, 0]
        let plain = try RTCPTests.feedback(bytes)
        let feedback = try #require(TransportWideFeedback(plain, in: bytes))
        #expect(feedback.baseSequenceNumber == 0xFFFE && feedback.statusCount == 26)
        #expect(feedback.referenceTime == 2 && feedback.feedbackCount == 7)
        let arrivals = try Self.arrivals(bytes)
        #expect(arrivals.count == 26 && arrivals.map(\.sequenceNumber) == (0..<26).map { 0xFFFE &+ $0 })
        var expected: [Int64?] = [516, 520, 524, 528, 532] + [533] + [Int64?](repeating: nil, count: 12) + [535]
        expected += [531, 539, nil, nil, nil, nil, nil]
        #expect(arrivals.map(\.time) == expected)
    }

    @Test("is read as it was written")
    func roundTrip() throws {
        var random = SeededGenerator(seed: 3)
        for _ in 0..<500 {
            var time = Int64.random(in: -2_000_000_000...2_000_000_000, using: &random) % (1 << 30)
            let loss = Int.random(in: 0...10, using: &random)
            let spread = [10, 300, 30_000, 100_000].randomElement(using: &random) ?? 10
            let first = UInt16.random(in: 0...UInt16.max, using: &random)
            let arrivals = (0..<UInt16.random(in: 1...400, using: &random)).map { index in
                time += Int64.random(in: -5...Int64(spread), using: &random)
                let isLost = Int.random(in: 0..<10, using: &random) < loss
                return TransportWideFeedback.Arrival(sequenceNumber: first &+ index, time: isLost ? nil : time)
            }
            var writer = RTCPWriter()
            let count = writer.appendTransportWide(from: 1, of: 2, feedbackCount: 255, arrivals)
            let blocks = try RTCPTests.blocks(writer.bytes)
            #expect(blocks.count == count)
            #expect(try Self.arrivals(writer.bytes) == arrivals)
        }
    }

    @Test("that speaks of more than there is says nothing, and one that is cut off what it has")
    func cutOff() throws {
        var writer = RTCPWriter()
        let arrivals = (0..<40).map { TransportWideFeedback.Arrival(sequenceNumber: $0, time: Int64($0) * 300) }
        writer.appendTransportWide(from: 1, of: 2, feedbackCount: 0, arrivals)
        for cut in stride(from: 4, through: writer.bytes.count - 20, by: 4) {
            var bytes = Array(writer.bytes.dropLast(cut))
            bytes[3] = UInt8(bytes.count / 4 - 1)
            let plain = try RTCPTests.feedback(bytes)
            guard let read = TransportWideFeedback(plain, in: bytes)?.arrivals(in: bytes) else { continue }
            #expect(read.count < arrivals.count && read == Array(arrivals.prefix(read.count)))
        }
        // A chunk of a run of none would never end.
        let endless: [UInt8] = [0x8F, 205, 0, 5, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 9, 0, 0, 0, 0, 0, 0, 0, 0]
        let plain = try RTCPTests.feedback(endless)
        let feedback = try #require(TransportWideFeedback(plain, in: endless))
        #expect(feedback.arrivals(in: endless) == nil)
    }

    @Test("by source is read as it was written (RFC 8888)")
    func bySource() throws {
        var writer = RTCPWriter()
        writer.appendCongestionControl(
            from: 1, timestamp: 0x0102_0304,
            [
                (ssrc: 7, first: 65_535, offsets: [(time: 3, ecn: 1), nil, (time: 9_000, ecn: 0)]),
                (ssrc: 8, first: 5, offsets: []), (ssrc: 9, first: 1, offsets: [(time: 0, ecn: 3)]),
            ])
        let expected: [UInt8] =
            [0x8B, 205, 0, 11, 0, 0, 0, 1] + [0, 0, 0, 7, 0xFF, 0xFF, 0, 3, 0xA0, 3, 0, 0, 0x9F, 0xFE, 0, 0]
            + [0, 0, 0, 8, 0, 5, 0, 0] + [0, 0, 0, 9, 0, 1, 0, 1, 0xE0, 0, 0, 0] + [1, 2, 3, 4]
        #expect(writer.bytes == expected)
        let plain = try RTCPTests.feedback(writer.bytes)
        let feedback = try #require(CongestionControlFeedback(plain, in: writer.bytes))
        #expect(feedback.timestamp == 0x0102_0304)
        let seen = feedback.metrics(in: writer.bytes).map { metric in
            let offset = metric.offset.map { "\($0)" } ?? "-"
            return "\(metric.ssrc) \(metric.sequenceNumber) \(metric.isReceived) \(offset) \(metric.ecn)"
        }
        #expect(seen == ["7 65535 true 3 1", "7 0 false - 0", "7 1 true - 0", "9 1 true 0 3"])
    }

    @Test("of any bytes is read to an end")
    func anything() {
        var random = SeededGenerator(seed: 4)
        for _ in 0..<20_000 {
            var bytes = (0..<Int.random(in: 2...30, using: &random) * 4).map { _ in
                UInt8.random(in: 0...255, using: &random)
            }
            bytes[0] = 0x80 | ([1, 4, 11, 15].randomElement(using: &random) ?? 1)
            bytes[1] = UInt8.random(in: 200...207, using: &random)
            (bytes[2], bytes[3]) = (0, UInt8(bytes.count / 4 - 1))
            Self.readAll(bytes)
        }
    }

    /// Reads all that can be read of a compound.
    private static func readAll(_ bytes: [UInt8]) {
        let span = bytes.span
        var reader = RTCPReader()
        while let block = try? reader.next(in: span) {
            _ = SenderReport(block, in: span)?.blocks(in: bytes)
            _ = ReceiverReport(block, in: span)?.blocks(in: bytes)
            for item in SourceDescription(block)?.items(in: bytes) ?? [] { _ = bytes[item.text] }
            if let goodbye = Goodbye(block, in: span) {
                for index in 0..<goodbye.sourceCount { _ = goodbye.source(index, in: span) }
                if let reason = goodbye.reason { _ = bytes[reason] }
            }
            if let application = ApplicationDefined(block, in: span) { _ = bytes[application.data] }
            _ = ExtendedReport(block, in: span)?.blocks(in: bytes)
            guard let feedback = Feedback(block, in: span) else { continue }
            _ = (feedback.nacks(in: bytes), feedback.fullIntraRequests(in: bytes))
            _ = ReceiverEstimatedBitrate(feedback, in: span)?.sources(in: bytes)
            _ = TransportWideFeedback(feedback, in: span)?.arrivals(in: bytes)
            _ = CongestionControlFeedback(feedback, in: span)?.metrics(in: bytes)
        }
    }

    private static func arrivals(_ bytes: [UInt8]) throws -> [TransportWideFeedback.Arrival] {
        var found: [TransportWideFeedback.Arrival] = []
        for block in try RTCPTests.blocks(bytes) {
            let feedback = Feedback(block, in: bytes).flatMap { TransportWideFeedback($0, in: bytes) }
            found += try #require(feedback?.arrivals(in: bytes))
        }
        return found
    }
}
