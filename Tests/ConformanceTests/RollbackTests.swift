import JSEP
import Testing
import TransportTypes
import WebRTC
import WebRTCTestSupport

@Suite("RBK: rollback and glare", .timeLimit(.minutes(3)))
struct RollbackTests {
    private let pair: ConnectedPair
    private var a: PeerConnection { pair.a }
    private var b: PeerConnection { pair.b }
    private let rollback = SessionDescription(type: .rollback, sdp: "garbage that nobody reads")

    init() throws { pair = try ConnectedPair() }

    @Test("RBK-01, RBK-05, RBK-10 a local offer is taken back with the mids it gave, and can be set again")
    func local() async throws {
        let states = a.signalingStates
        let transceiver = try await a.addTransceiver(.audio)
        let offer = try await a.createOffer()
        try await a.setLocalDescription(offer)
        #expect(transceiver.mid != nil && transceiver.sender.transport != nil)
        try await a.setLocalDescription(rollback)
        #expect(a.signalingState == .stable && a.localDescription == nil && a.pendingLocalDescription == nil)
        #expect(a.transceivers.count == 1 && transceiver.mid == nil && transceiver.sender.transport == nil)
        try await a.setLocalDescription(offer)
        #expect(transceiver.mid != nil)
        a.close()
        #expect(await states.all() == [.stable, .haveLocalOffer, .stable, .haveLocalOffer, .closed])
    }

    @Test("RBK-02 there is nothing to take back in stable, after an answer, or of the other side")
    func wrongStates() async throws {
        await expect(.invalidState) { try await a.setLocalDescription(rollback) }
        try await a.addTransceiver(.audio)
        try await pair.negotiate()
        await expect(.invalidState) { try await b.setLocalDescription(rollback) }
        try await b.setRemoteDescription(a.createOffer())
        await expect(.invalidState) { try await b.setLocalDescription(rollback) }
    }

    @Test("RBK-03 a remote offer is taken back")
    func remote() async throws {
        try await a.addTransceiver(.audio)
        try await b.setRemoteDescription(a.createOffer())
        try await b.setRemoteDescription(rollback)
        #expect(b.signalingState == .stable && b.remoteDescription == nil && b.pendingRemoteDescription == nil)
    }

    @Test("RBK-07 a transceiver that the offer brought goes with it, whatever was done with it but addTrack")
    func broughtTransceiver() async throws {
        try await a.addTransceiver(.audio)
        try await b.setRemoteDescription(a.createOffer())
        let brought = try #require(b.transceivers.first)
        try brought.sender.replaceTrack(MediaStreamTrack(.audio))
        try brought.setDirection(.sendrecv)
        try await b.setRemoteDescription(rollback)
        #expect(b.transceivers.isEmpty && brought.direction == .stopped && brought.receiver.track.readyState == .ended)
    }

    @Test(
        "RBK-08 one that addTrack was used on stays, without mid and transport", arguments: [true, false],
        [true, false])
    func keptTransceiver(isBefore: Bool, isTaken: Bool) async throws {
        try await a.addTransceiver(.audio)
        let track = MediaStreamTrack(.audio)
        if isBefore { try await b.addTrack(track) }
        try await b.setRemoteDescription(a.createOffer())
        if !isBefore { try await b.addTrack(track) }
        let kept = try #require(b.transceivers.first)
        #expect(kept.mid != nil && b.transceivers.count == 1)
        if isTaken { try kept.sender.replaceTrack(nil) }
        try await b.setRemoteDescription(rollback)
        #expect(b.transceivers.count == 1 && b.transceivers[0] === kept)
        #expect(kept.mid == nil && kept.sender.transport == nil && (kept.sender.track === track) == !isTaken)
    }

    @Test("RBK-11 only the mids of this round are taken back")
    func midsOfTheRound() async throws {
        let first = try await a.addTransceiver(.audio)
        try await pair.negotiate()
        let second = try await a.addTransceiver(.video)
        try await a.setLocalDescription()
        let mid = first.mid
        #expect(second.mid != nil)
        try await a.setLocalDescription(rollback)
        #expect(first.mid == mid && mid != nil && second.mid == nil)
    }

