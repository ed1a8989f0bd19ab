import JSEP
import NetworkLoop
import RTP
import Testing
import WebRTCTestSupport

@testable import WebRTC

@Suite("Whom a receiver has heard", .timeLimit(.minutes(2)))
struct MediaSourcesTests {
    @Test("the sender of what has come is told, and who was mixed into it, with how loud they are")
    func sources() async throws {
        let pair = try ConnectedPair()
        let track = MediaStreamTrack(.audio)
        let sender = try await pair.a.addTrack(track)
        try await pair.negotiate()
        try await pair.a.connected()
        try await pair.b.connected()
        let receiver = try #require(pair.b.receivers.first)
        #expect(await receiver.synchronizationSources().isEmpty)
        #expect(await receiver.contributingSources().isEmpty)
        let frames = receiver.track.frames
        try track.send(MediaFrame(codec: "audio/opus", data: [0xFC, 1], timestamp: .zero))
        var frame: MediaFrame?
        for await next in frames {
            frame = next
            break
        }
        let own = try #require(await receiver.synchronizationSources().first)
        let ssrc = try #require(await sender.getStats().outboundRTP.first?.ssrc)
        #expect(own.source == ssrc && own.rtpTimestamp == frame?.rtpTimestamp && own.audioLevel == nil)
        let inbound = await receiver.getStats().inboundRTP.first
        #expect(abs(own.timestamp - (inbound?.lastPacketReceivedTimestamp ?? 0)) < 1000)

        let next = try #require(await pair.a.nextSequenceNumber(of: ssrc))
        try await pair.b.hear(ssrc, next, contributors: [11, 12], level: 20)
        let mixed = await receiver.contributingSources()
        #expect(Set(mixed.map(\.source)) == [11, 12] && mixed.allSatisfy { $0.rtpTimestamp == 77 })
        let louder = try #require(await receiver.synchronizationSources().first)
        #expect(louder.rtpTimestamp == 77 && abs((louder.audioLevel ?? 0) - 0.1) < 0.000_001)
        try await pair.b.hear(ssrc, next &+ 1, contributors: [13], level: 127)
        #expect(await receiver.synchronizationSources().map(\.audioLevel) == [0])
        #expect(await receiver.contributingSources().first?.source == 13)
        await pair.close()
        #expect(await receiver.synchronizationSources().isEmpty)
    }

    @Test("several sources of one section, which have no names, are told apart by their numbers; all have their CNAME")
    func severalSources() async throws {
        let pair = try ConnectedPair()
        try await pair.a.addTrack(MediaStreamTrack(.audio))
        try await pair.a.setLocalDescription()
        var offer = try #require(pair.a.localDescription)
        offer.sdp += "a=ssrc:1 cname:somebody\r\na=ssrc:2 cname:somebody\r\n"
        try await pair.a.setRemoteDescription(pair.b.answer(to: offer))
        try await pair.a.connected()
        try await pair.b.connected()
        let received = try #require(pair.b.receivers.first)
        let frames = received.track.frames
        // The loop has seen that somebody reads when it answers.
        _ = await pair.b.getStats()
        for ssrc in [1, 2] as [UInt32] { try await pair.b.hear(sound: UInt8(ssrc), from: ssrc) }
        var names: [UInt8: String] = [:]
        for await frame in frames {
            #expect(frame.canonicalName == "somebody")
            names[frame.data[1]] = frame.streamID
            if names.count == 2 { break }
        }
        #expect(names == [1: "1", 2: "2"])
        await pair.close()
    }

    @Test("a track is of as many streams as anybody needs, and moves from one to another")
    func streams() async throws {
        let (one, other) = try (PeerConnection(), PeerConnection())
        try await one.addTransceiver(.audio)
        try await one.setLocalDescription()
        let offer = try #require(one.localDescription)
        func names(_ prefix: String) async throws -> [String] {
            var named = SessionDescription(type: .offer, sdp: offer.sdp.replacing("a=msid:-", with: "a=x:"))
            for number in 0..<20 { named.sdp += "a=msid:\(prefix)\(number) track\r\n" }
            try await other.setRemoteDescription(named)
            try await other.setLocalDescription()
            return await other.streamsOfTracks.sorted()
        }
        #expect(try await names("a") == (0..<16).map { "a\($0)" }.sorted())
        #expect(try await names("b") == (0..<16).map { "b\($0)" }.sorted())
        for connection in [one, other] {
            connection.close()
            await connection.closed()
        }
    }
}

extension PeerConnection {
    fileprivate var streamsOfTracks: [String] { Array(streams.keys) }

    /// As if a packet of Opus had come from a source that is not known yet.
    fileprivate func hear(sound: UInt8, from ssrc: UInt32) throws {
        let rtp = try #require(transports.first?.media?.rtp)
        let packet = RTPPacket(
            payloadType: 111, sequenceNumber: 1, timestamp: 0, ssrc: ssrc, payload: [0xFC, sound])
        let bytes = try packet.encoded()
        rtp.receive(rtp: bytes.span, now: loop.now)
        rtp.arrivalsEnded(now: loop.now)
    }

    fileprivate func nextSequenceNumber(of ssrc: UInt32) -> UInt16? {
        transports.first?.media?.rtp?.sentStreams[ssrc]?.nextSequenceNumber
    }

    /// As if a packet of this source had come, with a level and contributing sources.
    fileprivate func hear(_ ssrc: UInt32, _ number: UInt16, contributors: [UInt32], level: UInt8) throws {
        let rtp = try #require(transports.first?.media?.rtp)
        let stream = try #require(rtp.receivedStreams.first { $0.ssrc == ssrc })
        let id = try #require(rtp.sections[stream.mid]?.receivedExtensions.audioLevel)
        var packet: [UInt8] = [0x90 | UInt8(contributors.count), stream.format.payloadType]
        func append(_ value: UInt32, bytes: Int = 4) {
            for place in (0..<bytes).reversed() { packet.append(UInt8(truncatingIfNeeded: value >> (8 * place))) }
        }
        append(UInt32(number), bytes: 2)
        append(77)
        append(ssrc)
        for source in contributors { append(source) }
        packet += [0xBE, 0xDE, 0, 1, id << 4, level, 0, 0, 0xFC, 1]
        rtp.receive(rtp: packet.span, now: loop.now)
    }
}
