import Backplane
import JSEP
import Signaling
import TestSupport
import Testing

@Suite(
    "signaling servers of one cluster over Redis", .serialized, .enabled(if: RedisProcess.isExpected),
    .timeLimit(.minutes(2)))
struct ServersTests {
    private struct Missing: Error {}

    private func server(_ redis: RedisProcess) async throws -> (server: SignalingServer, url: String) {
        let backplane = RedisBackplane(configuration: redis.configuration())
        let server = SignalingServer(configuration: .init(host: "127.0.0.1", port: 0, backplane: backplane))
        return (server, "ws://127.0.0.1:\(try await server.start())/ws")
    }

    private func client(_ url: String, _ id: String) throws -> RoomClient {
        try RoomClient(url: url, id: id, backoff: .init(initial: .milliseconds(10), maximum: .milliseconds(50)))
    }

    private func first<Value>(_ client: RoomClient, _ pick: (RoomMessage) -> Value?) async throws -> Value {
        for await event in client.events {
            if case .message(let message) = event, let value = pick(message) { return value }
        }
        throw Missing()
    }

    private func joined(_ client: RoomClient) async throws -> String {
        try await first(client) { if case .peerJoined(let peer) = $0 { peer } else { nil } }
    }

    private func left(_ client: RoomClient) async throws -> String {
        try await first(client) { if case .peerLeft(let peer) = $0 { peer } else { nil } }
    }

    @Test(
        "peers of two servers meet in a room, also when Redis was killed between, and a server that stops takes its own"
    )
    func room() async throws {
        let redis = try await RedisProcess()
        let (one, two) = (try await server(redis), try await server(redis))
        let ann = try client(one.url, "ann")
        _ = try await first(ann) { if case .peerList = $0 { true } else { nil } }
        let bob = try client(two.url, "bob")
        #expect(try await joined(ann) == "bob")
        // Whoever came first may be listed to the other one, or come to it.
        while !bob.peers.contains("ann") { _ = try await joined(bob) }
        try await bob.send(.offer(from: "bob", to: "ann", sdp: "v=0"))
        #expect(try await first(ann) { $0.type == "offer" ? $0 : nil } == .offer(from: "bob", to: "ann", sdp: "v=0"))
        await redis.kill()
        let again = try await RedisProcess(port: redis.port)
        // Both servers say who is there, and nobody has left.
        let cleo = try client(two.url, "cleo")
        #expect(try await joined(ann) == "cleo")
        try await ann.send(.offer(from: "ann", to: "cleo", sdp: "v=1"))
        #expect(try await first(cleo) { $0.type == "offer" ? $0 : nil } == .offer(from: "ann", to: "cleo", sdp: "v=1"))
        await two.server.stop()
        #expect(Set([try await left(ann), try await left(ann)]) == ["bob", "cleo"])
        for client in [ann, bob, cleo] { await client.close() }
        await one.server.stop()
        _ = again
    }

    /// Knows users by tokens that are their names.
    private struct Names: TokenVerifier {
        func identity(of token: String) async throws(TokenError) -> TokenIdentity {
            TokenIdentity(subject: token, scopes: ["call"])
        }
    }

    private func end(_ call: CallClient.Call) async -> CallState? {
        var last: CallState?
        for await state in call.states { last = state }
        return last
    }

    @Test("users of two servers call each other: each device rings, one has it, and the others are told")
    func call() async throws {
        let redis = try await RedisProcess()
        var servers: [SignalingServer] = []
        var urls: [String] = []
        for _ in 0..<2 {
            let backplane = RedisBackplane(configuration: redis.configuration())
            let server = SignalingServer(
                configuration: .init(host: "127.0.0.1", port: 0, tokens: Names(), backplane: backplane))
            urls.append("ws://127.0.0.1:\(try await server.start())/ws")
            servers.append(server)
        }
        var clients: [CallClient] = []
        for (user, place) in [("ann", 0), ("bob", 1), ("bob", 0)] {
            let client = try CallClient(url: urls[place]) { user }
            for await event in client.events where event == .connected { break }
            clients.append(client)
        }
        let (ann, phone, desk) = (clients[0], clients[1], clients[2])
        let offer = SignalingPayload.description(SessionDescription(type: .offer, sdp: "o"))
        let answer = SignalingPayload.description(SessionDescription(type: .answer, sdp: "a"), answers: "1 2")
        // The first one may find nobody at the other server yet, as that is told.
        var outgoing = ann.call("bob")
        try await outgoing.channel.send(offer)
        var (onPhone, onDesk) = (phone.incoming.makeAsyncIterator(), desk.incoming.makeAsyncIterator())
        let atDesk = try #require(await onDesk.next(isolation: #isolation))
        var atPhone = try #require(await onPhone.next(isolation: #isolation))
        #expect(atPhone.id == outgoing.id && atDesk.id == outgoing.id)
        atPhone.accept()
        #expect(await end(atDesk) == .ended(.answeredElsewhere))
        var (here, there) = (
            outgoing.channel.messages.makeAsyncIterator(), atPhone.channel.messages.makeAsyncIterator()
        )
        #expect(try await there.next() == .message(offer))
        try await atPhone.channel.send(answer)
        #expect(try await here.next() == .message(answer))
        #expect(outgoing.state == .accepted)
        atPhone.hangUp()
        #expect(await end(outgoing) == .ended(.hungUp))
        // The server of one of them goes, and says so: the other one has its place, and the call goes on.
        outgoing = ann.call("bob")
        try await outgoing.channel.send(offer)
        atPhone = try #require(await onPhone.next(isolation: #isolation))
        atPhone.accept()
        for await state in outgoing.states where state == .accepted { break }
        await servers[1].drain(reconnect: urls[0], within: .seconds(30))
        var events: [CallClient.Event] = []
        for await event in phone.events {
            events.append(event)
            if event == .resumed { break }
        }
        #expect(events.first == .moving(to: urls[0]) && events.count == 2, "\(events)")
        #expect(atPhone.state == .accepted && outgoing.state == .accepted)
        try await outgoing.channel.send(.candidate(nil))
        there = atPhone.channel.messages.makeAsyncIterator()
        var heard: [SignalingEvent?] = []
        while heard.last != .message(.candidate(nil)) { heard.append(try await there.next()) }
        #expect(heard.contains(.reconnected))
        outgoing.hangUp()
        #expect(await end(atPhone) == .ended(.hungUp))
        for client in clients { await client.close() }
        await servers[0].stop()
    }
}
