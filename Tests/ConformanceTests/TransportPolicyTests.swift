import ICE
import JSEP
import Testing
import WebRTC
import WebRTCTestSupport

@Suite("CFG: the ICE transport policy", .timeLimit(.minutes(2)))
struct TransportPolicyTests {
    private func set(_ policy: ICETransportPolicy, on connection: PeerConnection) async throws {
        var configuration = await connection.getConfiguration()
        configuration.iceTransportPolicy = policy
        try await connection.setConfiguration(configuration)
        #expect(await connection.getConfiguration().iceTransportPolicy == policy)
    }

    @Test("CFG-17 the policy is all by default, may be changed both ways, and there is no third")
    func values() async throws {
        #expect(PeerConnection.Configuration().iceTransportPolicy == .all)
        let connection = try PeerConnection()
        defer { connection.close() }
        try await set(.relay, on: connection)
        try await set(.all, on: connection)
        try await set(.relay, on: connection)
        try await connection.setConfiguration(.init())
        #expect(await connection.getConfiguration().iceTransportPolicy == .all)
        for name in ["", "none", "bogus"] { #expect(ICETransportPolicy(rawValue: name) == nil) }
    }

    @Test(
        "CFG-18 with relay and no TURN server gathering ends without any candidate, on either side",
        arguments: [true, false])
    func relayWithoutServer(isOfferer: Bool) async throws {
        var relayed = ConnectedPair.loopback
        relayed.iceTransportPolicy = .relay
        let pair = try ConnectedPair(
            isOfferer ? relayed : ConnectedPair.loopback, isOfferer ? ConnectedPair.loopback : relayed)
        let connection = isOfferer ? pair.a : pair.b
        let candidates = connection.iceCandidates
        _ = try await pair.a.createDataChannel("data")
        try await pair.negotiate()
        await connection.gatheringComplete()
        var first: ICECandidateInit?? = .none
        for await candidate in candidates {
            first = .some(candidate)
            break
        }
        #expect(first == .some(.none))
        let description = try #require(connection.localDescription)
        #expect(description.values(of: "candidate").isEmpty && description.sdp.contains("a=end-of-candidates"))
        await pair.close()
    }

    @Test("CFG-19 all to relay makes the next offer restart ICE; without a TURN server both sides fail")
    func allToRelay() async throws {
        var configuration = ConnectedPair.loopback
        configuration.ice.restartTimeout = .seconds(1)
        configuration.ice.pacTimer = .seconds(1)
        let pair = try ConnectedPair(configuration, configuration)
        let (a, b) = try await pair.channel()
        let before = try #require(pair.a.localDescription)
        let (statesOfA, statesOfB) = (pair.a.connectionStates, pair.b.connectionStates)
        try await set(.relay, on: pair.a)
        #expect(pair.a.connectionState == .connected)
        try await pair.negotiate()
        let after = try #require(pair.a.localDescription)
        #expect(after.fragments != before.fragments)
        await pair.a.gatheringComplete()
        #expect(pair.a.localDescription?.values(of: "candidate") == [])
        #expect(await states(statesOfA, until: .failed).last == .failed)
        #expect(await states(statesOfB, until: .failed).last == .failed)
        // Nobody restarts: the channels end, although a last check of the one end has the other check again.
        await a.closed()
        await b.closed()
        #expect(a.error?.code == .network && b.error?.code == .network)
        await pair.close()
    }

    @Test("CFG-21 all to relay and back to all before negotiating still restarts ICE, which succeeds")
    func thereAndBack() async throws {
        let pair = try ConnectedPair()
        let (a, b) = try await pair.channel()
        let before = [try #require(pair.a.localDescription).fragments, try #require(pair.b.localDescription).fragments]
        try await set(.relay, on: pair.a)
        try await set(.all, on: pair.a)
        try await pair.negotiate()
        let after = [try #require(pair.a.localDescription).fragments, try #require(pair.b.localDescription).fragments]
        #expect(after[0] != before[0] && after[1] != before[1])
        #expect(await states(pair.a.connectionStates, until: .connected).last == .connected)
        try await a.send("after")
        #expect(try await b.receive() == .text("after"))
        // The restart is done with: the next offer is like this one.
        #expect(try await pair.a.createOffer().fragments == after[0])
        await pair.close()
    }

    @Test("CFG-21 relay that found no way is mended by all, in the next negotiation")
    func relayToAll() async throws {
        var relayed = ConnectedPair.loopback
        relayed.iceTransportPolicy = .relay
        let pair = try ConnectedPair(relayed, ConnectedPair.loopback)
        let channel = try await pair.a.createDataChannel("data")
        try await pair.negotiate()
        await pair.a.gatheringComplete()
        let before = try #require(pair.a.localDescription)
        try await set(.all, on: pair.a)
        try await pair.negotiate()
        #expect(pair.a.localDescription?.fragments != before.fragments)
        try await channel.opened()
        await pair.close()
    }

    @Test("CFG-22 another policy on the side that only answers changes neither its credentials nor the connection")
    func answerer() async throws {
        let pair = try ConnectedPair()
        let (a, b) = try await pair.channel()
        let before = try #require(pair.b.localDescription)
        try await set(.relay, on: pair.b)
        try await pair.negotiate()
        #expect(pair.b.localDescription?.fragments == before.fragments)
        #expect(pair.a.connectionState == .connected && pair.b.connectionState == .connected)
        try await a.send("still there")
        #expect(try await b.receive() == .text("still there"))
        await pair.close()
    }

    @Test("other servers and policies restart ICE with the next offer, and are no reason to make one")
    func noNegotiationNeeded() async throws {
        let pair = try ConnectedPair()
        _ = try await pair.channel()
        let needed = pair.a.negotiationNeeded
        for await _ in needed { break }  // for the first channel
        var configuration = await pair.a.getConfiguration()
        configuration.iceServers = [.stun("127.0.0.1:9")]
        try await pair.a.setConfiguration(configuration)
        let before = try #require(pair.a.localDescription)
        #expect(try await pair.a.createOffer().fragments != before.fragments)
        // The next event is the one that is asked for; another would have come before it.
        await pair.a.restartICE()
        for await _ in needed { break }
        try await pair.negotiate()
        #expect(pair.a.localDescription?.fragments != before.fragments)
        pair.a.close()
        var more = 0
        for await _ in needed { more += 1 }
        #expect(more == 0)
        await pair.close()
    }
}
