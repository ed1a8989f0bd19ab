import Testing

@testable import RTP

/// Keeps what a session sends.
private final class Wire: RTPSessionDelegate {
    var packets: [[UInt8]] = []
    var controls: [[UInt8]] = []
    var begun = 0
    var ended = 0

    func rtpSession(send packet: Span<UInt8>) { packets.append(packet.bytes(0..<packet.count)) }
    func rtpSession(sendControl compound: Span<UInt8>) { controls.append(compound.bytes(0..<compound.count)) }
    func rtpSession(didBegin stream: ReceivedStream) { begun += 1 }
    func rtpSession(didReceive packet: Span<UInt8>, _ header: RTPHeader, on stream: ReceivedStream) {}
    func rtpSession(didAssemble output: JitterBuffer.Output, on stream: ReceivedStream) {}
    func rtpSession(didEnd stream: ReceivedStream) { ended += 1 }
    func rtpSession(needsKeyFrameOf stream: SentStream) {}
}

@Suite("The life of streams in a session, and what is counted of them")
struct SessionLifeTests {
    private let sender: RTPSession
    private let receiver: RTPSession
    private let out = Wire()
    private let back = Wire()
    private var format = RTPFormatParameters(payloadType: 111, name: "opus", clockRate: 48_000, channels: 2)
    private var cutter = OpusFormat()

    init() {
        sender = RTPSession(canonicalName: "a", epoch: .seconds(1000), random: { 500 })
        receiver = RTPSession(canonicalName: "b", epoch: .seconds(1000), random: { 600 })
        sender.delegate = out
        receiver.delegate = back
    }

    private func section(_ format: RTPFormatParameters, sends: Bool = false, receives: Bool = false) -> RTPSection {
        var section = RTPSection(mid: "0", kind: .audio)
        section.sends = sends
        section.receives = receives
        section.sentFormats = [format]
        var repair = RTPFormatParameters(payloadType: 112, name: "rtx", clockRate: 48_000, repairs: 111)
        repair.feedback = []
        section.receivedFormats = [111: format, 112: repair]
        section.encodings = sends || !receives ? [.init(ssrc: 7, repairSSRC: 8)] : []
        section.announcedSources = [7]
        section.announcedRepairs = [7: 8]
        return section
    }

    private mutating func send(_ count: Int, at moment: Duration) throws {
        let stream = try #require(sender.sentStreams[7])
        for index in 0..<count {
            let frame: [UInt8] = [0xFC, UInt8(index)]
            try sender.send(
                frame, cutBy: &cutter, format, on: stream, time: moment + .milliseconds(20 * index),
                isKeyFrame: true, now: moment)
        }
    }

    private func deliver(now: Duration) {
        for packet in out.packets { receiver.receive(rtp: packet.span, now: now) }
        out.packets = []
        receiver.arrivalsEnded(now: now)
    }

    @Test("a section that pauses keeps its streams, with their numbers and counts, at both ends")
    mutating func pause() throws {
        sender.update([section(format, sends: true)], now: .zero)
        receiver.update([section(format, receives: true)], now: .zero)
        try send(3, at: .zero)
        deliver(now: .zero)
        let number = try #require(sender.sentStreams[7]).nextSequenceNumber
        let received = try #require(receiver.receivedStreams.first)
        sender.update([section(format)], now: .seconds(1))
        receiver.update([section(format)], now: .seconds(1))
        #expect(sender.sentStreams[7]?.isSending == false && out.controls.count == 1 && back.ended == 1)
        #expect(receiver.receivedStreams.first === received && received.hasEnded)
        sender.update([section(format, sends: true)], now: .seconds(2))
        try send(1, at: .seconds(2))
        // What comes too early is not taken.
        let early = out.packets
        for packet in early { receiver.receive(rtp: packet.span, now: .seconds(2)) }
        #expect(received.counters.packetsReceived == 3 && receiver.strays == 0)
        receiver.update([section(format, receives: true)], now: .seconds(2))
        deliver(now: .seconds(2))
        #expect(sender.sentStreams[7]?.nextSequenceNumber == number &+ 1)
        #expect(sender.sentStreams[7]?.counters.packetsSent == 4)
        #expect(received.counters.packetsReceived == 4 && !received.hasEnded && back.begun == 2)
        #expect(receiver.receivedStreams.count == 1 && received.statistics.lost == 0)
        sender.update([], now: .seconds(3))
        receiver.update([], now: .seconds(3))
        #expect(sender.sentStreams.isEmpty && receiver.receivedStreams.isEmpty)
    }