    @Test("RBK-12 a remote offer on top of an own one takes that back")
    func implicit() async throws {
        try await a.addTransceiver(.audio)
        try await b.addTransceiver(.video)
        try await b.setLocalDescription()
        try await b.setRemoteDescription(a.createOffer())
        #expect(b.signalingState == .haveRemoteOffer && b.pendingLocalDescription == nil)
        #expect(b.transceivers.map { $0.mid == nil } == [true, false])
    }

    @Test("RBK-14 what addTransceiver made and the glare left over is asked for once all is stable")
    func leftOver() async throws {
        try await a.addTransceiver(.audio)
        try await b.addTransceiver(.audio)
        let needed = b.negotiationNeeded
        try await b.setLocalDescription()
        #expect(await needed.first() != nil)
        try await b.setRemoteDescription(a.createOffer())
        let again = b.negotiationNeeded
        #expect(b.signalingState == .haveRemoteOffer)
        try await b.setLocalDescription()
        #expect(await again.first() != nil)
    }

    @Test("RBK-15 what addTrack made is matched to the peer's section, and nothing is left to ask for")
    func matched() async throws {
        try await a.addTransceiver(.audio)
        try await b.addTrack(MediaStreamTrack(.audio))
        try await b.setLocalDescription()
        let needed = b.negotiationNeeded
        try await b.setRemoteDescription(a.createOffer())
        #expect(b.transceivers.count == 1 && b.transceivers[0].mid != nil)
        try await b.setLocalDescription()
        // What addTrack asked for comes first, if at all; nothing comes after the answer.
        _ = await b.getStats()
        b.close()
        var count = 0
        for await _ in needed { count += 1 }
        #expect(count <= 1)
    }

    @Test("RBK-16 a candidate between an explicit rollback and the offer has no place; after an implicit one it has")
    func candidates() async throws {
        try await a.addTransceiver(.audio)
        let offer = try await a.createOffer()
        try await b.addTransceiver(.video)
        let candidate = ICECandidateInit(sdpMid: "0")
        try await b.setLocalDescription()
        let (back, early) = (
            begin { try await b.setLocalDescription(rollback) }, begin { try await b.addICECandidate(candidate) }
        )
        try await back.value
        await expect(.invalidState) { try await early.value }
        try await b.setLocalDescription()
        let (set, late) = (
            begin { try await b.setRemoteDescription(offer) }, begin { try await b.addICECandidate(candidate) }
        )
        try await set.value
        try await late.value
    }

    @Test("RBK-18, RBK-19 in a session what was agreed on stays, and the next offer applies")
    func established() async throws {
        let first = try await a.addTransceiver(.audio)
        try await pair.negotiate()
        let transport = try #require(first.sender.transport)
        let second = try await a.addTransceiver(.video)
        let own = try await a.createOffer()
        try await b.addTransceiver(.audio)
        try await a.setRemoteDescription(b.createOffer())
        try await a.setRemoteDescription(rollback)
        try await a.setLocalDescription(own)
        #expect(second.sender.transport === transport)
        try await a.setLocalDescription(rollback)
        #expect(first.sender.transport === transport && second.sender.transport == nil)
        try await a.setRemoteDescription(b.createOffer())
        #expect(a.signalingState == .haveRemoteOffer)
    }

    @Test("RBK-20 what the application did stays: direction, track, stop")
    func applicationsWill() async throws {
        let transceivers = [try await a.addTransceiver(.audio), try await a.addTransceiver(.audio)]
        try await pair.negotiate()
        try await a.setRemoteDescription(b.createOffer())
        let track = MediaStreamTrack(.audio)
        try transceivers[0].setDirection(.inactive)
        try transceivers[0].sender.replaceTrack(track)
        try transceivers[1].stop()
        try await a.setRemoteDescription(rollback)
        #expect(transceivers[0].direction == .inactive && transceivers[0].sender.track === track)
        #expect(transceivers[1].direction == .stopped && transceivers[1].mid != nil)
    }

