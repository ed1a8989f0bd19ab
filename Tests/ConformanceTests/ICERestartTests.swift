import JSEP
import Testing
import WebRTC
import WebRTCTestSupport

@Suite("ICE: restart", .timeLimit(.minutes(3)))
struct ICERestartTests {
    private let pair: ConnectedPair
    private var a: PeerConnection { pair.a }
    private var b: PeerConnection { pair.b }
    private var fragments: [[String]] { [a, b].map { $0.localDescription?.fragments ?? [] } }

    init() throws {
        pair = try ConnectedPair()
    }

    /// A first round, with one section.
    private func begin() async throws {
        try await a.addTransceiver(.audio)
        try await pair.negotiate()
    }

    @Test("ICE-27, ICE-32 the transports are the same objects after a restart", arguments: [true, false])
    func objects(byOfferer: Bool) async throws {
        _ = try await pair.channel()
        let before = [a, b].map { $0.sctp?.transport }
        let (one, other) = byOfferer ? (a, b) : (b, a)
        await one.restartICE()
        try await pair.negotiate(from: one, to: other)
        for (connection, transport) in zip([a, b], before) {
            let now = try #require(connection.sctp).transport
            #expect(now === transport && now.iceTransport === transport?.iceTransport)
        }
    }

    @Test("ICE-30 restartICE does nothing where nothing was negotiated, and on a closed connection")
    func tooEarly() async throws {
        let fresh = try PeerConnection.make()
        await fresh.restartICE()
        #expect(await fresh.countOfNeeds() == 0)
        await fresh.restartICE()
        await a.restartICE()
        try await begin()
        let before = fragments
        try await pair.negotiate()
        #expect(fragments == before)
    }

    @Test("ICE-31 it asks for an offer, which restarts both sides; rounds after it do not")
    func restart() async throws {
        try await begin()
        let before = fragments
        let needed = a.negotiationNeeded
        await a.restartICE()
        #expect(await needed.first() != nil)
        try await pair.negotiate()
        let after = fragments
        #expect(after[0] != before[0] && after[1] != before[1])
        try await pair.negotiate()
        #expect(fragments == after)
    }

    @Test(
        "ICE-33 while an offer is out it leaves that alone; the need is told when all is stable",
        arguments: [true, false])
    func whileOffering(isFirst: Bool) async throws {
        if isFirst { try await a.addTransceiver(.audio) } else { try await begin() }
        try await a.setLocalDescription()
        let offered = a.localDescription?.fragments
        await a.restartICE()
        let needed = a.negotiationNeeded
        try await b.setRemoteDescription(#require(a.localDescription))
        try await b.setLocalDescription()
        try await a.setRemoteDescription(#require(b.localDescription))
        #expect(a.localDescription?.fragments == offered)
        #expect(await needed.first() != nil)
        try await pair.negotiate()
        #expect(a.localDescription?.fragments != offered)
    }

    @Test("ICE-35 the request survives an offer of the peer's that does not restart, and is met by one that does")
    func peerOffers() async throws {
        try await begin()
        let before = fragments
        await a.restartICE()
        try await pair.negotiate(from: b, to: a)
        #expect(fragments == before)
        let offer = try await b.createOffer(OfferOptions(iceRestart: true))
        try await b.setLocalDescription(offer)
        try await a.setRemoteDescription(offer)
        try await a.setLocalDescription()
        try await b.setRemoteDescription(#require(a.localDescription))
        let after = fragments
        #expect(after[0] != before[0] && after[1] != before[1])
        try await pair.negotiate()
        #expect(fragments == after)
    }

    @Test("ICE-36 the request counts for more than the option, and survives a rollback")
    func rollback() async throws {
        try await begin()
        let before = fragments
        await a.restartICE()
        try await a.setLocalDescription(a.createOffer(OfferOptions(iceRestart: false)))
        #expect(a.localDescription?.fragments != before[0])
        try await a.setLocalDescription(SessionDescription(type: .rollback))
        #expect(a.localDescription?.fragments == before[0])
        try await pair.negotiate()
        #expect(fragments[0] != before[0])
    }
}
