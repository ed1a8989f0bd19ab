import TestSupport
import Testing

@testable import RTP

@Suite("Streams that pause, end, move, or are read otherwise")
struct SessionMovesTests {
    @Test("who reads only packets has its key frame when its first packet has come, and asks no more")
    func packetsOnly() throws {
        let pair = SessionPair()
        pair.receiver.assembles = false
        try pair.sendPicture(0, size: 500, isKeyFrame: false)
        pair.run(for: .milliseconds(50))
        let stream = try #require(pair.receiver.session.receivedStreams.first)
        pair.receiver.session.requestKeyFrame(of: stream, now: pair.now)
        pair.run(for: .milliseconds(100))
        let asked = pair.sender.keyFrameRequests
        #expect(asked >= 1 && stream.keyFrames.isWanted)
        try pair.sendPicture(1, size: 5000, isKeyFrame: true)
        pair.run(for: .milliseconds(50))
        #expect(!stream.keyFrames.isWanted)
        pair.run(for: .seconds(10))
        #expect(pair.sender.keyFrameRequests == asked)
    }

    @Test("reports come again when a stream goes on after a pause")
    func reportsAfterPause() throws {
        let pair = SessionPair()
        try pair.sendPicture(0, size: 500, isKeyFrame: true)
        pair.run(for: .seconds(3))
        let stream = try #require(pair.receiver.session.receivedStreams.first)
        var section = SessionPair.section(sends: false)
        section.receives = false
        pair.sender.session.update([section], now: pair.now)
        pair.run(for: .seconds(5))
        let before = stream.reportCount
        #expect(before > 0 && stream.hasEnded)
        pair.sender.session.update([SessionPair.section(sends: true)], now: pair.now)
        for number in 1..<100 {
            try pair.sendPicture(number, size: 500, isKeyFrame: number == 1)
            pair.run(for: .milliseconds(33))
        }
        #expect(stream.reportCount >= before + 2 && !stream.hasEnded)
    }

    @Test("what has come in one codec goes up as that, though another follows at once")
    func otherCodec() throws {
        let pair = SessionPair()
        var other = SessionPair.video
        (other.payloadType, other.name) = (98, "vp9")
        var section = SessionPair.section(sends: false)
        section.receivedFormats[98] = other
        pair.receiver.session.update([section], now: .zero)
        let packets = try [(96, 0, [0x10, 0, 1]), (98, 1, [0x8C, 5, 0x82])].map { type, number, payload in
            try RTPPacket(
                payloadType: UInt8(type), sequenceNumber: UInt16(number), timestamp: UInt32(3000 * number), ssrc: 77,
                marker: true, payload: payload.map { UInt8($0) }
            ).encoded()
        }
        // Both in one turn of the loop.
        for packet in packets { pair.receiver.session.receive(rtp: packet.span, now: .zero) }
        pair.receiver.session.arrivalsEnded(now: .zero)
        #expect(pair.receiver.codecs == ["vp8", "vp9"])
    }

    @Test("how a picture has to be turned goes with its last packet, and stays until it is another")
    func rotation() throws {
        let pair = SessionPair { sending, receiving in
            sending.sentExtensions.note(VideoOrientation.uri, id: 4)
            receiving.receivedExtensions.note(VideoOrientation.uri, id: 4)
        }
        let stream = try #require(pair.sender.session.sentStreams(of: "0").first)
        for (number, rotation) in [0, 90, 90, 270, 0, 0].enumerated() {
            let picture = [UInt8](repeating: 0, count: 3000)
            try pair.sender.session.send(
                picture, cutBy: &pair.sender.format, SessionPair.video, on: stream,
                time: .milliseconds(33 * number),
                isKeyFrame: true, rotation: rotation, now: pair.now)
            pair.run(for: .milliseconds(33))
        }
        #expect(pair.receiver.frames.map(\.rotation) == [0, 90, 90, 270, 0, 0])
    }

