import TestSupport
import Testing

@testable import RTP

@Suite("Sessions of RTP")
struct SessionTests {
    @Test(
        "what is lost is sent again: every picture arrives, whole and in order",
        arguments: 1...20 as ClosedRange<UInt64>)
    func loss(seed: UInt64) throws {
        let pair = SessionPair(seed: seed, network: .init(loss: 0.05, duplication: 0.02, jitter: .milliseconds(8)))
        var answered = 0
        for number in 0..<300 {
            let isAsked = pair.sender.keyFrameRequests > answered
            answered = pair.sender.keyFrameRequests
            try pair.sendPicture(number, size: 3000 + 17 * number, isKeyFrame: number == 0 || isAsked)
            pair.run(for: .milliseconds(33))
        }
        pair.run(for: .seconds(2))
        let counters = try #require(pair.receiver.session.receivedStreams.first).counters
        #expect(pair.lost > 20 && counters.retransmittedPacketsReceived > 20)
        #expect(pair.receiver.frames.count > 285, "\(pair.receiver.frames.count)")
        #expect(pair.receiver.session.roundTrip.map { $0 < .milliseconds(70) } == true)
        let numbers = pair.receiver.frames.map { Int($0.bytes[1]) }
        for (one, next) in zip(numbers, numbers.dropFirst()) { #expect(next > one || next < one - 200) }
        for frame in pair.receiver.frames { #expect(frame.bytes.dropFirst().allSatisfy { $0 == frame.bytes[1] }) }
    }

    @Test("both ends measure the round trip, and say what was lost")
    func reports() throws {
        let pair = SessionPair(network: .init(loss: 0.1, delay: .milliseconds(50)))
        for number in 0..<200 {
            try pair.sendPicture(number, size: 1000, isKeyFrame: number == 0)
            pair.run(for: .milliseconds(33))
        }
        let remote = try #require(pair.sender.session.sentStreams(of: "0").first?.remote)
        let roundTrip = try #require(remote.roundTrip)
        #expect(abs((roundTrip - .milliseconds(100)) / .milliseconds(1)) < 5)
        #expect(remote.block.packetsLost >= 0 && remote.roundTripCount > 2)
        let stream = try #require(pair.receiver.session.receivedStreams.first)
        #expect(stream.canonicalName == "sender" && stream.clock.wallTime(of: 0) != nil)
    }

    @Test("a picture is asked for until it is there, and not twice in a round trip")
    func keyFrames() throws {
        let pair = SessionPair()
        for number in 0..<60 {
            try pair.sendPicture(number, size: 500, isKeyFrame: false)
            pair.run(for: .milliseconds(33))
        }
        // About 2 s, with pauses that grow from 200 ms.
        #expect((3...12).contains(pair.sender.keyFrameRequests), "\(pair.sender.keyFrameRequests)")
        #expect(pair.receiver.frames.isEmpty)
        try pair.sendPicture(60, size: 500, isKeyFrame: true)
        pair.run(for: .milliseconds(100))
        let before = pair.sender.keyFrameRequests
        #expect(pair.receiver.frames.count == 1)
        pair.run(for: .seconds(5))
        #expect(pair.sender.keyFrameRequests == before)
    }

    @Test("a stream that the peer has spoken of needs no name any more")
    func names() throws {
        let pair = SessionPair()
        try pair.sendPicture(0, size: 10, isKeyFrame: true)
        let stream = try #require(pair.sender.session.sentStreams(of: "0").first)
        #expect(!stream.extensionBlock.isEmpty)
        pair.run(for: .seconds(2))
        #expect(stream.isKnownToPeer && stream.extensionBlock.isEmpty)
    }

    @Test("whoever stops says so, and the stream ends at the other end")
    func goodbye() throws {
        let pair = SessionPair()
        try pair.sendPicture(0, size: 10, isKeyFrame: true)
        pair.run(for: .milliseconds(100))
        pair.sender.session.sayGoodbye(now: pair.now)
        pair.run(for: .milliseconds(100))
        #expect(pair.receiver.ended.count == 1)
        var stopped = SessionPair.section(sends: false)
        stopped.receives = false
        pair.receiver.session.update([stopped], now: pair.now)
        #expect(pair.receiver.ended.count == 1)
    }

    @Test("packets of nobody are counted, and a flood of sources is bounded")
    func strangers() throws {
        let pair = SessionPair()
        pair.receiver.assembles = false
        for source in 1...2000 as ClosedRange<UInt32> {
            let packet = try RTPPacket(
                payloadType: 96, sequenceNumber: 1, timestamp: 0, ssrc: source, payload: [0x10, 0, 1]
            ).encoded()
            pair.receiver.take(packet, isControl: false, now: pair.now + .milliseconds(Int(source)))
        }
        // Within two seconds.
        let begun = pair.receiver.begun.count
        #expect(pair.receiver.session.receivedStreams.count <= 256 && (256...(256 + 130)).contains(begun))
        let wrong = try RTPPacket(
            payloadType: 96, sequenceNumber: 1, timestamp: 0, ssrc: 5000, extensions: [.init(id: 9, MediaID("other"))],
            payload: [0x10, 0, 1]
        ).encoded()
        pair.receiver.take(wrong, isControl: false, now: pair.now + .seconds(3))
        let unknown = try RTPPacket(payloadType: 50, sequenceNumber: 1, timestamp: 0, ssrc: 5001, payload: [1])
            .encoded()
        pair.receiver.take(unknown, isControl: false, now: pair.now + .seconds(3))
        #expect(pair.receiver.session.strays == 2)
    }

    @Test("who asks for the same again and again gets it once in a while only")
    func nacks() throws {
        let pair = SessionPair()
        try pair.sendPicture(0, size: 50_000, isKeyFrame: true)
        pair.run(for: .milliseconds(100))
        let stream = try #require(pair.sender.session.sentStreams(of: "0").first)
        let first = stream.nextSequenceNumber &- 40
        var writer = RTCPWriter()
        for _ in 0..<50 { writer.appendNack(from: 1, of: 1000, NackItem.items(for: (0..<40).map { first &+ $0 })) }
        for _ in 0..<100 { pair.sender.take(writer.bytes, isControl: true, now: pair.now) }
        #expect(stream.counters.retransmittedPacketsSent == 40)
    }

    @Test("who asks for everything all the time gets no more than a stream of a megabyte a second")
    func nackFlood() throws {
        let pair = SessionPair()
        try pair.sendPicture(0, size: 900_000, isKeyFrame: true)
        let stream = try #require(pair.sender.session.sentStreams(of: "0").first)
        let count = Int(stream.counters.packetsSent)
        var writer = RTCPWriter()
        let numbers = (1...count).reversed().map { stream.nextSequenceNumber &- UInt16($0) }
        writer.appendNack(from: 1, of: 1000, NackItem.items(for: numbers))
        let start = pair.now
        for _ in 0..<40 {
            pair.sender.take(writer.bytes, isControl: true, now: pair.now)
            pair.run(for: .milliseconds(60))
        }
        let seconds = (pair.now - start) / .seconds(1)
        let bytes = Double(stream.counters.retransmittedBytesSent)
        #expect(bytes > 1e6, "\(bytes)")
        #expect(bytes < Double(ResendBudget.burst) + seconds * Double(ResendBudget.bytesPerSecond))
    }

    @Test("a peer that goes from source to source fills no memory with what waits for its pictures")
    func sources() throws {
        let pair = SessionPair()
        for source in 1...100 as ClosedRange<UInt32> {
            let packet = try RTPPacket(
                payloadType: 96, sequenceNumber: 1, timestamp: 0, ssrc: source,
                extensions: [.init(id: 10, StreamID("r\(source)"))],
                payload: [0x10, 0, 1]
            ).encoded()
            pair.receiver.take(packet, isControl: false, now: pair.now + .milliseconds(Int(source)))
        }
        let streams = pair.receiver.session.receivedStreams
        #expect(streams.count == 100 && streams.filter { $0.hasBuffer }.count == RTPSession.buffersAtOnce)
        #expect(streams.allSatisfy { $0.rid == nil }, "nobody has agreed on these names")
    }

    @Test("any bytes are taken", arguments: 1...50 as ClosedRange<UInt64>)
    func garbage(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let pair = SessionPair(seed: seed)
        try pair.sendPicture(0, size: 5000, isKeyFrame: true)
        for _ in 0..<500 {
            var bytes = (0..<Int.random(in: 0...200, using: &random)).map { _ in
                UInt8.random(in: 0...255, using: &random)
            }
            if bytes.count > 1 {
                bytes[0] = 0x80 | bytes[0] & 0x3F
                bytes[1] = Bool.random(using: &random) ? 96 : UInt8.random(in: 192...210, using: &random)
            }
            let isControl = Bool.random(using: &random)
            pair.receiver.take(bytes, isControl: isControl, now: pair.now)
            pair.sender.take(bytes, isControl: isControl, now: pair.now)
            pair.run(for: .milliseconds(5))
        }
        // What is right is still taken.
        for number in 1..<40 {
            try pair.sendPicture(number, size: 100, isKeyFrame: true)
            pair.run(for: .milliseconds(33))
        }
        #expect(pair.receiver.frames.count > 20)
    }
}