    @Test("a stream that comes again after it was gone has another number")
    mutating func numbers() throws {
        var numbers: [(sent: Int?, received: Int?)] = []
        for _ in 0..<2 {
            sender.update([section(format, sends: true)], now: .zero)
            receiver.update([section(format, receives: true)], now: .zero)
            try send(1, at: .zero)
            deliver(now: .zero)
            numbers.append((sender.sentStreams[7]?.number, receiver.receivedStreams.first?.number))
            sender.update([], now: .zero)
            receiver.update([], now: .zero)
        }
        #expect(numbers.map(\.sent) == [1, 2] && numbers.map(\.received) == [1, 2])
    }

    @Test("what is sent again is counted apart, payloads without their headers, and the same at both ends")
    mutating func repetition() throws {
        format.feedback = [.nack]
        var repaired = format
        repaired.repairPayloadType = 112
        format = repaired
        sender.update([section(format, sends: true)], now: .zero)
        receiver.update([section(format, receives: true)], now: .zero)
        try send(6, at: .zero)
        out.packets.remove(at: 1)
        deliver(now: .milliseconds(5))
        let nack = try #require(back.controls.first)
        sender.receive(rtcp: nack.span, now: .milliseconds(10))
        #expect(out.packets.count == 1)
        let again = try #require(out.packets.first)
        deliver(now: .milliseconds(15))
        let sent = try #require(sender.sentStreams[7]).counters
        #expect(sent.packetsSent == 6 && sent.bytesSent == 12 && sent.nackCount == 1)
        #expect(sent.retransmittedPacketsSent == 1 && sent.retransmittedBytesSent == 2)
        #expect(sent.retransmittedHeaderBytesSent == UInt64(again.count - 2))
        let received = try #require(receiver.receivedStreams.first).counters
        #expect(received.packetsReceived == 6 && received.bytesReceived == 12 && received.nackCount == 1)
        #expect(received.retransmittedPacketsReceived == 1 && received.retransmittedBytesReceived == 2)
        // One header of those that were sent at first is lost.
        let lostHeader = sent.headerBytesSent / 6
        #expect(
            received.headerBytesReceived == sent.headerBytesSent - lostHeader + sent.retransmittedHeaderBytesSent)
    }

    @Test("the time that sound is held is counted for each of its samples")
    mutating func bufferDelay() throws {
        sender.update([section(format, sends: true)], now: .zero)
        receiver.update([section(format, receives: true)], now: .zero)
        try send(1, at: .zero)
        deliver(now: .zero)
        let stream = try #require(receiver.receivedStreams.first)
        receiver.assemble(stream, now: .zero)
        try send(3, at: .milliseconds(20))
        let late = out.packets.remove(at: 1)
        deliver(now: .milliseconds(20))
        #expect(stream.counters.emitted == 960 && stream.counters.bufferDelay == 0)
        out.packets = [late]
        deliver(now: .milliseconds(24))
        #expect(stream.counters.emitted == 3 * 960)
        // The third was held for 4 ms in wait for the second.
        #expect(abs(stream.counters.bufferDelay - 0.004 * 960) < 0.000_001)
    }

    @Test("sources are remembered for ten seconds, and not more than a bounded number of them")
    func sources() {
        var sources = PacketSources()
        var ids = ExtensionIDs()
        (ids.audioLevel, ids.contributorLevels) = (1, 2)
        func note(_ csrcs: [UInt32], levels: [UInt8], at moment: Duration) {
            var packet: [UInt8] = [0x90 | UInt8(csrcs.count), 111, 0, 1, 0, 0, 0, 9, 0, 0, 0, 7]
            for csrc in csrcs { packet += (0..<4).map { UInt8(truncatingIfNeeded: csrc >> (24 - 8 * $0)) } }
            packet += RTPExtensionElement.block(of: [
                RTPExtensionElement(id: 1, value: [0x80 | 30]), RTPExtensionElement(id: 2, value: levels),
            ])
            guard let header = try? RTPHeader(parsing: packet.span) else { return }
            sources.note(header, packet.span, ids, isAudio: true, now: moment)
        }
        note([1, 2], levels: [10], at: .zero)
        let own = sources.synchronization(now: .seconds(10))
        #expect(own == PacketSources.Seen(ssrc: 7, arrival: .zero, rtpTimestamp: 9, level: 30))
        #expect(sources.contributing(now: .seconds(10)).map(\.level) == [10, nil])
        #expect(sources.contributing(now: .seconds(10)).map(\.ssrc) == [1, 2])
        note([2], levels: [20], at: .seconds(5))
        #expect(sources.contributing(now: .seconds(11)).map(\.level) == [20])
        #expect(sources.synchronization(now: .seconds(16)) == nil && sources.contributing(now: .seconds(16)).isEmpty)
        for csrc in 100..<200 as Range<UInt32> { note([csrc], levels: [0], at: .seconds(Int(csrc))) }
        #expect(sources.contributing(now: .seconds(200)).count == 10)
        #expect(sources.contributing(now: .seconds(0)).count == PacketSources.maximumCount)
    }
}