    @Test("RBK-22 where only data was offered, glare goes on, and the channel is in the next offer")
    func data() async throws {
        let channel = try await b.createDataChannel("data")
        try await b.setLocalDescription()
        try await a.addTransceiver(.audio)
        try await a.setLocalDescription()
        try await b.setRemoteDescription(#require(a.localDescription))
        try await b.setLocalDescription()
        try await a.setRemoteDescription(#require(b.localDescription))
        #expect(channel.readyState == .connecting)
        #expect(try await b.createOffer().sections.map(\.kind) == ["audio", "application"])
        try await pair.negotiate(from: b, to: a)
        try await channel.opened()
    }

    @Test("RBK-23, RBK-24 rolling a remote offer back takes tracks out of streams, and puts them back where they were")
    func streams() async throws {
        let stream = MediaStream(id: "before")
        let sender = try await a.addTrack(MediaStreamTrack(.audio), streams: [stream])
        try await pair.negotiate()
        let event = try #require(await b.tracks.first())
        try sender.setStreams([MediaStream(id: "after")])
        try await a.addTrack(MediaStreamTrack(.video), streams: [stream])
        try await b.setRemoteDescription(a.createOffer())
        #expect(event.streams[0].tracks.map(\.kind) == [.video] && b.transceivers.count == 2)
        let brought = b.transceivers[1]
        try await b.setRemoteDescription(rollback)
        #expect(event.streams[0].tracks.count == 1 && event.streams[0].tracks[0] === event.track)
        #expect(b.transceivers.count == 1)
        try await b.removeTrack(brought.sender)
    }

    @Test(
        "RBK-25 the event comes again when the offer is applied again, with the same objects", arguments: [true, false])
    func again(hasStream: Bool) async throws {
        let tracks = b.tracks
        try await b.addTrack(MediaStreamTrack(.audio))
        try await a.addTrack(MediaStreamTrack(.audio), streams: hasStream ? [MediaStream(id: "s")] : [])
        let offer = try await a.createOffer()
        for _ in 0..<2 {
            try await b.setRemoteDescription(offer)
            try await b.setRemoteDescription(rollback)
        }
        b.close()
        var events: [TrackEvent] = []
        for await event in tracks { events.append(event) }
        #expect(
            events.count == 2
                && events.map { $0.streams.map(\.id) } == [hasStream ? ["s"] : [], hasStream ? ["s"] : []])
        #expect(events[0].transceiver === events[1].transceiver && events[0].track === events[1].track)
    }

    @Test("RBK-27 an own audio offer that is taken back stays apart from the peer's video")
    func otherKind() async throws {
        try await b.addTrack(MediaStreamTrack(.audio))
        try await b.setLocalDescription()
        try await b.setLocalDescription(rollback)
        try await a.addTransceiver(.video)
        try await pair.negotiate()
        #expect(b.transceivers.map(\.kind) == [.audio, .video])
        #expect(b.transceivers[0].mid == nil && b.transceivers[1].mid != nil)
        try await pair.negotiate(from: b, to: a)
        #expect(b.transceivers.allSatisfy { $0.currentDirection != nil } && a.transceivers.count == 2)
    }

    @Test("RBK-28, RBK-29 gathering goes back to new with the first offer, and stays as it was with a later one")
    func gathering() async throws {
        try await a.addTransceiver(.audio)
        try await a.setLocalDescription()
        await a.gatheringComplete()
        try await a.setLocalDescription(rollback)
        #expect(a.iceGatheringState == .new)
        try await pair.negotiate()
        await a.gatheringComplete()
        try await a.setLocalDescription(a.createOffer(OfferOptions(iceRestart: true)))
        try await a.setLocalDescription(rollback)
        #expect(a.iceGatheringState == .complete)
    }

    @Test("RBK-30 with one polite side, transceivers added at both ends at once end as two at each")
    func perfectNegotiation() async throws {
        try await a.addTransceiver(.audio)
        try await b.addTransceiver(.video)
        let offers = [try await a.createOffer(), try await b.createOffer()]
        try await a.setLocalDescription(offers[0])
        try await b.setLocalDescription(offers[1])
        // `b` is polite: it takes its own offer back, and `a` does not listen to it.
        try await b.setRemoteDescription(offers[0])
        try await b.setLocalDescription()
        try await a.setRemoteDescription(#require(b.localDescription))
        try await pair.negotiate(from: b, to: a)
        for side in [a, b] {
            #expect(side.transceivers.count == 2 && side.transceivers.allSatisfy { $0.currentDirection != nil })
        }
        for await state in a.connectionStates where state == .connected { break }
    }
}
