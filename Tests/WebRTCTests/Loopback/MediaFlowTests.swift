import AsyncQueues
import DTLS
import JSEP
import RTP
import SRTP
import Testing
import TransportTypes
import WebRTCTestSupport

@testable import WebRTC

@Suite("Media that flows between two connections", .timeLimit(.minutes(2)))
struct MediaFlowTests {
    /// A pair of which one end sends a track, and the track at the other end.
    private func connect(_ kind: MediaKind) async throws -> (ConnectedPair, MediaStreamTrack, MediaStreamTrack) {
        let pair = try ConnectedPair()
        let track = MediaStreamTrack(kind)
        let (_, received) = try await pair.receivingTrack {
            try await $0.addTrack(track, streams: [MediaStream([track], id: "camera")])
        }
        return (pair, track, received)
    }

    /// VP8 as far as anybody looks at it: the first bit says that it is no key frame.
    private func picture(_ number: Int, size: Int, isKeyFrame: Bool) -> MediaFrame {
        var data = [UInt8](repeating: UInt8(truncatingIfNeeded: number), count: size)
        data[0] = isKeyFrame ? 0 : 1
        return MediaFrame(
            codec: "video/VP8", data: data, timestamp: .milliseconds(number * 33), isKeyFrame: isKeyFrame)
    }

    @Test("pictures of every size arrive whole, in order, and with their times")
    func pictures() async throws {
        let (pair, track, received) = try await connect(.video)
        let frames = received.frames
        let sizes = [1, 2, 1100, 1101, 5000, 200_000, 12, 60_000]
        let sent = sizes.enumerated().map { picture($0.offset, size: $0.element, isKeyFrame: $0.offset == 0) }
        for frame in sent { #expect(try track.send(frame)) }
        var got: [MediaFrame] = []
        for await frame in frames {
            got.append(frame)
            if got.count == sent.count { break }
        }
        let isSame = zip(got, sent).map { $0.data == $1.data }
        #expect(isSame == sent.map { _ in true })
        #expect(got.map(\.isKeyFrame) == sent.map(\.isKeyFrame))
        for (one, other) in zip(got, sent) { #expect(abs((one.timestamp - other.timestamp) / .milliseconds(1)) < 1) }
        #expect(got.allSatisfy { $0.codec == "video/VP8" } && !received.isMuted)
        await pair.close()
    }

    @Test("whoever begins to read asks for a picture that needs no other, and the sender hears of it")
    func keyFrames() async throws {
        let (pair, track, received) = try await connect(.video)
        let requests = track.keyFrameRequests
        // Something has to flow, so that the other end knows whom to ask.
        let packets = received.packets
        try track.send(picture(0, size: 100, isKeyFrame: false))
        for await packet in packets {
            #expect(packet.payload.count == 104)
            break
        }
        let frames = received.frames
        for await _ in requests { break }
        try track.send(picture(1, size: 100, isKeyFrame: true))
        for await frame in frames {
            #expect(frame.isKeyFrame && frame.data.count == 100)
            break
        }
        await pair.close()
    }

    @Test("who reads beside another begins with a picture that needs no other; who does not keep up goes on with one")
    func readers() async throws {
        let (pair, track, received) = try await connect(.video)
        let (first, requests) = (received.frames, track.keyFrameRequests)
        var iterator = first.makeAsyncIterator()
        try track.send(picture(0, size: 100, isKeyFrame: true))
        #expect(await iterator.next()?.isKeyFrame == true)
        let second = received.frames
        for await _ in requests { break }
        try track.send(picture(1, size: 100, isKeyFrame: false))
        #expect(await iterator.next()?.isKeyFrame == false)
        try track.send(picture(2, size: 100, isKeyFrame: true))
        for await frame in second {
            #expect(frame.isKeyFrame && frame.data.first == 0)
            break
        }
        #expect(second.lost == 0)
        // From here on only the first is read, until the second has lost what it has not read.
        for number in 3..<600 {
            try track.send(picture(number, size: 100, isKeyFrame: false))
            while let frame = await iterator.next(), frame.data[1] != UInt8(truncatingIfNeeded: number) {}
        }
        #expect(second.lost > 512)
        for await _ in requests { break }
        try track.send(picture(600, size: 100, isKeyFrame: true))
        for await frame in second {
            #expect(frame.isKeyFrame && frame.data[1] == UInt8(truncatingIfNeeded: 600))
            break
        }
        await pair.close()
    }

    @Test("sound arrives, packet by packet")
    func sound() async throws {
        let (pair, track, received) = try await connect(.audio)
        let frames = received.frames
        for number in 0..<20 {
            try track.send(
                MediaFrame(
                    codec: "audio/opus", data: [0xFC, UInt8(number), 1], timestamp: .milliseconds(20 * number)))
        }
        var got: [MediaFrame] = []
        for await frame in frames {
            got.append(frame)
            if got.count == 20 { break }
        }
        #expect(got.map { $0.data[1] } == (0..<20).map { UInt8($0) })
        #expect(got.last?.timestamp == .milliseconds(380))
        await pair.close()
    }

    @Test("who began to read before a packet was sent gets it, although the loop has not come round since")
    func freshReaders() async throws {
        let (pair, _, received) = try await connect(.audio)
        let datagram = try await pair.a.protected([0xFC, 7])
        let (frames, packets) = await pair.b.read(received, when: datagram)
        #expect(await frames.first { _ in true }?.data == [0xFC, 7])
        #expect(await packets.first { _ in true }?.payload == [0xFC, 7])
        await pair.close()
    }

    @Test("the keys are those of AES-GCM, whoever offers")
    func profile() async throws {
        let (pair, _, _) = try await connect(.audio)
        for end in [pair.a, pair.b] {
            #expect(await end.getStats().transport?.srtpCipher == SRTPProfile.aeadAES128GCM.name)
        }
        await pair.close()
    }

    @Test("frames of another kind of media, and frames for a track that is over, are refused")
    func refused() async throws {
        let track = MediaStreamTrack(.video)
        #expect(throws: WebRTCError.self) {
            try track.send(MediaFrame(codec: "audio/opus", data: [1], timestamp: .zero))
        }
        track.stop()
        #expect(throws: WebRTCError.self) {
            try track.send(MediaFrame(codec: "video/VP8", data: [1], timestamp: .zero))
        }
    }
}

extension PeerConnection {
    /// A packet that the first transceiver might have sent.
    fileprivate func protected(_ payload: [UInt8]) throws -> [UInt8] {
        let keys = try #require(transports.first?.session?.exportSRTPKeys())
        let context = try SRTPContext(.sending, profile: keys.profile, key: keys.localKey, salt: keys.localSalt)
        let codec = try #require(transceivers.first?.sender.getParameters().codecs.first)
        let packet = try RTPPacket(
            payloadType: codec.payloadType, sequenceNumber: 1, timestamp: 960, ssrc: 77, payload: payload
        ).encoded()
        var datagram: [UInt8] = []
        try context.protect(rtp: packet.span, appendingTo: &datagram)
        return datagram
    }

    /// Begins to read, and has a datagram come in the same turn of the loop.
    fileprivate func read(
        _ track: MediaStreamTrack, when datagram: [UInt8]
    ) -> (EventSequence<MediaFrame>, EventSequence<RTPPacket>) {
        let events = (track.frames, track.packets)
        transports.first?.receive(datagram.span, segmentSize: datagram.count)
        return events
    }
}
