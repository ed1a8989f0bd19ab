import JSEP
import StrictJSON
import TestSupport
import Testing

@testable import Signaling

@Suite("a client has its place again", .timeLimit(.minutes(1)))
struct ClientResumingTests {
    private static let hurried = Backoff(initial: .milliseconds(10), maximum: .milliseconds(50))
    private let offer = SignalingPayload.description(SessionDescription(type: .offer, sdp: "o"))
    private let answer = SignalingPayload.description(SessionDescription(type: .answer, sdp: "a"), answers: "1 2")

    private func client(
        _ port: Int, _ id: String, _ configuration: SignalingClientConfiguration = .init()
    ) throws -> RoomClient {
        try RoomClient(
            url: "ws://127.0.0.1:\(port)/ws", id: id, configuration: configuration, backoff: Self.hurried)
    }

    private func meet(_ ann: RoomClient, _ bob: RoomClient) async throws {
        try await waitUntil { ann.peers == ["bob"] && bob.peers == ["ann"] }
    }

    @Test("what was addressed to it while its connection was broken is there once, and nobody has left for it")
    func broken() async throws {
        let party = try await SignalingParty()
        let proxy = try await TestProxy(to: Int(party.port))
        let hasty = SignalingClientConfiguration(connectTimeout: .seconds(3))
        let (ann, bob) = (try client(proxy.port, "ann", hasty), try client(Int(party.port), "bob"))
        try await meet(ann, bob)
        let way = ann.channel(to: "bob")
        var incoming = way.messages.makeAsyncIterator()
        try await way.send(offer)
        _ = try await bob.read { if case .message(.offer) = $0 { true } else { false } }
        await proxy.block(forNewcomers: true)
        await proxy.breakAll()
        _ = try await bob.read { $0 == .message(.peerLeft("ann")) }
        try await bob.send(.answer(from: nil, to: "ann", sdp: "a"))
        try await bob.send(.candidate(from: nil, to: "ann", nil))
        let lost = try await ann.read(until: \.isDisconnected)
        #expect(lost.suffix(1).allSatisfy { $0 != .connected })
        #expect(ann.peers == ["bob"], "the server keeps the place, so nobody has left it")
        await proxy.unblock()
        let back = try await ann.read { $0 == .resumed }
        #expect(!back.contains(.connected) && back.contains(.connecting))
        var heard: [SignalingEvent] = []
        while heard.count(where: { if case .message = $0 { true } else { false } }) < 2,
            let event = try await incoming.next()
        {
            heard.append(event)
        }
        let messages = heard.filter { if case .message = $0 { true } else { false } }
        #expect(
            messages == [
                .message(.description(SessionDescription(type: .answer, sdp: "a"))), .message(.candidate(nil)),
            ])
        #expect(heard.contains(.reconnected), "what was sent before may be lost: the negotiator says it again")
        try await bob.send(.offer(from: nil, to: "ann", sdp: "once"))
        #expect(try await incoming.next() == .message(.description(SessionDescription(type: .offer, sdp: "once"))))
        for client in [ann, bob] { await client.close() }
        await proxy.close()
        await party.server.stop()
    }

    @Test("a connection that carries nothing any more, and that its server believes in, is replaced: nobody has left")
    func silent() async throws {
        let party = try await SignalingParty()
        let proxy = try await TestProxy(to: Int(party.port))
        let watchful = SignalingClientConfiguration(heartbeatInterval: .seconds(1))
        let (ann, bob) = (try client(proxy.port, "ann", watchful), try client(Int(party.port), "bob"))
        try await meet(ann, bob)
        _ = try await ann.read { if case .message = $0 { true } else { false } }
        _ = try await bob.read { if case .message = $0 { true } else { false } }
        await proxy.block()
        let events = try await ann.read { $0 == .resumed }
        guard case .disconnected(let error)? = events.first(where: \.isDisconnected) else { throw RoomClient.Ended() }
        #expect(error.code == .timedOut)
        try await ann.send(.offer(from: nil, to: "bob", sdp: "o"))
        let seen = try await bob.read { if case .message(.offer) = $0 { true } else { false } }
        #expect(!seen.contains(.message(.peerLeft("ann"))))
        for client in [ann, bob] { await client.close() }
        await proxy.close()
        await party.server.stop()
    }

    @Test("it shows each time what it was given last, and another server's answer is that of a new place")
    func tokens() async throws {
        var listener = try await RawListener()
        let client = try client(listener.port, "ann")
        var shown: [String?] = []
        let answers = [#","resume":"1""#, #","resume":"2","resumed":true"#, #","resume":"3""#, "", #","resumed":true"#]
        for answer in answers {
            var peer = try await listener.accept()
            try await peer.send(ClientHandshakeTests.answer(to: try await peer.head()))
            let join = try JSONReader.read(try #require(await peer.frame()).payload)
            shown.append(join["resume"]?.text)
            let list = #"{"type":"peer-list","peers":[]\#(answer)}"#
            try await peer.send(FrameCase.Frame(opcode: 1, payload: Array(list.utf8)).bytes(isMasked: false))
            let events = try await client.read { $0 == .message(.peerList([])) }
            #expect(events.contains(.resumed) == (shown.count == 2))
            #expect(events.contains(.connected) == (shown.count != 2))
            await peer.close()
        }
        #expect(shown == [nil, "1", "2", "3", "3"])
        await client.close()
        await listener.close()
    }

    @Test("a server that says nothing of a place is believed to have given a new one, in time")
    func wordless() async throws {
        var listener = try await RawListener()
        let client = try client(listener.port, "ann", .init(connectTimeout: .seconds(2)))
        for isFirst in [true, false] {
            var peer = try await listener.accept()
            try await peer.send(ClientHandshakeTests.answer(to: try await peer.head()))
            if isFirst {
                let list = #"{"type":"peer-list","peers":[],"resume":"1"}"#
                try await peer.send(FrameCase.Frame(opcode: 1, payload: Array(list.utf8)).bytes(isMasked: false))
            }
            _ = try await client.read { isFirst ? $0 == .message(.peerList([])) : $0 == .connected }
            await peer.close()
        }
        await client.close()
        await listener.close()
    }

    @Test("a call that rings goes on over a broken connection, and what was done meanwhile is said then")
    func ringing() async throws {
        let server = SignalingServer(configuration: .init(host: "127.0.0.1", port: 0, tokens: NamedTokens()))
        let port = Int(try await server.start())
        let proxy = try await TestProxy(to: port)
        func client(_ port: Int, _ user: String) throws -> CallClient {
            try CallClient(
                url: "ws://127.0.0.1:\(port)", configuration: .init(connectTimeout: .seconds(3)),
                backoff: Self.hurried
            ) { "token-\(user)" }
        }
        let (ann, bob) = (try client(port, "ann"), try client(proxy.port, "bob"))
        for client in [ann, bob] { for await event in client.events where event == .connected { break } }
        // Behind this answer Bob knows what it takes to have his place again.
        let early = bob.call("nobody")
        try await early.channel.send(offer)
        for await state in early.states where state == .ended(.offline) { break }
        let outgoing = ann.call("bob")
        try await outgoing.channel.send(offer)
        var ringing = bob.incoming.makeAsyncIterator()
        let incoming = try #require(await ringing.next(isolation: #isolation))
        await proxy.block(forNewcomers: true)
        await proxy.breakAll()
        for await event in bob.events where event.isDisconnected { break }
        #expect(incoming.state == .ringing)
        incoming.accept()
        #expect(outgoing.state == .ringing)
        await proxy.unblock()
        for await state in outgoing.states where state == .accepted { break }
        for await event in bob.events where event == .resumed { break }
        #expect(incoming.state == .accepted)
        var there = incoming.channel.messages.makeAsyncIterator()
        #expect(try await there.next() == .message(offer))
        #expect(try await there.next() == .reconnected)
        outgoing.hangUp()
        for await state in incoming.states where state == .ended(.hungUp) { break }
        for client in [ann, bob] { await client.close() }
        await proxy.close()
        await server.stop()
    }
}
