import JSEP
import Testing
import WebRTC
import WebRTCTestSupport

@Suite("OPS: the order of operations and events", .timeLimit(.minutes(3)))
struct OperationsTests {
    private let pair: ConnectedPair
    private var a: PeerConnection { pair.a }
    private var b: PeerConnection { pair.b }

    init() throws { pair = try ConnectedPair() }

    @Test("OPS-01 what does not fit the state fails")
    func wrongStates() async throws {
        await expect(.invalidState) { _ = try await a.createAnswer() }
        await expect(.invalidState) { try await a.setLocalDescription(SessionDescription(type: .rollback)) }
        await expect(.invalidState) { try await a.addICECandidate(ICECandidateInit(sdpMid: "0")) }
        try await b.addTransceiver(.audio)
        try await a.setRemoteDescription(b.createOffer())
        await expect(.invalidState) { _ = try await a.createOffer() }
    }

    @Test("OPS-02 what a stopped transceiver refuses it refuses at once")
    func stoppedTransceiver() async throws {
        let transceiver = try await a.addTransceiver(.audio)
        try transceiver.stop()
        await expect(.invalidState) { try transceiver.sender.replaceTrack(nil) }
        await expect(.invalidState) { try transceiver.setDirection(.inactive) }
        await expect(.invalidState) { try transceiver.setCodecPreferences([]) }
    }

    @Test("OPS-07 two local descriptions and a candidate that are begun together are done in that order")
    func descriptionsAndCandidate() async throws {
        try await a.addTransceiver(.audio)
        try await b.setRemoteDescription(a.createOffer())
        let seen = b.signalingStates
        let candidate = ICECandidateInit(sdpMid: "0")
        let operations = [
            begin { try await b.setLocalDescription() }, begin { try await b.setLocalDescription() },
            begin { try await b.addICECandidate(candidate) },
        ]
        for operation in operations { try await operation.value }
        b.close()
        #expect(await seen.all() == [.haveRemoteOffer, .stable, .haveLocalOffer, .closed])
    }

    @Test("OPS-03, OPS-05 operations that are begun together run in the order of their calls")
    func order() async throws {
        try await a.addTransceiver(.audio)
        let offer = try await a.createOffer()
        let candidate = ICECandidateInit(sdpMid: "0")
        await expect(.invalidState) { try await b.addICECandidate(candidate) }
        let operations = [
            begin { try await b.setRemoteDescription(offer) }, begin { try await b.addICECandidate(candidate) },
            begin { _ = try await b.createAnswer() }, begin { try await b.setLocalDescription() },
            begin { _ = try await b.createOffer() },
        ]
        for operation in operations { try await operation.value }
        #expect(b.signalingState == .stable)
    }

