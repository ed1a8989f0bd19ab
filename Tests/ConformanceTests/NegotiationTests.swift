import JSEP
import Testing
import TransportTypes
import WebRTC
import WebRTCTestSupport

@Suite("NEG: offers and answers", .timeLimit(.minutes(3)))
struct NegotiationTests {
    private let pair: ConnectedPair
    private var a: PeerConnection { pair.a }
    private var b: PeerConnection { pair.b }

    init() throws { pair = try ConnectedPair() }

    /// An offer of a new transceiver of `a`'s.
    private func offer(_ kind: MediaKind = .audio) async throws -> SessionDescription {
        try await a.addTransceiver(kind)
        return try await a.createOffer()
    }

    /// The signaling states that are told until the connection closes, which this does.
    private func told(_ states: EventSequence<SignalingState>, by connection: PeerConnection) async -> [SignalingState]
    {
        connection.close()
        let told = await states.all()
        #expect(told.last == .closed)
        return told.dropLast()
    }

    @Test("NEG-01 an offer without media changes no state")
    func emptyOffer() async throws {
        let offer = try await a.createOffer()
        #expect(offer.type == .offer && offer.sections.isEmpty)
        #expect(a.signalingState == .stable && a.localDescription == nil && a.iceGatheringState == .new)
    }

    @Test("NEG-02, NEG-03, NEG-05 offers and answers are not made when closed, nor in the wrong state")
    func wrongStates() async throws {
        await expect(.invalidState) { _ = try await b.createAnswer() }
        try await b.setRemoteDescription(offer())
        await expect(.invalidState) { _ = try await b.createOffer() }
        b.close()
        await expect(.invalidState) { _ = try await b.createAnswer() }
        await expect(.invalidState) { _ = try await b.createOffer() }
    }

    @Test("NEG-06 making an answer leaves the state")
    func createAnswer() async throws {
        try await b.setRemoteDescription(offer())
        #expect(try await b.createAnswer().type == .answer && b.signalingState == .haveRemoteOffer)
    }

    @Test("NEG-07, NEG-17 an own offer is pending; the state is told once, when the description shows")
    func ownOffer() async throws {
        let states = a.signalingStates
        let offer = try await offer()
        let setting = begin { try await a.setLocalDescription(offer) }
        try await setting.value
        #expect(a.signalingState == .haveLocalOffer && a.currentLocalDescription == nil)
        #expect(a.pendingLocalDescription?.bare == offer.bare && a.localDescription?.bare == offer.bare)
        #expect(await told(states, by: a) == [.stable, .haveLocalOffer])
    }

    @Test("NEG-08 an offer without text is the last one that was made")
    func emptyText() async throws {
        let offer = try await offer()
        try await a.setLocalDescription(SessionDescription(type: .offer, sdp: ""))
        #expect(a.pendingLocalDescription?.bare == offer.bare)
    }

