import JSEP
import NetworkLoop
import Synchronization
import Testing
import WebRTCTestSupport

@testable import WebRTC

/// Connections that are up, and what they say of media that does not flow.
@Suite("why media does not flow", .timeLimit(.minutes(2)))
struct MediaDiagnosisLoopbackTests {
    private let pair: ConnectedPair
    private let track = MediaStreamTrack(.video)

    init() throws { pair = try ConnectedPair() }

    /// Connects, with a track of `a` that `b` receives.
    private func connect(_ codecs: [String] = []) async throws -> MediaStreamTrack {
        let transceiver = try await pair.a.addTransceiver(sending: track)
        let chosen = RTPSender.capabilities(.video).codecs.filter { codecs.contains($0.mimeType) }
        if !chosen.isEmpty { try transceiver.setCodecPreferences(chosen) }
        try await pair.negotiate()
        try await pair.a.connected()
        try await pair.b.connected()
        return try #require(pair.b.receivers.first).track
    }

    private func picture(isKeyFrame: Bool = true) -> MediaFrame {
        MediaFrame(codec: "video/VP8", data: [isKeyFrame ? 0 : 1, 2, 3], timestamp: .zero, isKeyFrame: isKeyFrame)
    }

    @Test("frames in a codec that was not agreed on are told at the sender")
    func missingCodec() async throws {
        _ = try await connect(["video/VP8"])
        try track.send(MediaFrame(codec: "video/AV1", data: [1], timestamp: .zero))
        await pair.a.publishMediaFacts()
        let diagnosis = pair.a.diagnosis
        #expect(diagnosis.step == .media && diagnosis.verdict == .bad && diagnosis.text.contains("video/AV1"))
        #expect(diagnosis.advice?.contains("VP8") == true)
        await pair.close()
    }

    @Test("packets that nobody reads are told at the receiver, until somebody does")
    func unread() async throws {
        let received = try await connect()
        try track.send(picture())
        while await pair.b.getStats().inboundRTP.isEmpty {}
        await pair.b.publishMediaFacts()
        #expect(pair.b.diagnosis.verdict == .good)
        #expect(pair.b.diagnosis.details.contains { $0.contains("nobody reads") })
        let frames = received.frames
        await pair.b.publishMediaFacts()
        #expect(frames.lost == 0 && !pair.b.diagnosis.details.contains { $0.contains("nobody reads") })
        await pair.close()
    }

    @Test("nothing that comes, and no key frame, are told after some seconds")
    func waiting() async throws {
        let received = try await connect()
        let (packets, frames) = (received.packets, received.frames)
        await pair.b.publishMediaFacts()
        let silent = await pair.b.diagnosis(in: .seconds(6))
        #expect(silent.step == .media && silent.verdict == .waiting && silent.text.contains("nothing has come"))
        try track.send(picture(isKeyFrame: false))
        for await _ in packets { break }
        await pair.b.publishMediaFacts()
        let waiting = await pair.b.diagnosis(in: .seconds(4))
        #expect(waiting.step == .media && waiting.verdict == .waiting && waiting.text.contains("no key frame"))
        #expect(frames.lost == 0)
        await pair.close()
    }

    @Test("packets that do not prove to be the peer's are counted, and are bad where no other comes")
    func forged() async throws {
        _ = try await connect()
        await pair.b.receiveForgery()
        await pair.b.publishMediaFacts()
        // The peer's reports may have come by now, then it is a note.
        let diagnosis = pair.b.diagnosis
        let isTold = ([diagnosis.text] + diagnosis.details).contains { $0.contains("1 packet") }
        #expect(isTold, "\(diagnosis)")
        await pair.close()
    }

    @Test("a section without a codec in common is told at both ends")
    func refused() async throws {
        try await pair.a.addTransceiver(.video)
        try await pair.a.setLocalDescription()
        let offer = try #require(pair.a.localDescription)
        let foreign = offer.sdp.replacing(/a=rtpmap:(\d+) [^\/\r]+\//) { "a=rtpmap:\($0.output.1) X-NONE/" }
        try await pair.b.setRemoteDescription(SessionDescription(type: .offer, sdp: foreign))
        try await pair.b.setLocalDescription()
        try await pair.a.setRemoteDescription(try #require(pair.b.localDescription))
        for (end, words) in [(pair.a, "the peer has refused"), (pair.b, "this library has none")] {
            let diagnosis = end.diagnosis
            #expect(diagnosis.step == .agreement && diagnosis.verdict == .bad)
            #expect(diagnosis.details.contains { $0.contains(words) }, "\(diagnosis)")
        }
        await pair.close()
    }
}

extension PeerConnection {
    /// Has the loop do what waits for it, and tell of it.
    fileprivate func publishMediaFacts() {
        for transport in transports {
            transport.mediaSession?.flush()
            transport.media?.publishFacts()
        }
    }

    /// What the diagnosis will say after some time in which nothing happens.
    fileprivate func diagnosis(in time: Duration) -> ConnectionDiagnosis {
        let values = snapshot.values.withLock { $0 }
        return values.diagnosis(unreadChannels: [], isWindowClosed: false, now: loop.now + time)
    }

    /// As if somebody without the keys had sent a packet of RTP.
    fileprivate func receiveForgery() {
        var packet: [UInt8] = [0x80, 96, 0, 1, 0, 0, 0, 0, 0, 0, 0, 9]
        packet += [UInt8](repeating: 7, count: 40)
        transports.first?.mediaSession?.receive(packet.span, segmentSize: packet.count, isControl: false)
    }
}
