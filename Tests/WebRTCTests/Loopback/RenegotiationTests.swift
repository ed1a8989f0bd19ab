import DTLS
import JSEP
import NIOCore
import Testing
import TransportTypes
import WebRTCTestSupport

@testable import WebRTC

@Suite("Further rounds of offer and answer", .timeLimit(.minutes(2)))
struct RenegotiationTests {
    @Test(
        "rounds in both directions change nothing for the channels, and gathering does not start again (ICE-02, NEG-18)"
    )
    func rounds() async throws {
        let pair = try ConnectedPair()
        let (a, b) = try await pair.channel()
        await pair.a.gatheringComplete()
        await pair.b.gatheringComplete()
        let gathering = [pair.a.iceGatheringStates, pair.b.iceGatheringStates]
        let sctp = [pair.a.sctp, pair.b.sctp]
        for round in 0..<6 {
            let (one, other) = round % 2 == 0 ? (pair.b, pair.a) : (pair.a, pair.b)
            try await pair.negotiate(from: one, to: other)
            try await a.send("\(round)")
            #expect(try await b.receive() == .text("\(round)"))
            #expect(one.signalingState == .stable && other.signalingState == .stable)
        }
        #expect(sctp[0] === pair.a.sctp && sctp[1] === pair.b.sctp)
        // The answerer of the first round stays the DTLS client, whoever offers.
        let late = try await pair.b.createDataChannel("late")
        #expect(late.id.map { $0 % 2 } == 0)
        try await late.opened()
        await pair.close()
        for states in gathering { #expect(await states.all() == [.complete]) }
    }

    @Test("a channel that is open sends what the peer takes as of its last description (W3C §6.1.1.2)")
    func messageSize() async throws {
        let pair = try ConnectedPair()
        let (a, b) = try await pair.channel()
        try await a.send(.pattern(100_000))
        #expect(try await b.receive() == .binary(.pattern(100_000)))
        for limit in [1000, 150_000] {
            let offer = try await pair.a.createOffer()
            try await pair.b.setRemoteDescription(offer)
            try await pair.a.setLocalDescription(offer)
            try await pair.b.setLocalDescription()
            var answer = try #require(pair.b.localDescription)
            answer.sdp = answer.sdp.replacing("a=max-message-size:262144", with: "a=max-message-size:\(limit)")
            try await pair.a.setRemoteDescription(answer)
            #expect(pair.a.sctp?.maxMessageSize == limit)
            let error = await #expect(throws: WebRTCError.self) { try await a.send(.pattern(limit + 1)) }
            #expect(error?.code == .type)
            try await a.send(.pattern(limit))
            #expect(try await b.receive() == .binary(.pattern(limit)))
        }
        await pair.close()
    }

    @Test("a first round without data, then channels")
    func dataLater() async throws {
        let pair = try ConnectedPair()
        try await pair.negotiate()
        #expect(pair.a.sctp == nil && pair.a.iceGatheringState == .new && pair.a.connectionState == .new)
        let incoming = pair.b.dataChannels
        let channel = try await pair.a.createDataChannel("late")
        try await pair.negotiate()
        try await channel.opened()
        for await other in incoming {
            #expect(other.label == "late" && other.readyState == .open)
            break
        }
        await pair.close()
    }

    @Test(
        "negotiation is needed once for the first channel, not for the second, and not while an offer is out (OPS-16, 18)"
    )
    func need() async throws {
        let pair = try ConnectedPair()
        let needed = [pair.a.negotiationNeeded, pair.b.negotiationNeeded]
        let first = try await pair.a.createDataChannel("one")
        _ = try await pair.a.createDataChannel("two")
        try await pair.negotiate()
        try await first.opened()
        _ = try await pair.b.createDataChannel("three")
        await pair.close()
        var counts: [Int] = []
        for needed in needed { counts.append(await needed.reduce(into: 0) { count, _ in count += 1 }) }
        #expect(counts == [1, 0])
    }

    @Test("a channel made while an offer without data is out is offered afterwards (OPS-18)")
    func needLater() async throws {
        let pair = try ConnectedPair()
        let offer = try await pair.a.createOffer()
        try await pair.a.setLocalDescription(offer)
        let channel = try await pair.a.createDataChannel("late")
        try await pair.b.setRemoteDescription(offer)
        try await pair.b.setLocalDescription()
        let needed = pair.a.negotiationNeeded
        try await pair.a.setRemoteDescription(#require(pair.b.localDescription))
        for await _ in needed { break }
        try await pair.negotiate()
        try await channel.opened()
        await pair.close()
    }

    @Test(
        "rolling the first offer back returns gathering to new and leaves the channel connecting (RBK-22, 29)",
        arguments: [true, false])
    func rollback(isGathered: Bool) async throws {
        let pair = try ConnectedPair()
        let states = pair.a.iceGatheringStates
        let channel = try await pair.a.createDataChannel("test")
        try await pair.a.setLocalDescription()
        if isGathered { await pair.a.gatheringComplete() }
        try await pair.a.setLocalDescription(.init(type: .rollback))
        #expect(pair.a.signalingState == .stable && pair.a.iceGatheringState == .new && pair.a.sctp == nil)
        #expect(pair.a.localDescription == nil && channel.readyState == .connecting && channel.id == nil)
        try await pair.negotiate()
        try await channel.opened()
        await pair.close()
        let found = await states.all()
        #expect(found.first == .new && found.last == .complete)
    }

    @Test("when two first offers meet, the polite side answers, and the channels of both open (RBK-12, 22)")
    func glare() async throws {
        let pair = try ConnectedPair()
        let mine = try await pair.a.createDataChannel("mine")
        let yours = try await pair.b.createDataChannel("yours")
        try await pair.a.setLocalDescription()
        let offer = try await pair.b.createOffer()
        try await pair.a.setRemoteDescription(offer)
        try await pair.b.setLocalDescription(offer)
        try await pair.a.setLocalDescription()
        try await pair.b.setRemoteDescription(#require(pair.a.localDescription))
        try await mine.opened()
        try await yours.opened()
        #expect(mine.id.map { $0 % 2 } == 0 && yours.id.map { $0 % 2 } == 1)
        await pair.close()
    }

    @Test("channels open after a provisional answer already, and stay with the final one (NEG-20, 21)")
    func pranswer() async throws {
        let pair = try ConnectedPair()
        let channel = try await pair.a.createDataChannel("test")
        let offer = try await pair.a.createOffer()
        try await pair.b.setRemoteDescription(offer)
        try await pair.a.setLocalDescription(offer)
        try await pair.b.setLocalDescription(.init(type: .pranswer))
        try await pair.a.setRemoteDescription(#require(pair.b.localDescription))
        try await channel.opened()
        #expect(pair.a.signalingState == .haveRemotePranswer && pair.b.signalingState == .haveLocalPranswer)
        try await pair.b.setLocalDescription()
        try await pair.a.setRemoteDescription(#require(pair.b.localDescription))
        #expect(pair.a.signalingState == .stable && channel.readyState == .open)
        try await channel.send("still")
        await pair.close()
    }

    @Test("a peer that refuses data channels closes them with an error, and they can be offered again")
    func refusal() async throws {
        let a = try PeerConnection(configuration: ConnectedPair.loopback)
        let channel = try await a.createDataChannel("test")
        let needed = a.negotiationNeeded
        try await a.setLocalDescription()
        let refusal =
            "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n"
            + "m=application 0 UDP/DTLS/SCTP webrtc-datachannel\r\nc=IN IP4 0.0.0.0\r\na=mid:0\r\n"
        try await a.setRemoteDescription(.init(type: .answer, sdp: refusal))
        let error = await #expect(throws: WebRTCError.self) { try await channel.opened() }
        #expect(error?.code == .operation && channel.readyState == .closed)
        #expect(a.sctp == nil && a.connectionState == .new && a.iceGatheringState == .new)
        let again = try await a.createDataChannel("again")
        let b = try PeerConnection(configuration: ConnectedPair.loopback)
        let pumps = [ConnectedPair.pump(a, b), ConnectedPair.pump(b, a)]
        let offer = try await a.createOffer()
        try await b.setRemoteDescription(offer)
        try await a.setLocalDescription(offer)
        try await b.setLocalDescription()
        try await a.setRemoteDescription(#require(b.localDescription))
        try await again.opened()
        for pump in pumps { pump.cancel() }
        a.close()
        b.close()
        #expect(await needed.reduce(into: 0) { count, _ in count += 1 } == 2)
    }

    @Test("a peer that stops data channels in a later offer closes them and the transport")
    func stop() async throws {
        let pair = try ConnectedPair()
        let (a, b) = try await pair.channel()
        let sctp = try #require(pair.b.sctp)
        let offer = try await pair.a.createOffer()
        let stopped = offer.sdp.replacing("m=application 9", with: "m=application 0")
        try await pair.b.setRemoteDescription(.init(type: .offer, sdp: stopped))
        try await pair.b.setLocalDescription()
        #expect(b.readyState == .closed && sctp.state == .closed && pair.b.sctp == nil)
        #expect(pair.b.connectionState == .new && pair.b.iceConnectionState == .new)
        await a.closed()
        await pair.close()
    }

    @Test(
        "one side can go on with another peer: new ICE, new DTLS, new channels (CRT-23, 24)", arguments: [true, false])
    func handover(isOfferer: Bool) async throws {
        let pair = try ConnectedPair()
        let (old, _) = try await pair.channel()
        var configuration = ConnectedPair.loopback
        configuration.certificates = [try .generate()]
        let c = try PeerConnection(configuration: configuration)
        let pumps = [ConnectedPair.pump(pair.a, c), ConnectedPair.pump(c, pair.a)]
        let channel: DataChannel
        if isOfferer {
            let offer = try await pair.a.createOffer(OfferOptions(iceRestart: true))
            try await c.setRemoteDescription(offer)
            try await pair.a.setLocalDescription(offer)
            channel = try await c.createDataChannel("from the new one")
            try await c.setLocalDescription()
            try await pair.a.setRemoteDescription(#require(c.localDescription))
        } else {
            channel = try await c.createDataChannel("from the new one")
            let offer = try await c.createOffer()
            try await pair.a.setRemoteDescription(offer)
            try await c.setLocalDescription(offer)
            try await pair.a.setLocalDescription()
            try await c.setRemoteDescription(#require(pair.a.localDescription))
        }
        let incoming = pair.a.dataChannels
        try await channel.opened()
        try await channel.send("hello")
        for await other in incoming where other.label == "from the new one" {
            #expect(try await other.receive() == .text("hello"))
            pair.b.close()
            await pair.b.closed()
            try await other.send("still there")
            #expect(try await channel.receive() == .text("still there"))
            break
        }
        await old.closed()
        #expect(old.error != nil && pair.a.connectionState == .connected)
        for pump in pumps { pump.cancel() }
        c.close()
        await c.closed()
        await pair.close()
    }
}