    @Test("NEG-10 of two offers the last counts, and the state is told once")
    func twoOffers() async throws {
        let states = a.signalingStates
        let first = try await offer()
        try await a.setLocalDescription(first)
        let second = try await a.createOffer()
        try await a.setLocalDescription(second)
        #expect(a.pendingLocalDescription?.sections.count == 1 && first != second)
        try await b.setRemoteDescription(second)
        try await b.setLocalDescription()
        try await a.setRemoteDescription(#require(b.localDescription))
        #expect(a.transceivers.count == 1 && b.transceivers.count == 1)
        #expect(await told(states, by: a) == [.stable, .haveLocalOffer, .stable])
    }

    @Test("NEG-11, RBK-06 an offer made before a remote one that was rolled back is still accepted")
    func rememberedOffer() async throws {
        try await a.addTrack(MediaStreamTrack(.audio))
        let own = try await a.createOffer()
        try await b.addTransceiver(.video)
        try await b.addTransceiver(.audio)
        try await a.setRemoteDescription(b.createOffer())
        _ = try await a.createAnswer()
        #expect(a.transceivers[0].mid == "1")
        try await a.setRemoteDescription(SessionDescription(type: .rollback))
        try await a.setLocalDescription(own)
        #expect(a.signalingState == .haveLocalOffer && a.transceivers.map(\.mid) == ["0"])
    }

    @Test("NEG-12, NEG-38 an answer makes both descriptions current; the states are told in order")
    func answer() async throws {
        let states = (a.signalingStates, b.signalingStates)
        try await a.addTransceiver(.audio)
        try await a.setLocalDescription()
        let offer = try #require(a.localDescription)
        try await b.setRemoteDescription(offer)
        let answer = try await b.createAnswer()
        try await b.setLocalDescription(answer)
        try await a.setRemoteDescription(answer)
        #expect(b.currentLocalDescription?.bare == answer.bare && b.currentRemoteDescription?.bare == offer.bare)
        #expect(a.currentRemoteDescription?.bare == answer.bare && a.currentLocalDescription?.type == .offer)
        for side in [a, b] {
            #expect(side.signalingState == .stable && side.pendingLocalDescription == nil)
            #expect(side.pendingRemoteDescription == nil)
        }
        #expect(await told(states.0, by: a) == [.stable, .haveLocalOffer, .stable])
        #expect(await told(states.1, by: b) == [.stable, .haveRemoteOffer, .stable])
    }

    @Test("NEG-13 an answer without text is the last one that was made")
    func emptyAnswer() async throws {
        try await b.setRemoteDescription(offer())
        let answer = try await b.createAnswer()
        try await b.setLocalDescription(SessionDescription(type: .answer, sdp: ""))
        #expect(b.currentLocalDescription?.bare == answer.bare)
    }

    @Test("NEG-14 the answer of another connection is refused")
    func foreignAnswer() async throws {
        let other = try PeerConnection.make()
        defer { other.close() }
        let offer = try await offer()
        try await b.setRemoteDescription(offer)
        try await other.setRemoteDescription(offer)
        let answer = try await other.createAnswer()
        await expect(.invalidModification) { try await b.setLocalDescription(answer) }
        _ = try await b.createAnswer()
        await expect(.invalidModification) { try await b.setLocalDescription(answer) }
    }

    @Test("NEG-15, NEG-39 answers are not set in stable, nor on the side of the offer")
    func misplacedAnswers() async throws {
        let offer = try await offer()
        let answer = SessionDescription(type: .answer, sdp: offer.sdp)
        await expect(.invalidState) { try await a.setLocalDescription(answer) }
        await expect(.invalidState) { try await a.setRemoteDescription(answer) }
        try await a.setLocalDescription(offer)
        await expect(.invalidState) { try await a.setLocalDescription(answer) }
        try await b.setRemoteDescription(offer)
        await expect(.invalidState) { try await b.setRemoteDescription(answer) }
    }

    @Test(
        "NEG-18, NEG-40 in a second round the new description is pending and the old one current",
        arguments: [true, false])
    func secondRound(isSwapped: Bool) async throws {
        try await a.addTransceiver(.audio)
        try await pair.negotiate()
        let (one, other) = isSwapped ? (b, a) : (a, b)
        let before = (one.currentLocalDescription, other.currentRemoteDescription)
        try await one.addTransceiver(.video)
        let states = other.signalingStates
        try await one.setLocalDescription()
        let offer = try #require(one.localDescription)
        #expect(
            one.pendingLocalDescription?.bare == offer.bare && one.currentLocalDescription?.sdp.hasPrefix("v=0") == true
        )
        #expect(one.currentLocalDescription?.sections.count == before.0?.sections.count)
        try await other.setRemoteDescription(offer)
        #expect(other.remoteDescription?.bare == offer.bare && other.pendingRemoteDescription?.bare == offer.bare)
        #expect(other.currentRemoteDescription?.sections.count == before.1?.sections.count)
        try await other.setLocalDescription()
        let answer = try #require(other.localDescription)
        try await one.setRemoteDescription(answer)
        #expect(other.currentLocalDescription?.bare == answer.bare && one.currentRemoteDescription?.bare == answer.bare)
        #expect(await told(states, by: other) == [.stable, .haveRemoteOffer, .stable])
    }

    @Test("NEG-19 a provisional answer is not set in stable, on either side")
    func misplacedPranswer() async throws {
        let offer = try await offer()
        let pranswer = SessionDescription(type: .pranswer, sdp: offer.sdp)
        await expect(.invalidState) { try await a.setLocalDescription(pranswer) }
        await expect(.invalidState) { try await a.setRemoteDescription(pranswer) }
    }