    @Test("pictures keep their turn though packets are lost and sent again")
    func rotationOverLoss() throws {
        let pair = SessionPair(network: .init(loss: 0.1, delay: .milliseconds(20))) { sending, receiving in
            sending.sentExtensions.note(VideoOrientation.uri, id: 4)
            receiving.receivedExtensions.note(VideoOrientation.uri, id: 4)
        }
        let stream = try #require(pair.sender.session.sentStreams(of: "0").first)
        for number in 0..<200 {
            var picture = [UInt8](repeating: number % 50 == 0 ? 0 : 1, count: 3000)
            // Says itself how it has to be turned.
            picture[100] = UInt8(number / 20 % 4)
            try pair.sender.session.send(
                picture, cutBy: &pair.sender.format, SessionPair.video, on: stream,
                time: .milliseconds(33 * number),
                isKeyFrame: number % 50 == 0, rotation: 90 * (number / 20 % 4), now: pair.now)
            pair.run(for: .milliseconds(33))
        }
        #expect(pair.lost > 30 && pair.receiver.frames.count > 150)
        for frame in pair.receiver.frames { #expect(frame.rotation == 90 * Int(frame.bytes[100])) }
    }

    @Test("what is sent again names its section until the peer has spoken of its own source")
    func repairNames() throws {
        let pair = SessionPair()
        try pair.sendPicture(0, size: 500, isKeyFrame: true)
        let stream = try #require(pair.sender.session.sentStreams(of: "0").first)
        #expect(!stream.extensionBlock.isEmpty && !stream.repairExtensions.isEmpty)
        pair.run(for: .seconds(10))
        #expect(stream.extensionBlock.isEmpty && !stream.repairExtensions.isEmpty, "the peer reports of the media")
        var writer = RTCPWriter()
        writer.appendReceiverReports(from: 9, [ReportBlock(ssrc: stream.encoding.repairSSRC)])
        pair.sender.session.receive(rtcp: writer.bytes.span, now: pair.now)
        #expect(stream.repairExtensions.isEmpty)
    }

    @Test("a stream that makes room, or whose number goes to another section, ends")
    func gone() throws {
        let pair = SessionPair()
        try pair.sendPicture(0, size: 500, isKeyFrame: true)
        pair.run(for: .milliseconds(50))
        let stream = try #require(pair.receiver.session.receivedStreams.first)
        pair.run(for: .seconds(1))
        for source in 0..<300 as Range<UInt32> {
            let packet = RTPPacket(
                payloadType: 96, sequenceNumber: 1, timestamp: 0, ssrc: 50_000 + source, payload: [0x10, 0])
            let now = pair.now + .milliseconds(20 * Int(source))
            pair.receiver.take(try packet.encoded(), isControl: false, now: now)
        }
        #expect(stream.hasEnded && pair.receiver.ended.contains { $0 === stream })
        #expect(pair.receiver.session.receivedStreams.count <= StreamTable.maximumSources)
        #expect(pair.receiver.ended.count == 301 - pair.receiver.session.receivedStreams.count)
    }

    @Test("what waits behind a gap goes up when its source says that it ends")
    func goodbye() throws {
        let end = SessionEnd("receiver") { 7 }
        var section = RTPSection(mid: "0", kind: .audio)
        section.receives = true
        section.receivedFormats = [111: SessionPair.audio]
        end.session.update([section], now: .zero)
        for number in [1, 2, 4, 5] as [UInt16] {
            let packet = RTPPacket(
                payloadType: 111, sequenceNumber: number, timestamp: UInt32(number) * 960, ssrc: 77,
                payload: [0xFC, UInt8(number)])
            end.take(try packet.encoded(), isControl: false, now: .zero)
        }
        let before = end.frames.count
        var writer = RTCPWriter()
        writer.appendReceiverReports(from: 77, [])
        writer.appendGoodbye(of: [77])
        end.take(writer.bytes, isControl: true, now: .zero)
        #expect(before < 4 && end.frames.map { $0.bytes[1] } == [1, 2, 4, 5])
        #expect(end.ended.count == 1)
    }

    @Test("a packet that is sent again far too late changes nothing")
    func lateRepair() {
        var missing = MissingPackets()
        for number in 0..<5000 as Range<UInt16> where number != 3 { _ = missing.note(number, now: .zero) }
        #expect(missing.note(3, isRepaired: true, now: .zero) == .late)
        #expect(missing.note(5000, now: .zero) == .newest)
        #expect(missing.note(4, now: .zero) == .restarted)
    }

    @Test("what a buffer has given up, and what was lost by another clock, goes on counting")
    func counters() throws {
        let pair = SessionPair()
        for number in 0..<40 {
            pair.change(.init(loss: number == 20 ? 1 : 0))
            try pair.sendPicture(number, size: 500, isKeyFrame: number == 0)
            pair.run(for: .milliseconds(33))
        }
        let stream = try #require(pair.receiver.session.receivedStreams.first)
        let lost = stream.statistics.lost
        stream.setBuffer(nil)
        var other = SessionPair.video
        other.clockRate = 48_000
        stream.change(to: other)
        #expect(stream.counters.lostBefore == lost && stream.statistics.lost == 0 && !stream.hasBuffer)
    }

    @Test("H.264 is cut as its parameters say")
    func packetizationMode() {
        func mode(_ parameters: String?) -> H264Format.PacketizationMode {
            RTPFormatParameters(payloadType: 96, name: "h264", clockRate: 90_000, parameters: parameters)
                .packetizationMode
        }
        #expect(mode("level-asymmetry-allowed=1; Packetization-Mode=1;profile-level-id=42e01f") == .nonInterleaved)
        #expect(mode("profile-level-id=42e01f;packetization-mode=0") == .singleUnit && mode(nil) == .singleUnit)
        #expect(mode("packetization-mode=10") == .singleUnit)
    }
}
