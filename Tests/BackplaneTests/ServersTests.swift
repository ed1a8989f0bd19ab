import Backplane
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
}
