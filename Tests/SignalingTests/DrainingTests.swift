import StrictJSON
import Testing

@testable import Signaling

@Suite("a server that goes", .timeLimit(.minutes(1)))
struct DrainingTests {
    private static func server(_ loops: Int) async throws -> (SignalingServer, UInt16) {
        let server = SignalingServer(configuration: .init(host: "127.0.0.1", port: 0, eventLoops: loops))
        return (server, try await server.start())
    }

    @Test("says so to all, with where to go and how long they have; who stays is closed with 1012", arguments: [1, 4])
    func deadline(loops: Int) async throws {
        let (server, port) = try await Self.server(loops)
        var peers: [RawPeer] = []
        for _ in 0..<3 { peers.append(try await RawPeer.open(port: port)) }
        async let drained: Void = server.drain(reconnect: "ws://127.0.0.1:1/ws", within: .seconds(1))
        for var peer in peers {
            let message = try JSONReader.read(try #require(await peer.frame()).payload)
            #expect(message["type"]?.text == "server-draining" && message["reconnect"]?.text == "ws://127.0.0.1:1/ws")
            #expect(message["within"]?.double == 1)
            #expect(await peer.frame()?.closeCode == 1012)
            await peer.close()
        }
        await drained
        #expect(server.port == nil)
    }

    @Test("is gone as soon as all are, and lets nobody in meanwhile", arguments: [1, 4])
    func allGone(loops: Int) async throws {
        let (server, port) = try await Self.server(loops)
        var peer = try await RawPeer.open(port: port)
        async let drained: Void = server.drain(within: .seconds(3600))
        let message = try JSONReader.read(try #require(await peer.frame()).payload)
        #expect(message["reconnect"] == nil && message["within"]?.double == 3600)
        var late = try await RawPeer.connect(port: port)
        #expect(await late.rest() == "")
        await peer.close()
        await drained
        #expect(server.port == nil)
        await server.drain()
    }
}