    @Test("OPS-06 a whole negotiation is begun at each end without waiting")
    func unawaited() async throws {
        try await a.addTransceiver(.audio)
        let offering = [
            begin { _ = try await a.createOffer() },
            begin { try await a.setLocalDescription(SessionDescription(type: .offer, sdp: "")) },
        ]
        for operation in offering { try await operation.value }
        let offer = try #require(a.localDescription)
        let answering = [
            begin { try await b.setRemoteDescription(offer) }, begin { _ = try await b.createAnswer() },
            begin { try await b.setLocalDescription(SessionDescription(type: .answer, sdp: "")) },
        ]
        for operation in answering { try await operation.value }
        try await a.setRemoteDescription(#require(b.localDescription))
        #expect(a.signalingState == .stable && b.signalingState == .stable)
    }

    @Test("OPS-09, OPS-10 the need to negotiate does not hold up what is queued, and may be answered at once")
    func needAmongOthers() async throws {
        let (a, needed) = (a, a.negotiationNeeded)
        let answering = Task {
            for await _ in needed {
                try await a.setLocalDescription()
                return
            }
        }
        try await a.addTransceiver(.audio)
        try await answering.value
        try await b.setRemoteDescription(#require(a.localDescription))
        try await b.setLocalDescription()
        try await a.setRemoteDescription(#require(b.localDescription))
        #expect(a.signalingState == .stable)
    }

    @Test("OPS-11 each description shows when the call that sets it is over, and not before")
    func attributes() async throws {
        try await a.addTransceiver(.audio)
        let offer = try await a.createOffer()
        #expect(a.pendingLocalDescription == nil)
        try await a.setLocalDescription(offer)
        #expect(
            a.pendingLocalDescription != nil && a.currentLocalDescription == nil && b.pendingRemoteDescription == nil)
        try await b.setRemoteDescription(offer)
        #expect(b.pendingRemoteDescription != nil && b.currentRemoteDescription == nil)
        try await b.setLocalDescription()
        #expect(
            b.currentLocalDescription != nil && b.currentRemoteDescription != nil && a.currentRemoteDescription == nil)
        try await a.setRemoteDescription(#require(b.localDescription))
        #expect(a.currentLocalDescription != nil && a.currentRemoteDescription != nil)
    }

    @Test("OPS-13, OPS-14 the state, the track and its streams show before the call that sets them is over")
    func eventsBeforeCompletion() async throws {
        let (states, tracks) = (b.signalingStates, b.tracks)
        try await a.addTrack(MediaStreamTrack(.audio), streams: [MediaStream(id: "s")])
        try await b.setRemoteDescription(a.createOffer())
        b.close()
        #expect(await states.all() == [.stable, .haveRemoteOffer, .closed])
        let event = try #require(await tracks.first())
        #expect(event.streams.map(\.id) == ["s"])
    }

    @Test("OPS-15 no candidate comes before the description that began gathering", arguments: [true, false])
    func candidates(isOfferer: Bool) async throws {
        try await a.addTransceiver(.audio)
        let connection = isOfferer ? a : b
        let candidates = connection.iceCandidates
        let (connected, report) = AsyncStream.makeStream(of: Bool.self)
        let watching = Task {
            for await _ in candidates {
                report.yield(connection.localDescription != nil)
                return
            }
        }
        try await pair.negotiate()
        await watching.value
        var hadDescription: Bool?
        for await value in connected {
            hadDescription = value
            break
        }
        #expect(hadDescription == true)
    }

    @Test("OPS-16, OPS-17 the first channel or transceiver asks for an offer, another before it does not")
    func firstNeed() async throws {
        _ = try await a.createDataChannel("one")
        _ = try await a.createDataChannel("two")
        try await a.addTransceiver(.audio)
        try await b.addTransceiver(.audio)
        try await b.addTransceiver(.video)
        _ = (await a.getStats(), await b.getStats())
        #expect(await a.countOfNeeds() == 1)
        #expect(await b.countOfNeeds() == 1)
    }

    @Test("OPS-18 no offer is asked for while another is out")
    func notInBetween() async throws {
        try await a.setLocalDescription()
        try await a.addTransceiver(.audio)
        _ = await a.getStats()
        #expect(await a.countOfNeeds() == 0)
    }

    @Test("OPS-20 addTrack, removeTrack at either end and another direction ask for an offer")
    func changes() async throws {
        let sender = try await a.addTrack(MediaStreamTrack(.audio))
        let own = try await b.addTrack(MediaStreamTrack(.audio))
        #expect(await a.negotiationNeeded.first() != nil)
        #expect(await b.negotiationNeeded.first() != nil)
        try await pair.negotiate()
        let needed = (a.negotiationNeeded, b.negotiationNeeded)
        try await a.removeTrack(sender)
        try await b.removeTrack(own)
        #expect(await needed.0.first() != nil)
        #expect(await needed.1.first() != nil)
        try await pair.negotiate()
        try await pair.negotiate(from: b, to: a)
        let again = a.negotiationNeeded
        try a.transceivers[0].setDirection(.sendonly)
        #expect(await again.first() != nil)
    }

    @Test("OPS-21 other streams of a sender ask for an offer", arguments: 0..<5)
    func streams(variant: Int) async throws {
        let (one, two) = (MediaStream(), MediaStream())
        let sender = try await a.addTrack(MediaStreamTrack(.audio), streams: variant == 0 ? [] : [one])
        try await pair.negotiate()
        let needed = a.negotiationNeeded
        try sender.setStreams([[one], [two], [one, two], [], [two, one]][variant])
        #expect(await needed.first() != nil)
    }

    @Test("OPS-23 two transceivers one after another, each negotiated, ask twice")
    func eachOnce() async throws {
        try await a.addTransceiver(.audio)
        try await pair.negotiate()
        try await a.addTransceiver(.video)
        try await pair.negotiate()
        _ = await a.getStats()
        #expect(await a.countOfNeeds() == 2)
    }

    @Test("OPS-24 what is asked for when all is stable again reaches who listens right after the call")
    func lateListener() async throws {
        try await a.addTransceiver(.audio)
        try await pair.negotiate()
        try await a.setLocalDescription()
        await a.restartICE()
        try await b.setRemoteDescription(#require(a.localDescription))
        try await b.setLocalDescription()
        try await a.setRemoteDescription(#require(b.localDescription))
        #expect(await a.negotiationNeeded.first() != nil)
    }
}
