import ICE
import JSEP
import Testing
import TransportTypes
import WebRTC
import WebRTCTestSupport

@Suite("ICE: states, transports, gathering", .timeLimit(.minutes(3)))
struct ICEStateTests {
    private let pair: ConnectedPair
    private var a: PeerConnection { pair.a }
    private var b: PeerConnection { pair.b }

    init() throws {
        pair = try ConnectedPair()
    }

    @Test("ICE-01, ICE-03 gathering is new, gathering, complete; then the description has the end of candidates")
    func gathering() async throws {
        let seen = a.iceGatheringStates
        try await a.addTransceiver(.audio)
        try await a.setLocalDescription()
        #expect(await states(seen, until: .complete) == [.new, .gathering, .complete])
        #expect(a.localDescription?.sdp.contains("a=end-of-candidates") == true)
    }

    @Test("ICE-02 a round without a new transport, and one without any, gather nothing")
    func noGathering() async throws {
        try await b.setLocalDescription()
        #expect(b.iceGatheringState == .new)
        try await b.setLocalDescription(SessionDescription(type: .rollback))
        try await a.addTransceiver(.audio)
        try await pair.negotiate()
        await a.gatheringComplete()
        let seen = a.iceGatheringStates
        try await a.addTransceiver(.video)
        try await pair.negotiate()
        a.close()
        #expect(await seen.all() == [.complete])
    }

    @Test("ICE-06 remote descriptions gather nothing, however often they are set or rolled back")
    func remoteDescriptions() async throws {
        let seen = b.iceGatheringStates
        try await a.addTransceiver(.audio)
        let offer = try await a.createOffer()
        for description in [offer, offer, SessionDescription(type: .rollback), offer] {
            try await b.setRemoteDescription(description)
        }
        b.close()
        #expect(await seen.all() == [.new])
    }

    @Test("ICE-07 when the last transceiver is stopped gathering is new again on both sides")
    func nothingLeft() async throws {
        try await a.addTransceiver(.audio)
        try await pair.negotiate()
        for connection in [a, b] { await connection.gatheringComplete() }
        try a.transceivers[0].stop()
        try await pair.negotiate()
        #expect(a.iceGatheringState == .new && b.iceGatheringState == .new)
        #expect(a.transceivers.isEmpty && b.transceivers.isEmpty)
    }

    @Test("ICE-09, ICE-14 the states are new at first; close() closes them at once, which ends what is told of them")
    func closing() async throws {
        let (ice, connection) = (a.iceConnectionStates, a.connectionStates)
        a.close()
        #expect(a.iceConnectionState == .closed && a.connectionState == .closed)
        #expect(await ice.all() == [.new, .closed])
        #expect(await connection.all() == [.new, .closed])
    }

