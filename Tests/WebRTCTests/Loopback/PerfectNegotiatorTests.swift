import JSEP
import Testing
import WebRTCTestSupport

@testable import WebRTC

@Suite("The perfect negotiator, with real connections", .timeLimit(.minutes(3)))
struct PerfectNegotiatorTests {
    /// Two connections that negotiate by themselves; `a` is polite.
    private struct Pair {
        let a: PeerConnection
        let b: PeerConnection
        let wires: (a: MemorySignaling, b: MemorySignaling)
        let negotiators: [PerfectNegotiator]

        init(_ settings: PerfectNegotiator.Settings = .init(answerTimeout: .seconds(30))) throws {
            a = try PeerConnection(configuration: ConnectedPair.loopback)
            b = try PeerConnection(configuration: ConnectedPair.loopback)
            wires = MemorySignaling.pair()
            negotiators = [
                try PerfectNegotiator(a, over: wires.a, polite: true, settings: settings),
                try PerfectNegotiator(b, over: wires.b, polite: false, settings: settings),
            ]
        }

        func close() async {
            a.close()
            b.close()
            await a.closed()
            await b.closed()
        }
    }

    @Test("a channel is all it takes, from either end", arguments: [true, false])
    func channel(fromPolite: Bool) async throws {
        let pair = try Pair()
        let (from, to) = fromPolite ? (pair.a, pair.b) : (pair.b, pair.a)
        let channel = try await from.createDataChannel("chat")
        try await channel.opened()
        try await channel.send("hello")
        for await other in to.dataChannels {
            #expect(try await other.receive() == .text("hello"))
            break
        }
        await pair.close()
    }

    @Test("channels made at both ends at once, and restarts at both ends at once, collide and come about")
    func collisions() async throws {
        let pair = try Pair()
        async let first = pair.a.createDataChannel("a")
        async let second = pair.b.createDataChannel("b")
        let (ofA, ofB) = try await (first, second)
        try await ofA.opened()
        try await ofB.opened()
        let stable = [pair.a.signalingStates, pair.b.signalingStates]
        let fragments = [fragment(pair.a), fragment(pair.b)]
        async let oneRestart: Void = pair.a.restartICE()
        async let otherRestart: Void = pair.b.restartICE()
        _ = await (oneRestart, otherRestart)
        for (connection, states) in zip([pair.a, pair.b], stable) {
            for await state in states where state == .stable && !fragments.contains(fragment(connection)) { break }
        }
        try await ofA.send("still here")
        for await other in pair.b.dataChannels where other.label == "a" {
            #expect(try await other.receive() == .text("still here"))
            break
        }
        await pair.close()
    }

    @Test("an answer that was lost is sent again after the signaling has reconnected")
    func lostAnswer() async throws {
        let pair = try Pair()
        pair.wires.b.pass { _ in false }
        let states = pair.b.signalingStates
        let channel = try await pair.a.createDataChannel("chat")
        for await state in states where state == .haveRemoteOffer { break }
        for await state in states where state == .stable { break }
        #expect(pair.a.signalingState == .haveLocalOffer)
        pair.wires.b.reconnect()
        try await channel.opened()
        await pair.close()
    }

    @Test("an offer that gets no answer in time is sent again, and stays")
    func silence() async throws {
        let pair = try Pair(.init(answerTimeout: .milliseconds(20), maximumTries: 4))
        pair.wires.a.pass { _ in false }
        let problems = pair.negotiators[0].problems
        let channel = try await pair.a.createDataChannel("chat")
        for await problem in problems where problem == .unanswered { break }
        let offers = pair.wires.a.sent.compactMap { payload in
            if case .description(let offer, _) = payload { DescriptionID(ofText: offer.sdp) } else { nil }
        }
        #expect(offers.count == 4 && Set(offers).count == 1)
        // The signaling works again: what it gave up is taken up.
        pair.wires.a.reconnect()
        try await channel.opened()
        await pair.close()
    }

    @Test("an answer to nobody's offer is dropped, and the ends agree anew")
    func staleAnswer() async throws {
        let pair = try Pair()
        let channel = try await pair.a.createDataChannel("chat")
        try await channel.opened()
        let before = fragment(pair.a)
        let states = pair.a.signalingStates
        pair.wires.a.hear(.description(SessionDescription(type: .answer, sdp: "v=0\r\no=- 5 5 IN IP4 0.0.0.0\r\n")))
        for await state in states where state == .stable && fragment(pair.a) != before { break }
        // With new credentials it may have to check its paths once more.
        for await state in pair.a.connectionStates where state == .connected { break }
        #expect(pair.a.connectionState == .connected)
        await pair.close()
    }

    @Test("after close() nothing is negotiated, and the connection is as it was")
    func close() async throws {
        let pair = try Pair()
        let channel = try await pair.a.createDataChannel("chat")
        try await channel.opened()
        for negotiator in pair.negotiators { negotiator.close() }
        let sent = pair.wires.a.sent.count
        await pair.a.restartICE()
        #expect(pair.a.connectionState == .connected && pair.a.signalingState == .stable)
        #expect(pair.wires.a.sent.count == sent)
        #expect(await pair.negotiators[0].problems.all().isEmpty)
        await pair.close()
    }

    @Test("a connection that nobody holds goes, with its negotiator and its tasks")
    func dropped() async throws {
        let (wire, _) = MemorySignaling.pair()
        var connection: PeerConnection? = try PeerConnection(configuration: ConnectedPair.loopback)
        let states = try #require(connection).signalingStates
        var negotiator = connection.map { PerfectNegotiator($0, over: wire, polite: true) }
        #expect(negotiator != nil)
        connection = nil
        negotiator = nil
        #expect(await states.all() == [.stable, .closed])
    }

    private func fragment(_ connection: PeerConnection) -> String? {
        connection.currentLocalDescription?.sdp.split(separator: "\r\n").first { $0.hasPrefix("a=ice-ufrag:") }
            .map(String.init)
    }
}
