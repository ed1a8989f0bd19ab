import RTP
import TestSupport
import Testing

@Suite("RTCP")
struct RTCPTests {
    @Test("reports of a sender and of receivers are written as RFC 3550 §6.4 draws them")
    func reports() throws {
        let block = ReportBlock(
            ssrc: 2, fractionLost: 0x40, packetsLost: -1, extendedHighestSequenceNumber: 0x1_FFFF, jitter: 9,
            lastSenderReport: 0x1122_3344, delaySinceLastSenderReport: 65_536)
        var writer = RTCPWriter()
        writer.append(
            SenderReport(
                ssrc: 1, ntpTime: 0x0102_0304_0506_0708, rtpTimestamp: 10, packetCount: 11, octetCount: 12), [block])
        let expected: [UInt8] =
            [0x81, 200, 0, 12, 0, 0, 0, 1, 1, 2, 3, 4, 5, 6, 7, 8, 0, 0, 0, 10, 0, 0, 0, 11, 0, 0, 0, 12]
            + [0, 0, 0, 2, 0x40, 0xFF, 0xFF, 0xFF, 0, 1, 0xFF, 0xFF, 0, 0, 0, 9, 0x11, 0x22, 0x33, 0x44, 0, 1, 0, 0]
        #expect(writer.bytes == expected)
        let read = try Self.blocks(writer.bytes)
        let report = try #require(SenderReport(read[0], in: writer.bytes))
        #expect(report.ssrc == 1 && report.ntpTime == 0x0102_0304_0506_0708 && report.compactNTPTime == 0x0304_0506)
        #expect(report.rtpTimestamp == 10 && report.packetCount == 11 && report.octetCount == 12)
        #expect(report.blocks(in: writer.bytes) == [block])
        #expect(ReceiverReport(read[0], in: writer.bytes) == nil, "it is another")
    }

    @Test("more than 31 blocks go into further reports")
    func manyBlocks() throws {
        let blocks = (0..<70).map { ReportBlock(ssrc: UInt32($0), packetsLost: Int32($0) * 100_000 - 3_000_000) }
        var writer = RTCPWriter()
        writer.append(SenderReport(ssrc: 1, ntpTime: 0, rtpTimestamp: 0, packetCount: 0, octetCount: 0), blocks)
        let packets = try Self.blocks(writer.bytes)
        #expect(packets.map(\.type) == [.senderReport, .receiverReport, .receiverReport])
        #expect(packets.map(\.count) == [31, 31, 8])
        let second = try #require(ReceiverReport(packets[1], in: writer.bytes))
        #expect(second.blocks(in: writer.bytes) == Array(blocks[31..<62]))
        writer = RTCPWriter()
        writer.appendReceiverReports(from: 1, [])
        #expect(writer.bytes == [0x80, 201, 0, 1, 0, 0, 0, 1], "an empty one is one")
    }

    @Test("names of sources end with a zero byte at least, and begin at whole words", arguments: 0...9)
    func descriptions(length: Int) throws {
        let name = String("canonical".prefix(length))
        var writer = RTCPWriter()
        writer.appendCanonicalName(name, of: [1, 2])
        #expect(writer.bytes.count % 4 == 0)
        let items = try #require(SourceDescription(Self.block(writer.bytes))).items(in: writer.bytes)
        #expect(items.map(\.ssrc) == [1, 2] && items.allSatisfy { $0.type == .canonicalName })
        #expect(items.allSatisfy { Array(writer.bytes[$0.text]) == Array(name.utf8) })
    }

    @Test("sources that leave are named, with their reason")
    func goodbye() throws {
        let bytes: [UInt8] = [0x82, 203, 0, 4, 0, 0, 0, 1, 0, 0, 0, 2] + [4] + Array("over".utf8) + [0, 0, 0]
        let goodbye = try #require(Goodbye(Self.block(bytes), in: bytes))
        #expect(goodbye.sources(in: bytes) == [1, 2])
        #expect(goodbye.reason.map { Array(bytes[$0]) } == Array("over".utf8))
        var writer = RTCPWriter()
        writer.appendGoodbye(of: Array(0..<40))
        #expect(try Self.blocks(writer.bytes).map(\.count) == [31, 9])
    }