    @Test("ICE-10, ICE-13, ICE-14 both ends go through checking and connecting, and no more often than that")
    func connecting() async throws {
        let ice = [a.iceConnectionStates, b.iceConnectionStates]
        let connection = [a.connectionStates, b.connectionStates]
        _ = try await pair.channel()
        for seen in connection {
            #expect(await states(seen, until: .connected) == [.new, .connecting, .connected])
        }
        for seen in ice { #expect(await states(seen, until: .connected) == [.new, .checking, .connected]) }
    }

    @Test("ICE-11 sections of media connect, also where nothing but receiving is offered", arguments: [1, 2])
    func media(sections: Int) async throws {
        for kind in [MediaKind.audio, .video].prefix(sections) {
            try await a.addTransceiver(kind, options: .init(direction: sections == 1 ? .recvonly : .sendrecv))
        }
        let seen = [a.connectionStates, b.connectionStates]
        try await pair.negotiate()
        for seen in seen { #expect(await states(seen, until: .connected).last == .connected) }
    }

    @Test("ICE-15 when connected is told, ICE and DTLS are")
    func layers() async throws {
        let seen = a.connectionStates
        _ = try await a.createDataChannel("data")
        try await pair.negotiate()
        _ = await states(seen, until: .connected)
        #expect(a.sctp?.transport.state == .connected)
        #expect([.connected, .completed].contains(a.iceConnectionState))
    }

    @Test("ICE-16 an offer and an answer without candidates leave both sides new")
    func withoutCandidates() async throws {
        let (one, other) = (try PeerConnection.make(), try PeerConnection.make())
        try await one.addTransceiver(.audio)
        let offer = try await one.createOffer()
        try await one.setLocalDescription(offer)
        try await other.setRemoteDescription(offer)
        let answer = try await other.createAnswer()
        try await other.setLocalDescription(answer)
        try await one.setRemoteDescription(answer)
        for connection in [one, other] {
            await connection.gatheringComplete()
            #expect(connection.connectionState == .new && connection.iceConnectionState == .new)
            connection.close()
        }
    }

    @Test("ICE-21 the selected pairs mirror each other; the offerer controls; the candidates are known on both sides")
    func transports() async throws {
        _ = try await pair.channel()
        let (mine, theirs) = (try #require(a.sctp).transport.iceTransport, try #require(b.sctp).transport.iceTransport)
        let (here, there) = (try #require(mine.selectedCandidatePair), try #require(theirs.selectedCandidatePair))
        #expect(here.local.address == there.remote.address && here.local.port == there.remote.port)
        #expect(here.remote.address == there.local.address && here.remote.port == there.local.port)
        #expect(mine.role == .controlling && theirs.role == .controlled)
        #expect(!mine.localCandidates.isEmpty && !theirs.localCandidates.isEmpty)
    }

    @Test("ICE-22, ICE-23 before candidates an ICE transport has no pair; it is new, and gathers")
    func freshTransport() async throws {
        let transceiver = try await a.addTransceiver(.audio)
        let gathering = a.iceGatheringStates
        try await a.setLocalDescription()
        let transport = try #require(transceiver.sender.transport).iceTransport
        #expect(transport.state == .new && transport.remoteCandidates.isEmpty)
        #expect(transport.selectedCandidatePair == nil)
        _ = await states(gathering, until: .complete)
        #expect(transport.gatheringState == .complete && transport.state == .new)
    }

    @Test("ICE-24 close() while it gathers does not make gathering complete")
    func closeWhileGathering() async throws {
        // A server that does not answer: gathering goes on for seconds.
        var configuration = ConnectedPair.loopback
        configuration.iceServers = [.stun("127.0.0.1:9")]
        let connection = try PeerConnection(configuration: configuration)
        try await connection.addTransceiver(.audio)
        let seen = connection.iceGatheringStates
        try await connection.setLocalDescription()
        connection.close()
        #expect(await !seen.all().contains(.complete))
    }

    @Test("ICE-29 a candidate that only checks have shown is part of the pair, and not among the peer's candidates")
    func peerReflexive() async throws {
        let (one, other) = (try PeerConnection.make(), try PeerConnection.make())
        _ = try await one.createDataChannel("data")
        let seen = other.connectionStates
        let pump = ConnectedPair.pump(other, one)
        let offer = try await one.createOffer()
        try await one.setLocalDescription(offer)
        try await other.setRemoteDescription(offer)
        let answer = try await other.createAnswer()
        try await one.setRemoteDescription(answer)
        try await other.setLocalDescription(answer)
        _ = await states(seen, until: .connected)
        let transport = try #require(other.sctp).transport.iceTransport
        #expect(transport.selectedCandidatePair?.remote.kind == .peerReflexive)
        #expect(transport.remoteCandidates.isEmpty)
        pump.cancel()
        one.close()
        other.close()
    }

    @Test("ICE-38 an offer that has its candidates in it connects without trickling")
    func inDescriptions() async throws {
        let (one, other) = (try PeerConnection.make(), try PeerConnection.make())
        _ = try await one.createDataChannel("data")
        let seen = [one.connectionStates, other.connectionStates]
        try await one.setLocalDescription()
        await one.gatheringComplete()
        try await other.setRemoteDescription(#require(one.localDescription))
        try await other.setLocalDescription()
        await other.gatheringComplete()
        try await one.setRemoteDescription(#require(other.localDescription))
        for seen in seen { #expect(await states(seen, until: .connected).last == .connected) }
        one.close()
        other.close()
    }
}
