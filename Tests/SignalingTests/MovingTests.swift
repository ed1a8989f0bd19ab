import JSEP
import StrictJSON
import TestSupport
import Testing

@testable import Signaling

@Suite("a client goes to another server when its own says that it goes", .timeLimit(.minutes(1)))
struct MovingTests {
    private static let hurried = Backoff(initial: .milliseconds(10), maximum: .milliseconds(50))

    private func client(_ port: some BinaryInteger, _ id: String) throws -> RoomClient {
        try RoomClient(url: "ws://127.0.0.1:\(port)/ws", id: id, backoff: Self.hurried)
    }

    @Test("all go to where it says, without a moment without a connection, and talk on there")
    func drained() async throws {
        let (old, new) = (try await SignalingParty(), try await SignalingParty())
        let (ann, bob) = (try client(old.port, "ann"), try client(old.port, "bob"))
        try await waitUntil { ann.peers == ["bob"] && bob.peers == ["ann"] }
        var incoming = ann.channel(to: "bob").messages.makeAsyncIterator()
        // It is over when they have gone, not when the time is.
        await old.server.drain(reconnect: new.url, within: .seconds(50))
        for client in [ann, bob] {
            let events = try await client.read { if case .moving = $0 { true } else { false } }
            #expect(events.last == .moving(to: new.url))
            let rest = try await client.read { $0 == .connected }
            #expect(!rest.contains { $0.isDisconnected })
        }
        try await waitUntil { ann.peers == ["bob"] && bob.peers == ["ann"] }
        var event = try await incoming.next()
        while case .problem? = event { event = try await incoming.next() }
        #expect(event == .reconnected)
        try await bob.send(.offer(from: nil, to: "ann", sdp: "there"))
        #expect(try await incoming.next() == .message(.description(SessionDescription(type: .offer, sdp: "there"))))
        for client in [ann, bob] { await client.close() }
        await new.server.stop()
    }

    @Test("the new connection is there before the old one is left, which is heard to its end")
    func order() async throws {
        var (old, new) = (try await RawListener(), try await RawListener())
        let client = try client(old.port, "ann")
        func text(_ json: String) -> [UInt8] {
            FrameCase.Frame(opcode: 1, payload: Array(json.utf8)).bytes(isMasked: false)
        }
        var first = try await old.accept()
        try await first.send(ClientHandshakeTests.answer(to: try await first.head()))
        _ = await first.frame()
        try await first.send(text(#"{"type":"peer-list","peers":["bob"],"resume":"1"}"#))
        let url = "ws://127.0.0.1:\(new.port)/ws"
        try await first.send(text(#"{"type":"server-draining","reconnect":"\#(url)","within":1}"#))
        // The first attempt fails, and nothing is lost by that.
        await (try await new.accept()).close()
        var second = try await new.accept()
        try await second.send(ClientHandshakeTests.answer(to: try await second.head()))
        let join = try JSONReader.read(try #require(await second.frame()).payload)
        #expect(join["type"]?.text == "join" && join["resume"]?.text == "1")
        try await client.send(.offer(from: nil, to: "bob", sdp: "by the old one"))
        #expect(await first.told()?.text.contains("by the old one") == true)
        try await second.send(text(#"{"type":"peer-list","peers":["bob"],"resume":"2","resumed":true}"#))
        #expect(await first.told()?.closeCode == 1000)
        try await first.send(text(#"{"type":"offer","from":"bob","sdp":"late"}"#))
        try await second.send(text(#"{"type":"offer","from":"bob","sdp":"later"}"#))
        try await first.send(FrameCase.Frame(opcode: 8, payload: [3, 232]).bytes(isMasked: false))
        let events = try await client.read { $0 == .message(.offer(from: "bob", to: nil, sdp: "later")) }
        let list = RoomClient.Event.message(.peerList(["bob"]))
        #expect(
            events == [
                .connecting, .connected, list, .moving(to: url), .message(.offer(from: "bob", to: nil, sdp: "late")),
                .resumed, list, .message(.offer(from: "bob", to: nil, sdp: "later")),
            ])
        await first.close()
        await client.close()
        await second.close()
        await old.close()
        await new.close()
    }

    @Test("where there is no other URL it comes back under the same one, when somebody else serves it")
    func sameURL() async throws {
        let old = try await SignalingParty()
        let ann = try client(old.port, "ann")
        _ = try await ann.read { $0 == .message(.peerList([])) }
        await old.server.drain(within: .milliseconds(100))
        let moving = try await ann.read(until: \.isDisconnected)
        #expect(moving.contains(.moving(to: old.url)))
        let new = try await SignalingParty(port: old.port)
        _ = try await ann.read { $0 == .connected }
        await ann.close()
        await new.server.stop()
    }

    @Test("a URL that is none, or that gives up TLS, is not followed; one that fails is tried in turns with its own")
    func choice() throws {
        var choice = try ServerChoice("wss://a.example/ws")
        for url in ["ws://b.example/ws", "https://b.example", "", nil] {
            choice.move(to: url)
            #expect(choice.next == "wss://a.example/ws")
        }
        choice.move(to: "wss://b.example/ws")
        #expect(choice.next == "wss://b.example/ws")
        choice.move(to: "ws://c.example/ws")
        #expect(choice.next == "wss://b.example/ws", "there is where it was")
        choice.failed()
        #expect(choice.next == "wss://a.example/ws")
        choice.failed()
        #expect(choice.next == "wss://b.example/ws")
        choice.reached("wss://b.example/ws")
        choice.failed()
        choice.reached("wss://a.example/ws")
        #expect(choice.next == "wss://a.example/ws", "its own is good again")
        var plain = try ServerChoice("ws://a.example/ws")
        plain.move(to: "wss://b.example/ws")
        #expect(plain.next == "wss://b.example/ws")
    }

    @Test(
        "what a server says about going is read whatever it is",
        arguments: [
            (#"{"type":"server-draining","reconnect":null,"within":3}"#, nil, 3.0),
            (#"{"type":"server-draining","reconnect":7,"within":-3}"#, nil, 0),
            (#"{"type":"server-draining"}"#, nil, 0),
            (#"{"type":"server-draining","reconnect":"x","within":1e999}"#, "x", 0),
            (#"{"type":"server-draining","within":1e9}"#, nil, 86_400),
        ] as [(String, String?, Double)])
    func draining(json: String, url: String?, seconds: Double) throws {
        let draining = ServerNotices.Draining(try SignalingMessage(parsing: Array(json.utf8)))
        #expect(draining.url == url && draining.within == .seconds(seconds))
    }
}

extension RawPeer {
    /// The next frame that is no ping.
    fileprivate mutating func told() async -> Frame? {
        while let frame = await frame() {
            if frame.opcode != 9 { return frame }
        }
        return nil
    }
}
