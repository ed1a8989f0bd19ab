import JSEP
import Signaling
import TestSupport
import Testing
import WebRTC
import WebRTCTestSupport

@Suite("Connections whose signaling server goes, or whose way to it breaks", .timeLimit(.minutes(1)))
struct MovedCallTests {
    private struct Missing: Error {}

    /// Two ends in a room, with a negotiator each.
    private struct Call {
        let rooms: [RoomClient]
        let connections: [PeerConnection]
        let negotiators: [PerfectNegotiator]

        init(_ urls: [String]) throws {
            let watchful = SignalingClientConfiguration(
                connectTimeout: .seconds(5), heartbeatInterval: .milliseconds(500))
            rooms = try zip(["ann", "bob"], urls).map {
                try RoomClient(
                    url: $1, id: $0, configuration: watchful,
                    backoff: Backoff(initial: .milliseconds(10), maximum: .milliseconds(50)))
            }
            let connections = try (0..<2).map { _ in try PeerConnection(configuration: ConnectedPair.loopback) }
            self.connections = connections
            let rooms = rooms
            // An answer that comes late is no help here.
            let patience = PerfectNegotiator.Settings(answerTimeout: .seconds(600))
            negotiators = try ["bob", "ann"].enumerated().map { index, other in
                try PerfectNegotiator(
                    connections[index], over: rooms[index].channel(to: other),
                    polite: rooms[index].isPolite(towards: other), settings: patience)
            }
        }

        /// An ICE restart, from the offer to the end.
        func negotiateAgain() async throws {
            let states = connections[0].signalingStates
            await connections[0].restartICE()
            var hasOffered = false
            for await state in states {
                hasOffered = hasOffered || state == .haveLocalOffer
                if hasOffered, state == .stable { return }
            }
            throw Missing()
        }

        func end() async {
            for negotiator in negotiators { negotiator.close() }
            for connection in connections { connection.close() }
            for connection in connections { await connection.closed() }
            for room in rooms { await room.close() }
        }
    }

    private func server() async throws -> (SignalingServer, String, Int) {
        let server = SignalingServer(configuration: .init(host: "127.0.0.1", port: 0))
        let port = try await server.start()
        return (server, "ws://127.0.0.1:\(port)/ws", Int(port))
    }

    @Test("a call goes on without a break when its server is drained, and is negotiated at the next one")
    func drained() async throws {
        let (old, oldURL, _) = try await server()
        let (new, newURL, _) = try await server()
        let call = try Call([oldURL, oldURL])
        let chat = try await call.connections[0].createDataChannel("chat")
        try await chat.opened()
        await old.drain(reconnect: newURL, within: .seconds(30))
        #expect(chat.readyState == .open && call.connections[0].connectionState == .connected)
        try await call.negotiateAgain()
        #expect(chat.readyState == .open)
        await call.end()
        await new.stop()
    }

    @Test("a negotiation goes on where it was when the way to the server is cut in its midst, noticed or not")
    func cut() async throws {
        for isNoticed in [true, false] {
            let (server, url, port) = try await server()
            let proxy = try await TestProxy(to: port)
            let call = try Call(["ws://127.0.0.1:\(proxy.port)/ws", url])
            try await waitUntil { !call.rooms[0].peers.isEmpty }
            // What is sent goes nowhere, and what is answered does not come.
            await proxy.block(forNewcomers: false)
            let chat = try await call.connections[0].createDataChannel("chat")
            if isNoticed { await proxy.breakAll() }
            try await chat.opened()
            await proxy.block(forNewcomers: false)
            try await call.negotiateAgain()
            #expect(chat.readyState == .open)
            await call.end()
            await proxy.close()
            await server.stop()
        }
    }
}