    @Test("NEG-20, NEG-21, NEG-22, NEG-23 a provisional answer is pending, may be repeated, and the answer ends it")
    func pranswer() async throws {
        let states = (a.signalingStates, b.signalingStates)
        try await a.addTransceiver(.audio)
        try await a.setLocalDescription()
        try await b.setRemoteDescription(#require(a.localDescription))
        let text = try await b.createAnswer().sdp
        let pranswer = SessionDescription(type: .pranswer, sdp: text)
        for _ in 0..<2 {
            try await b.setLocalDescription(pranswer)
            try await a.setRemoteDescription(pranswer)
        }
        #expect(b.signalingState == .haveLocalPranswer && b.pendingLocalDescription?.type == .pranswer)
        #expect(b.pendingRemoteDescription?.type == .offer && b.currentLocalDescription == nil)
        #expect(a.signalingState == .haveRemotePranswer && a.pendingRemoteDescription?.bare == pranswer.bare)
        #expect(a.pendingLocalDescription?.type == .offer && a.currentRemoteDescription == nil)
        let answer = SessionDescription(type: .answer, sdp: text)
        try await b.setLocalDescription(answer)
        try await a.setRemoteDescription(answer)
        for side in [a, b] {
            #expect(side.currentLocalDescription != nil && side.currentRemoteDescription != nil)
            #expect(side.pendingLocalDescription == nil && side.pendingRemoteDescription == nil)
        }
        #expect(await told(states.0, by: a) == [.stable, .haveLocalOffer, .haveRemotePranswer, .stable])
        #expect(await told(states.1, by: b) == [.stable, .haveRemoteOffer, .haveLocalPranswer, .stable])
    }

    @Test(
        "NEG-25, NEG-26 without a text the last answer is taken, or one is made", arguments: [true, false],
        [true, false])
    func implicitPranswer(isCreated: Bool, isNamed: Bool) async throws {
        try await b.setRemoteDescription(offer())
        let created = isCreated ? try await b.createAnswer() : nil
        for _ in 0..<2 {
            try await b.setLocalDescription(SessionDescription(type: .pranswer, sdp: ""))
            #expect(b.signalingState == .haveLocalPranswer && b.pendingLocalDescription?.type == .pranswer)
            if let created { #expect(b.pendingLocalDescription?.bare.sdp == created.bare.sdp) }
        }
        try await b.setLocalDescription(isNamed ? SessionDescription(type: .answer, sdp: "") : nil)
        #expect(b.signalingState == .stable && b.currentLocalDescription?.type == .answer)
    }

    @Test("NEG-28, NEG-29, NEG-31 a round of implicit descriptions gives mids and directions")
    func implicit() async throws {
        try await a.addTransceiver(.audio)
        try await a.setLocalDescription()
        #expect(a.signalingState == .haveLocalOffer && a.pendingLocalDescription != nil && a.transceivers[0].mid != nil)
        try await b.setRemoteDescription(#require(a.localDescription))
        try await b.setLocalDescription()
        #expect(b.signalingState == .stable && b.currentLocalDescription?.type == .answer)
        #expect(b.transceivers[0].currentDirection == .recvonly)
        try await a.setRemoteDescription(#require(b.localDescription))
        #expect(a.signalingState == .stable)
        a.close()
        await expect(.invalidState) { try await a.setLocalDescription() }
    }

    @Test("NEG-32 a remote offer may be replaced; the state is told once, and the last counts")
    func replacedOffer() async throws {
        let states = b.signalingStates
        let first = try await offer()
        let second = try await offer(.video)
        for offer in [first, first, second] { try await b.setRemoteDescription(offer) }
        #expect(b.pendingRemoteDescription?.bare == second.bare && b.transceivers.map(\.kind) == [.audio, .video])
        try await b.setRemoteDescription(first)
        #expect(b.pendingRemoteDescription?.bare == first.bare && b.transceivers.map(\.kind) == [.audio])
        #expect(await told(states, by: b) == [.stable, .haveRemoteOffer])
    }

    @Test("NEG-33, NEG-37 what does not parse is an error of its own, after the type was looked at")
    func garbage() async throws {
        await expect(.sdpSyntax) {
            try await b.setRemoteDescription(SessionDescription(type: .offer, sdp: "Invalid SDP"))
        }
        await expect(.invalidState) {
            try await b.setRemoteDescription(SessionDescription(type: .answer, sdp: "Invalid SDP"))
        }
    }

    @Test("NEG-34, NEG-35 the same remote offer twice makes one transceiver, which shows when the call is over")
    func twice() async throws {
        let offer = try await offer()
        let setting = begin { try await b.setRemoteDescription(offer) }
        try await setting.value
        try await b.setRemoteDescription(offer)
        #expect(b.transceivers.count == 1)
        try await a.setLocalDescription(offer)
        try await b.setLocalDescription()
        try await a.setRemoteDescription(#require(b.localDescription))
        #expect(a.transceivers.count == 1)
    }
}
