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
}

extension PeerConnection {
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
