import DTLS
import ICE
import JSEP
import Testing
import TransportTypes
import WebRTC
import WebRTCTestSupport

@Suite("SDP: which sections share a transport", .timeLimit(.minutes(3)))
struct BundleTests {
    private static func configuration(_ policy: BundlePolicy) -> PeerConnection.Configuration {
        var configuration = ConnectedPair.loopback
        configuration.bundlePolicy = policy
        return configuration
    }

    /// A round in which the group is lost on the way.
    private func negotiateUnbundled(_ pair: ConnectedPair) async throws {
        let offer = try await pair.a.createOffer()
        try await pair.b.setRemoteDescription(offer.unbundled)
        try await pair.a.setLocalDescription(offer)
        try await pair.b.setLocalDescription()
        try await pair.a.setRemoteDescription(#require(pair.b.localDescription).unbundled)
    }

    /// Everything the senders and receivers have, in the order of the transceivers.
    private func transports(_ connection: PeerConnection) throws -> [DTLSTransport] {
        try connection.transceivers.map { transceiver in
            let transport = try #require(transceiver.sender.transport)
            #expect(transceiver.receiver.transport === transport)
            return transport
        }
    }

    @Test("SDP-02 with the group taken out by signaling there are two DTLS and two ICE transports, which connect")
    func stripped() async throws {
        let pair = try ConnectedPair()
        for kind in MediaKind.allCases { try await pair.a.addTransceiver(kind) }
        let channel = try await pair.a.createDataChannel("data")
        try await negotiateUnbundled(pair)
        for side in [pair.a, pair.b] {
            let found = try transports(side) + [#require(side.sctp).transport]
            #expect(Set(found.map(ObjectIdentifier.init)).count == 3)
            #expect(Set(found.map { ObjectIdentifier($0.iceTransport) }).count == 3)
            #expect(await states(side.connectionStates, until: .connected).last == .connected)
            #expect(found.allSatisfy { $0.state == .connected })
            #expect(side.iceConnectionState == .connected || side.iceConnectionState == .completed)
            await side.gatheringComplete()
            #expect(side.iceGatheringState == .complete)
            #expect(await side.getStats().transports.count == 3)
        }
        try await channel.opened()
        #expect(pair.a.diagnosis.verdict == .good)
        try await channel.send("hello")
        // What was negotiated stays, and a restart is one of all.
        let before = try #require(pair.a.localDescription).fragments
        let objects = try transports(pair.a)
        try await pair.negotiate()
        #expect(pair.a.localDescription?.fragments == before)
        await pair.a.restartICE()
        try await pair.negotiate()
        #expect(Set(try #require(pair.a.localDescription).fragments).isDisjoint(with: before))
        #expect(try transports(pair.a).elementsEqual(objects, by: ===))
        #expect(await states(pair.a.connectionStates, until: .connected).last == .connected)
        try await channel.send("again")
        await pair.close()
    }

    @Test("SDP-03, ICE-28 with a balanced policy all end on the first transport, and the second is closed")
    func balanced() async throws {
        let pair = try ConnectedPair()
        for kind in MediaKind.allCases { try await pair.a.addTransceiver(kind) }
        _ = try await pair.a.createDataChannel("data")
        try await pair.a.setLocalDescription()
        let offered = try transports(pair.a)
        let sctp = try #require(pair.a.sctp)
        #expect(offered[0] !== offered[1] && sctp.transport !== offered[0] && sctp.transport !== offered[1])
        let unused = [offered[1], sctp.transport]
        try await pair.b.setRemoteDescription(#require(pair.a.localDescription))
        try await pair.b.setLocalDescription()
        try await pair.a.setRemoteDescription(#require(pair.b.localDescription))
        for side in [pair.a, pair.b] {
            let found = try transports(side)
            #expect(found[0] === found[1] && side.sctp?.transport === found[0])
        }
        #expect(pair.a.transceivers[0].sender.transport === offered[0] && pair.a.sctp === sctp)
        // Their states change in a turn of their own.
        _ = await pair.a.getStats()
        #expect(unused.allSatisfy { $0.state == .closed && $0.iceTransport.state == .closed })
        #expect(await states(pair.a.connectionStates, until: .connected).last == .connected)
        #expect(await pair.a.getStats().transports.count == 1)
        await pair.close()
    }

    @Test(
        "SDP-06 a sender has its transport with the description that is set: its own, or one that is shared",
        arguments: BundlePolicy.allCases)
    func policies(policy: JSEP.BundlePolicy) async throws {
        let pair = try ConnectedPair(Self.configuration(policy))
        for kind in MediaKind.allCases { try await pair.a.addTransceiver(kind) }
        let offer = try await pair.a.createOffer()
        #expect(pair.a.senders.allSatisfy { $0.transport == nil })
        try await pair.a.setLocalDescription(offer)
        let offered = try transports(pair.a)
        #expect((offered[0] === offered[1]) == (policy == .maxBundle))
        try await pair.b.setRemoteDescription(offer)
        #expect(pair.b.receivers.allSatisfy { $0.transport == nil })
        try await pair.b.setLocalDescription()
        try await pair.a.setRemoteDescription(#require(pair.b.localDescription))
        for side in [pair.a, pair.b] {
            let found = try transports(side)
            #expect(found[0] === found[1])
        }
        #expect(try transports(pair.a)[0] === offered[0])
        await pair.close()
    }

    @Test("SDP-08 two peers that know nothing of each other answer a section each, over two transports")
    func split() async throws {
        let a = try PeerConnection(configuration: Self.configuration(.maxCompat))
        let peers = try (0..<2).map { _ in
            var configuration = ConnectedPair.loopback
            configuration.certificates = [try Certificate.generate(.ecdsaP256)]
            return try PeerConnection(configuration: configuration)
        }
        for kind in MediaKind.allCases { try await a.addTransceiver(kind) }
        try await a.setLocalDescription()
        await a.gatheringComplete()
        let offer = try #require(a.localDescription).unbundled
        var answers: [SessionDescription] = []
        for (index, peer) in peers.enumerated() {
            try await peer.setRemoteDescription(offer.only(index))
            try await peer.setLocalDescription()
            await peer.gatheringComplete()
            answers.append(try #require(peer.localDescription))
        }
        let head = answers[0].lines.prefix { !$0.hasPrefix("m=") }
        let sections = answers.flatMap { $0.sections[0].lines }
        try await a.setRemoteDescription(
            SessionDescription(type: .answer, sdp: (head + sections).map { $0 + "\r\n" }.joined()))
        for connection in peers + [a] {
            #expect(await states(connection.connectionStates, until: .connected).last == .connected)
        }
        let found = try transports(a)
        #expect(found[0] !== found[1] && found[0].remoteCertificates != found[1].remoteCertificates)
        for connection in peers + [a] { connection.close() }
    }

    @Test("SDP-24 without a group two sections may use a payload type, and have a transport each")
    func payloadTypes() async throws {
        let audio = Foreign.media(.audio, codecs: ["96 opus/48000/2"])
        let connection = try PeerConnection.make()
        try await connection.setRemoteDescription(Foreign.offer(audio, Foreign.media(.video)))
        try await connection.setLocalDescription()
        let sections = try #require(connection.localDescription).sections
        #expect(sections.map(\.port) == ["9", "9"] && sections.map(\.formats) == [["96"], ["96"]])
        #expect(Set(try #require(connection.localDescription).fragments).count == 2)
        let found = try transports(connection)
        #expect(found[0] !== found[1])
        connection.close()
    }

    @Test("CRT-14 stopping a transceiver leaves the shared transport connected, and with the other sender")
    func stopping() async throws {
        let pair = try ConnectedPair()
        for kind in MediaKind.allCases { try await pair.a.addTransceiver(kind) }
        try await pair.negotiate()
        #expect(await states(pair.a.connectionStates, until: .connected).last == .connected)
        let (shared, stopped) = (try transports(pair.a)[0], pair.a.transceivers[0])
        try stopped.stop()
        try await pair.negotiate()
        #expect(stopped.sender.transport == nil)
        #expect(pair.a.senders.count == 1 && pair.a.senders[0].transport === shared)
        #expect(shared.state == .connected && pair.a.connectionState == .connected)
        // Stopping the last one leaves nothing to connect (ICE-07).
        try pair.a.transceivers[0].stop()
        try await pair.negotiate()
        #expect(pair.a.iceGatheringState == .new && pair.a.connectionState == .new && pair.a.iceConnectionState == .new)
        _ = await pair.a.getStats()
        #expect(shared.state == .closed)
        await pair.close()
    }

    @Test("RBK-19 an own transport that only the offer had goes with it")
    func rollback() async throws {
        let pair = try ConnectedPair()
        try await pair.a.addTransceiver(.audio)
        try await negotiateUnbundled(pair)
        #expect(await states(pair.a.connectionStates, until: .connected).last == .connected)
        let states = pair.a.iceGatheringStates
        let second = try await pair.a.addTransceiver(.video)
        try await pair.a.setLocalDescription()
        let (before, new) = (try transports(pair.a)[0], try transports(pair.a)[1])
        #expect(before !== new)
        try await pair.a.setLocalDescription(SessionDescription(type: .rollback))
        _ = await pair.a.getStats()
        #expect(second.sender.transport == nil && new.state == .closed && pair.a.senders[0].transport === before)
        #expect(pair.a.connectionState == .connected && pair.a.iceGatheringState == .complete)
        pair.a.close()
        #expect(await states.all().last == .complete)
        await pair.close()
    }

    @Test("ICE-05 a restart of two transports goes from gathering to complete")
    func restart() async throws {
        let pair = try ConnectedPair()
        for kind in MediaKind.allCases { try await pair.a.addTransceiver(kind) }
        try await negotiateUnbundled(pair)
        await pair.a.gatheringComplete()
        let states = pair.a.iceGatheringStates
        try await pair.a.setLocalDescription(pair.a.createOffer(OfferOptions(iceRestart: true)))
        await pair.a.gatheringComplete()
        pair.a.close()
        #expect(await states.all() == [.complete, .gathering, .complete])
        await pair.close()
    }

    @Test("ICE-25 close() closes every transport at once, and senders still have theirs")
    func closing() async throws {
        let pair = try ConnectedPair()
        for kind in MediaKind.allCases { try await pair.a.addTransceiver(kind) }
        try await negotiateUnbundled(pair)
        let (senders, found) = (pair.a.senders, try transports(pair.a))
        pair.a.close()
        #expect(found.allSatisfy { $0.state == .closed && $0.iceTransport.state == .closed })
        #expect(zip(senders, found).allSatisfy { $0.transport === $1 })
        await pair.close()
    }

    @Test("with max-bundle what the peer does not bundle is refused, whoever offers")
    func maxBundle() async throws {
        let pair = try ConnectedPair(Self.configuration(.maxBundle), Self.configuration(.maxCompat))
        for kind in MediaKind.allCases { try await pair.a.addTransceiver(kind) }
        try await pair.a.setLocalDescription()
        try await pair.b.setRemoteDescription(#require(pair.a.localDescription).unbundled)
        try await pair.b.setLocalDescription()
        let answer = try #require(pair.b.localDescription)
        #expect(answer.sections.map(\.port) == ["9", "0"])
        let wrong = answer.sdp.replacing("m=video 0", with: "m=video 9")
        await expect(.invalidAccess) {
            try await pair.a.setRemoteDescription(SessionDescription(type: .answer, sdp: wrong))
        }
        #expect(pair.a.signalingState == .haveLocalOffer)
        try await pair.a.setRemoteDescription(answer)
        #expect(pair.a.transceivers.map(\.kind) == [.audio])
        let other = try ConnectedPair(Self.configuration(.maxBundle))
        try await other.a.setRemoteDescription(Foreign.offer(Foreign.media(.audio), Foreign.media(.video)))
        try await other.a.setLocalDescription()
        #expect(other.a.localDescription?.sections.map(\.port) == ["9", "0"])
        await other.close()
        await pair.close()
    }
}

extension SessionDescription {
    /// The same without a group.
    fileprivate var unbundled: SessionDescription { filtered { !$0.hasPrefix("a=group:") } }

    /// The head and one section alone.
    fileprivate func only(_ index: Int) -> SessionDescription {
        let head = lines.prefix { !$0.hasPrefix("m=") }
        return SessionDescription(type: type, sdp: (head + sections[index].lines).map { $0 + "\r\n" }.joined())
    }

    private func filtered(_ isKept: (String) -> Bool) -> SessionDescription {
        SessionDescription(type: type, sdp: lines.filter(isKept).map { $0 + "\r\n" }.joined())
    }
}