    @Test("missing packets are named in the fewest items, over the end of the numbers too")
    func nack() throws {
        let numbers: [UInt16] = [65_530, 65_535, 0, 10, 11, 12, 100]
        let items = NackItem.items(for: numbers)
        let masks: [UInt16] = [0b1000_0000_0011_0000, 1, 0]
        #expect(items.map(\.packetID) == [65_530, 11, 100] && items.map(\.bitmask) == masks)
        var writer = RTCPWriter()
        writer.appendNack(from: 1, of: 2, items)
        let feedback = try Self.feedback(writer.bytes)
        #expect(feedback.kind == .nack && feedback.sender == 1 && feedback.media == 2)
        var read: [UInt16] = []
        for item in feedback.nacks(in: writer.bytes) { item.forEach { read.append($0) } }
        #expect(read == numbers)
    }

    @Test("pictures are asked for")
    func pictures() throws {
        var writer = RTCPWriter()
        writer.appendPictureLoss(from: 1, of: 2)
        #expect(writer.bytes == [0x81, 206, 0, 2, 0, 0, 0, 1, 0, 0, 0, 2])
        #expect(try Self.feedback(writer.bytes).kind == .pictureLoss)
        writer = RTCPWriter()
        writer.appendFullIntraRequests(from: 1, [.init(ssrc: 7, sequenceNumber: 200)])
        #expect(writer.bytes == [0x84, 206, 0, 4, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 7, 200, 0, 0, 0])
        let feedback = try Self.feedback(writer.bytes)
        #expect(feedback.fullIntraRequests(in: writer.bytes) == [.init(ssrc: 7, sequenceNumber: 200)])
    }

    @Test(
        "an estimated bit rate keeps the 18 bits that count",
        arguments: [0, 1, 262_143, 262_144, 5_000_000, UInt64.max])
    func estimate(rate: UInt64) throws {
        var writer = RTCPWriter()
        writer.appendEstimatedBitrate(from: 1, bitsPerSecond: rate, of: [5, 6])
        let feedback = try Self.feedback(writer.bytes)
        let read = try #require(ReceiverEstimatedBitrate(feedback, in: writer.bytes))
        #expect(read.sources(in: writer.bytes) == [5, 6])
        #expect(read.bitsPerSecond <= rate && rate - read.bitsPerSecond <= rate >> 17)
    }

    @Test("times of receivers and their answers go there and back")
    func extended() throws {
        var writer = RTCPWriter()
        writer.appendReceiverReferenceTime(from: 1, ntpTime: 0x0102_0304_0506_0708)
        writer.appendDelays(
            from: 2, [.init(ssrc: 3, lastReceiverReport: 4, delay: 5), .init(ssrc: 6, lastReceiverReport: 7, delay: 8)])
        let blocks = try Self.blocks(writer.bytes)
        let first = try #require(ExtendedReport(blocks[0], in: writer.bytes))
        #expect(first.blocks(in: writer.bytes) == [.receiverReferenceTime(0x0102_0304_0506_0708)])
        let second = try #require(ExtendedReport(blocks[1], in: writer.bytes))
        let delays = second.blocks(in: writer.bytes)
        let last = ExtendedReport.DelayBlock(ssrc: 6, lastReceiverReport: 7, delay: 8)
        #expect(second.ssrc == 2 && delays.count == 2 && delays.last == .delaySinceLastReceiverReport(last))
    }

    @Test("a compound that is wrong somewhere is good up to there")
    func wrongEnd() throws {
        var writer = RTCPWriter()
        writer.appendPictureLoss(from: 1, of: 2)
        let tails: [[UInt8]] = [
            [0x80], [0x40, 201, 0, 0], [0x80, 201, 0, 9, 0, 0, 0, 0], [0xA0, 201, 0, 1, 0, 0, 0, 5], [0xA0, 201, 0, 0],
        ]
        for tail in tails {
            let bytes = writer.bytes + tail
            var reader = RTCPReader()
            let first = try reader.next(in: bytes.span)
            #expect(first?.type == .payloadFeedback)
            #expect(throws: RTPError.self) { try reader.next(in: bytes.span) }
            let rest = try reader.next(in: bytes.span)
            #expect(rest == nil)
        }
    }

    static func blocks(_ bytes: [UInt8]) throws -> [RTCPReader.Block] {
        var reader = RTCPReader()
        var blocks: [RTCPReader.Block] = []
        while let block = try reader.next(in: bytes.span) { blocks.append(block) }
        return blocks
    }

    static func block(_ bytes: [UInt8]) throws -> RTCPReader.Block { try #require(blocks(bytes).first) }

    static func feedback(_ bytes: [UInt8]) throws -> Feedback {
        let block = try block(bytes)
        return try #require(Feedback(block, in: bytes))
    }
}
