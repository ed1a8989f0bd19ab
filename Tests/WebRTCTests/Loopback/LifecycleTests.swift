import DTLS
import ICE
import JSEP
import NIOCore
import Testing
import TransportTypes
import WebRTCTestSupport

@testable import WebRTC

@Suite("The life of a connection", .timeLimit(.minutes(2)))
struct LifecycleTests {
    @Test("a new connection has no descriptions and is in the first of all states (CFG-01)")
    func fresh() throws {
        let connection = try PeerConnection()
        defer { connection.close() }
        #expect(connection.signalingState == .stable && connection.iceGatheringState == .new)
        #expect(connection.iceConnectionState == .new && connection.connectionState == .new)
        #expect(connection.localDescription == nil && connection.remoteDescription == nil)
        #expect(connection.currentLocalDescription == nil && connection.pendingLocalDescription == nil)
        #expect(connection.currentRemoteDescription == nil && connection.pendingRemoteDescription == nil)
        #expect(connection.canTrickleICECandidates == nil && connection.sctp == nil)
    }

    @Test(
        "both sides go through new, connecting, connected, and ICE through new, checking, connected (CND-19, ICE-13, 14)"
    )
    func states() async throws {
        let pair = try ConnectedPair()
        let connection = [pair.a.connectionStates, pair.b.connectionStates]
        let ice = [pair.a.iceConnectionStates, pair.b.iceConnectionStates]
        let signaling = [pair.a.signalingStates, pair.b.signalingStates]
        _ = try await pair.a.createDataChannel("test")
        try await pair.negotiate()
        for states in connection { #expect(await states.through(.connected) == [.new, .connecting, .connected]) }
        for states in ice { #expect(await states.through(.connected) == [.new, .checking, .connected]) }
        await pair.close()
        #expect(await signaling[0].all() == [.stable, .haveLocalOffer, .stable, .closed])
        #expect(await signaling[1].all() == [.stable, .haveRemoteOffer, .stable, .closed])
    }

    @Test("when connected is reported, DTLS is connected and ICE connected or completed (ICE-15, CRT-11)")
    func layers() async throws {
        let pair = try ConnectedPair()
        _ = try await pair.a.createDataChannel("test")
        try await pair.negotiate()
        for connection in [pair.a, pair.b] {
            _ = await connection.connectionStates.through(.connected)
            let dtls = try #require(connection.sctp).transport
            #expect(dtls.state == .connected)
            #expect([.connected, .completed].contains(dtls.iceTransport.state))
            #expect([.connected, .completed].contains(connection.iceConnectionState))
        }
        await pair.close()
    }

    @Test(
        "each side sees the certificate that the other one announced (CRT-10), and the pair as its mirror image (ICE-21)"
    )
    func peers() async throws {
        let pair = try ConnectedPair()
        _ = try await pair.channel()
        for (one, other) in [(pair.a, pair.b), (pair.b, pair.a)] {
            let dtls = try #require(one.sctp).transport
            let der = try #require(dtls.remoteCertificates.first)
            let announced = try #require(other.localDescription).sdp
            #expect(try announced.contains("a=fingerprint:\(Fingerprint(of: der, .sha256))"))
            let mine = try #require(dtls.iceTransport.selectedCandidatePair)
            let theirs = try #require(other.sctp?.transport.iceTransport.selectedCandidatePair)
            #expect(mine.local.address == theirs.remote.address && mine.local.port == theirs.remote.port)
            #expect(!dtls.iceTransport.localCandidates.isEmpty)
        }
        #expect(pair.a.sctp?.transport.iceTransport.role == .controlling)
        #expect(pair.b.sctp?.transport.iceTransport.role == .controlled)
        await pair.close()
    }

    @Test("the streams of both sides are the same number, and the message size is the peer's (DCH-39, 41, 42)")
    func sctp() async throws {
        var small = ConnectedPair.loopback
        small.maxMessageSize = 1000
        let pair = try ConnectedPair(ConnectedPair.loopback, small)
        let incoming = pair.b.dataChannels
        let channel = try await pair.a.createDataChannel("test")
        #expect(pair.a.sctp == nil)
        try await pair.negotiate()
        let transport = try #require(pair.a.sctp)
        try await channel.opened()
        for await _ in incoming { break }  // by then the other side is connected too
        #expect(transport.state == .connected && transport === pair.a.sctp)
        #expect(transport.maxChannels != nil && transport.maxChannels == pair.b.sctp?.maxChannels)
        #expect(transport.maxMessageSize == 1000 && pair.b.sctp?.maxMessageSize == 262_144)
        await pair.close()
    }

    @Test("however small messages have to be, channels open with long names, and carry what is as small")
    func smallestMessages() async throws {
        var tiny = ConnectedPair.loopback
        tiny.maxMessageSize = 1
        let pair = try ConnectedPair(ConnectedPair.loopback, tiny)
        let name = String(repeating: "n", count: 65_535)
        let (a, b) = try await pair.channel(name, DataChannelOptions(protocol: name))
        try await a.send("1")
        #expect(try await b.receive() == .text("1"))
        let error = await #expect(throws: WebRTCError.self) { try await a.send("12") }
        #expect(error?.code == .type)
        await pair.close()
    }

    @Test("gathering goes new, gathering, complete; then the description has all candidates and their end (ICE-01, 03)")
    func gathering() async throws {
        let connection = try PeerConnection(configuration: ConnectedPair.loopback)
        let states = connection.iceGatheringStates
        let candidates = connection.iceCandidates
        _ = try await connection.createDataChannel("test")
        try await connection.setLocalDescription()
        #expect(await states.through(.complete) == [.new, .gathering, .complete])
        await connection.gatheringComplete()
        let sdp = try #require(connection.localDescription).sdp
        var count = 0
        for await candidate in candidates {
            guard let candidate else { break }
            #expect(sdp.contains("a=\(candidate.candidate)\r\n"))
            #expect(candidate.sdpMid == "0" && candidate.sdpMLineIndex == 0)
            #expect(candidate.usernameFragment.map { sdp.contains("a=ice-ufrag:\($0)\r\n") } == true)
            count += 1
        }
        #expect(count > 0 && sdp.contains("a=end-of-candidates"))
        connection.close()
        await connection.closed()
    }

    @Test("no candidate is told before the call that started gathering is done (OPS-15, CND-24)")
    func candidateTiming() async throws {
        for _ in 0..<10 {
            let connection = try PeerConnection(configuration: ConnectedPair.loopback)
            _ = try await connection.createDataChannel("test")
            let early = try await connection.describeAndLook()
            #expect(early.gathering == .new && early.sdp?.contains("a=candidate") == false)
            for await candidate in connection.iceCandidates {
                let text = try #require(candidate).candidate
                #expect(connection.localDescription?.sdp.contains(text) == true)
                break
            }
            connection.close()
        }
    }

    @Test("an offer and an answer without any candidates leave both sides in new (ICE-16)")
    func noCandidates() async throws {
        let a = try PeerConnection(configuration: ConnectedPair.loopback)
        let b = try PeerConnection(configuration: ConnectedPair.loopback)
        _ = try await a.createDataChannel("test")
        let offer = try await a.createOffer()
        try await a.setLocalDescription(offer)
        try await b.setRemoteDescription(offer)
        let answer = try await b.createAnswer()
        try await b.setLocalDescription(answer)
        try await a.setRemoteDescription(answer)
        for connection in [a, b] {
            await connection.gatheringComplete()
            #expect(connection.connectionState == .new && connection.iceConnectionState == .new)
            let states = connection.connectionStates
            connection.close()
            #expect(await states.all() == [.new, .closed])
        }
    }

    enum Trickle: CaseIterable {
        case towardsOfferer, towardsAnswerer, late, inDescription
    }

    @Test(
        "candidates may come to one side only, late, or within the descriptions (CND-18, 21, ICE-13)",
        arguments: Trickle.allCases)
    func trickle(way: Trickle) async throws {
        let a = try PeerConnection(configuration: ConnectedPair.loopback)
        let b = try PeerConnection(configuration: ConnectedPair.loopback)
        let states = [a.iceConnectionStates, b.iceConnectionStates]
        let channel = try await a.createDataChannel("test")
        try await a.setLocalDescription()
        if way == .inDescription { await a.gatheringComplete() }
        var offer = try #require(a.localDescription)
        if way != .inDescription { offer.sdp = withoutCandidates(offer.sdp) }
        try await b.setRemoteDescription(offer)
        try await b.setLocalDescription()
        if way == .inDescription { await b.gatheringComplete() }
        var answer = try #require(b.localDescription)
        if way != .inDescription { answer.sdp = withoutCandidates(answer.sdp) }
        try await a.setRemoteDescription(answer)
        var pumps: [Task<Void, Never>] = []
        if way == .late {
            await a.gatheringComplete()
            await b.gatheringComplete()
        }
        if way != .towardsAnswerer && way != .inDescription { pumps.append(ConnectedPair.pump(b, a)) }
        if way != .towardsOfferer && way != .inDescription { pumps.append(ConnectedPair.pump(a, b)) }
        try await channel.opened()
        for states in states { #expect(await states.through(.connected) == [.new, .checking, .connected]) }
        let pair = try #require(a.sctp?.transport.iceTransport.selectedCandidatePair)
        #expect([.host, .peerReflexive].contains(pair.remote.kind))
        for pump in pumps { pump.cancel() }
        a.close()
        b.close()
    }

    private func withoutCandidates(_ sdp: String) -> String {
        sdp.split(separator: "\r\n").filter { !$0.hasPrefix("a=candidate") && !$0.hasPrefix("a=end-of") }
            .map { $0 + "\r\n" }.joined()
    }

    @Test("every pair of ECDSA and RSA certificates connects (CRT-09)", arguments: [0, 1, 2, 3])
    func certificates(combination: Int) async throws {
        let algorithms: [KeyAlgorithm] = [.ecdsaP256, .rsa(bits: 2048)]
        var configurations = [ConnectedPair.loopback, ConnectedPair.loopback]
        configurations[0].certificates = [try Certificate.generate(algorithms[combination / 2])]
        configurations[1].certificates = [try Certificate.generate(algorithms[combination % 2])]
        let pair = try ConnectedPair(configurations[0], configurations[1])
        let (a, b) = try await pair.channel()
        try await a.send("hello")
        #expect(try await b.receive() == .text("hello"))
        let der = pair.b.sctp?.transport.remoteCertificates.first
        #expect(der == configurations[0].certificates[0].der)
        await pair.close()
    }

    @Test("the descriptions are set before the state's event is seen (NEG-17, OPS-11)")
    func descriptionsFirst() async throws {
        let connection = try PeerConnection(configuration: ConnectedPair.loopback)
        let states = connection.signalingStates
        let watcher = Task {
            for await state in states where state == .haveLocalOffer {
                return connection.pendingLocalDescription != nil
            }
            return false
        }
        #expect(connection.pendingLocalDescription == nil)
        try await connection.setLocalDescription()
        #expect(await watcher.value)
        #expect(connection.signalingState == .haveLocalOffer)
        connection.close()
    }
}

extension PeerConnection {
    /// Sets a local description, and looks at what is visible before the loop goes on.
    fileprivate func describeAndLook() throws -> (gathering: ICEGatheringState, sdp: String?) {
        try setLocalDescription()
        return (iceGatheringState, localDescription?.sdp)
    }
}
