import JSEP
import Testing
import WebRTC
import WebRTCTestSupport

@Suite("Rules beside those of the list", .timeLimit(.minutes(3)))
struct NeighbourTests {
    private let pair: ConnectedPair

    init() throws {
        pair = try ConnectedPair()
    }

    @Test("a transceiver that is stopped before the answer is answered as inactive, and refused by the next offer")
    func stoppedBeforeTheAnswer() async throws {
        for kind in [MediaKind.audio, .video] { try await pair.a.addTransceiver(kind) }
        let offer = try await pair.a.createOffer()
        try await pair.a.setLocalDescription(offer)
        try await pair.b.setRemoteDescription(offer)
        let stopping = pair.b.transceivers[0]
        try stopping.stop()
        try await pair.b.setLocalDescription()
        let answer = try #require(pair.b.localDescription)
        #expect(answer.sections.map(\.port) == ["9", "9"])
        #expect(answer.sections.map(\.direction) == ["inactive", "recvonly"])
        #expect(stopping.currentDirection == .inactive && stopping.mid == "0")
        try await pair.a.setRemoteDescription(answer)
        try await pair.negotiate(from: pair.b, to: pair.a)
        #expect(pair.b.transceivers.map(\.mid) == ["1"])
        #expect(stopping.currentDirection == .stopped && stopping.sender.transport == nil)
    }

    @Test("a stopping transceiver of addTrack's is still matched to a section of the peer's")
    func stoppingIsMatched() async throws {
        try await pair.b.addTrack(MediaStreamTrack(.audio))
        try pair.b.transceivers[0].stop()
        try await pair.a.addTransceiver(.audio)
        try await pair.b.setRemoteDescription(pair.a.createOffer())
        #expect(pair.b.transceivers.map(\.mid) == ["0"])
    }

    @Test("an offer that refuses a section stops its transceiver at once, and a rollback does not bring it back")
    func refusedByTheOffer() async throws {
        for kind in [MediaKind.audio, .video] { try await pair.a.addTransceiver(kind) }
        try await pair.negotiate()
        try pair.a.transceivers[0].stop()
        let refused = pair.b.transceivers[0]
        let offer = try await pair.a.createOffer()
        try await pair.b.setRemoteDescription(offer)
        #expect(refused.direction == .stopped && refused.currentDirection == .stopped && refused.mid == "0")
        #expect(refused.receiver.track.readyState == .ended)
        #expect(pair.b.transceivers.count == 2)
        try await pair.b.setRemoteDescription(SessionDescription(type: .rollback))
        #expect(refused.currentDirection == .stopped && pair.b.transceivers.count == 2)
        try await pair.b.setRemoteDescription(offer)
        try await pair.b.setLocalDescription()
        #expect(refused.mid == nil && pair.b.transceivers.map(\.mid) == ["1"])
    }

    @Test("a remote offer that meets an own one is a rollback and an offer: the state passes through stable")
    func implicitRollbackShows() async throws {
        try await pair.a.addTransceiver(.audio)
        try await pair.b.addTransceiver(.video)
        let seen = pair.a.signalingStates
        try await pair.a.setLocalDescription()
        try await pair.a.setRemoteDescription(pair.b.createOffer())
        pair.a.close()
        #expect(await seen.all() == [.stable, .haveLocalOffer, .stable, .haveRemoteOffer, .closed])
    }

    @Test("a remote offer that is wrong leaves the own one pending")
    func wrongOfferInGlare() async throws {
        try await pair.a.addTransceiver(.audio)
        try await pair.a.setLocalDescription()
        let offer = Foreign.offer(Foreign.media(.video, mid: "0").filter { !$0.hasPrefix("a=fingerprint") })
        await expect(.invalidAccess) { try await pair.a.setRemoteDescription(offer) }
        #expect(pair.a.signalingState == .haveLocalOffer && pair.a.transceivers[0].mid == "0")
    }

    @Test("there is no rollback once there is a provisional answer")
    func rollbackOfProvisionalAnswer() async throws {
        let rollback = SessionDescription(type: .rollback)
        try await pair.a.addTransceiver(.audio)
        try await pair.a.setLocalDescription()
        try await pair.b.setRemoteDescription(#require(pair.a.localDescription))
        let answer = SessionDescription(type: .pranswer, sdp: try await pair.b.createAnswer().sdp)
        try await pair.b.setLocalDescription(answer)
        try await pair.a.setRemoteDescription(answer)
        for connection in [pair.a, pair.b] {
            await expect(.invalidState) { try await connection.setLocalDescription(rollback) }
            await expect(.invalidState) { try await connection.setRemoteDescription(rollback) }
        }
    }

    @Test("an offer that was not set has no mids in common with the next")
    func midsAreNotUsedTwice() async throws {
        try await pair.a.addTransceiver(.audio)
        let first = try await pair.a.createOffer()
        let second = try await pair.a.createOffer()
        #expect(first.values(of: "mid") == ["0"] && second.values(of: "mid") == ["1"])
        try await pair.a.setLocalDescription(SessionDescription(type: .offer))
        #expect(pair.a.transceivers.map(\.mid) == ["1"])
    }

    @Test("a track is not added again while the transceiver that sends it is stopping")
    func trackOfStoppingTransceiver() async throws {
        let track = MediaStreamTrack(.audio)
        try await pair.a.addTrack(track)
        try pair.a.transceivers[0].stop()
        await expect(.invalidAccess) { try await pair.a.addTrack(track) }
    }

    @Test("what was stopped before it had a section is let go with the next round, and asked for until then")
    func stoppedWithoutSection() async throws {
        let needs = pair.a.negotiationNeeded
        try await pair.a.addTransceiver(.audio).stop()
        try await pair.a.addTransceiver(.video)
        try await pair.negotiate()
        #expect(pair.a.transceivers.map(\.kind) == [.video])
        pair.a.close()
        var count = 0
        for await _ in needs { count += 1 }
        #expect(count == 1)
    }

    @Test("a sender that has sent keeps its a=msid while it does not")
    func streamsStay() async throws {
        let sender = try await pair.a.addTrack(MediaStreamTrack(.audio), streams: [MediaStream(id: "stream")])
        try await pair.negotiate()
        try await pair.a.removeTrack(sender)
        let offer = try await pair.a.createOffer()
        #expect(offer.sections[0].direction == "recvonly")
        #expect(offer.values(of: "msid").map { $0.prefix { $0 != " " } } == ["stream"])
    }

    @Test("the tracks of a peer that names no streams share one")
    func unnamedStreams() async throws {
        let events = pair.b.tracks
        try await pair.b.setRemoteDescription(
            Foreign.offer(Foreign.media(.audio, mid: "0"), Foreign.media(.video, mid: "1")))
        var streams: [MediaStream] = []
        for await event in events {
            streams += event.streams
            if streams.count == 2 { break }
        }
        #expect(streams[0] === streams[1])
    }

    @Test("a track without a stream, of a peer that names the streams of others, is of none")
    func streamlessBesideNamed() async throws {
        let events = pair.b.tracks
        try await pair.b.setRemoteDescription(
            Foreign.offer(
                Foreign.media(.audio, mid: "0"), Foreign.media(.video, mid: "1", "a=msid:pictures track")))
        pair.b.close()
        var streams: [[String]] = []
        for await event in events { streams.append(event.streams.map(\.id)) }
        #expect(streams == [[], ["pictures"]])
    }

    @Test("an offer without sections says that candidates come one by one")
    func emptyOfferTrickles() async throws {
        let offer = try await pair.a.createOffer()
        try await pair.b.setRemoteDescription(offer)
        #expect(offer.sections.isEmpty && pair.b.canTrickleICECandidates == true)
    }

    @Test("an answer says active or passive")
    func undecidedAnswer() async throws {
        try await pair.a.addTransceiver(.audio)
        try await pair.a.setLocalDescription()
        let answer = Foreign.answer(Foreign.media(.audio, mid: "0"))
        await expect(.invalidAccess) { try await pair.a.setRemoteDescription(answer) }
        #expect(pair.a.signalingState == .haveLocalOffer)
    }

    @Test("a candidate for a refused section that the description in force does not have changes nothing")
    func candidateForRefusedSection() async throws {
        try await pair.b.setRemoteDescription(Foreign.offer(Foreign.media(.audio, mid: "0")))
        try await pair.b.setLocalDescription()
        let refused = ["m=video 0 UDP/TLS/RTP/SAVPF 96", "c=IN IP4 0.0.0.0", "a=mid:1"]
        try await pair.b.setRemoteDescription(Foreign.offer(Foreign.media(.audio, mid: "0"), refused))
        try await pair.b.addICECandidate(
            ICECandidateInit(candidate: "candidate:1 1 udp 2122260223 192.0.2.1 54400 typ host", sdpMid: "1"))
        #expect(pair.b.remoteDescription?.values(of: "candidate").isEmpty == true)
    }

    @Test("what carried a sender can still be read after close()")
    func transportAfterClose() async throws {
        let transceiver = try await pair.a.addTransceiver(.audio)
        try await pair.a.setLocalDescription()
        let transport = try #require(transceiver.sender.transport)
        pair.a.close()
        #expect(transceiver.sender.transport === transport)
        #expect(transceiver.currentDirection == .stopped && transceiver.mid == nil)
    }

    @Test("SCTP is there with the peer's offer, on the transport that it has later, and goes with its rollback")
    func transportOfOfferedData() async throws {
        _ = try await pair.a.createDataChannel("data")
        let offer = try await pair.a.createOffer()
        try await pair.b.setRemoteDescription(offer)
        #expect(pair.b.sctp?.state == .connecting)
        try await pair.b.setRemoteDescription(SessionDescription(type: .rollback))
        #expect(pair.b.sctp == nil)
        try await pair.b.setRemoteDescription(offer)
        let sctp = try #require(pair.b.sctp)
        let transport = sctp.transport
        try await pair.b.setLocalDescription()
        #expect(pair.b.sctp === sctp && sctp.transport === transport)
    }
}
