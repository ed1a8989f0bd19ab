import Foundation
import JSEP
import Logging
import NIOCore
import NIOPosix
import ServiceLifecycle
import Signaling
import StrictJSON
import Testing

@testable import Gateway

/// Signaling on the gateway's port: what a signaling server of its own does, on connections that another server has
/// accepted on other event loops.
@Suite("sockets on the gateway's port", .timeLimit(.minutes(1)))
struct SocketTests {
    private struct Missing: Error {}

    private func room(_ server: TestGateway, _ id: String, _ configuration: SignalingClientConfiguration = .init())
        throws
        -> RoomClient
    {
        try RoomClient(
            url: "ws\(server.isSecure ? "s" : "")://127.0.0.1:\(server.port)/ws", id: id, configuration: configuration,
            backoff: .init(initial: .milliseconds(10), maximum: .milliseconds(50)))
    }

    /// Reads until an event meets the condition.
    private func first<Value>(_ client: RoomClient, _ pick: (RoomClient.Event) -> Value?) async throws -> Value {
        for await event in client.events {
            if let value = pick(event) { return value }
        }
        throw Missing()
    }

    private func list(_ client: RoomClient) async throws -> [String] {
        try await first(client) { if case .message(.peerList(let peers)) = $0 { peers } else { nil } }
    }

    /// Sends bytes on a connection of its own, and reads until the server closes it.
    private func exchange(_ port: Int, _ text: String) async throws -> String {
        try await exchange(port, Array(text.utf8))
    }

    private func exchange(_ port: Int, _ bytes: [UInt8]) async throws -> String {
        let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .connect(host: "127.0.0.1", port: port) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try NIOAsyncChannel<ByteBuffer, ByteBuffer>(wrappingChannelSynchronously: channel)
                }
            }
        return try await channel.executeThenClose { inbound, outbound in
            try await outbound.write(ByteBuffer(bytes: bytes))
            var answer = ""
            for try await part in inbound { answer += String(buffer: part) }
            return answer
        }
    }

    private func upgrade(_ path: String, _ more: String = "") -> String {
        "GET \(path) HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
            + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\(more)\r\n"
    }

    @Test("two in a room exchange a thousand messages in order, beside HTTP on the same port")
    func room() async throws {
        try await TestGateway.run { server in
            let ann = try room(server, "ann")
            #expect(try await list(ann) == [])
            let bob = try room(server, "bob")
            #expect(try await list(bob) == ["ann"])
            // As many at once as a client keeps for a reader.
            for round in 0..<20 {
                for number in 0..<50 {
                    try await ann.send(.offer(from: nil, to: "bob", sdp: "\(round) \(number)"))
                }
                for number in 0..<50 {
                    let heard = try await first(bob) { event -> String? in
                        if case .message(.offer("ann", "bob", let sdp)) = event { sdp } else { nil }
                    }
                    try #require(heard == "\(round) \(number)")
                }
            }
            #expect(try await server.send("GET", "/health").status == 200)
            #expect(try await server.send("GET", "/metrics").text.contains("signaling_sockets"))
            await bob.close()
            let gone = try await first(ann) { if case .message(.peerLeft(let peer)) = $0 { peer } else { nil } }
            #expect(gone == "bob")
            await ann.close()
        }
    }

    @Test("over TLS with a certificate of its own, whose fingerprint is pinned")
    func tls() async throws {
        let tls = try ServerTLS.selfMade(names: ["127.0.0.1"])
        let fingerprint = try #require(tls.fingerprint)
        try await TestGateway.run(.init(tls: tls)) { server in
            let ann = try room(server, "ann", .init(tls: .pinned([fingerprint])))
            #expect(try await list(ann) == [])
            await ann.close()
        }
    }

    @Test("who is refused a socket is told why, and the connection ends")
    func refusals() async throws {
        var configuration = GatewayConfiguration(tokens: NamedTokens())
        configuration.signaling?.limits.sockets = 1
        configuration.signaling?.limits.socketsPerAddress = 1
        try await TestGateway.run(configuration) { server in
            let evil = try await exchange(server.port, upgrade("/ws", "Origin: https://evil.example\r\n"))
            #expect(evil.hasPrefix("HTTP/1.1 403 ") && evil.contains("evil.example"))
            let token = try await exchange(server.port, upgrade("/ws?token=nobody"))
            #expect(token.hasPrefix("HTTP/1.1 401 ") && token.contains("The token is refused"))
            let place = try await exchange(server.port, upgrade("/v1/rpc"))
            #expect(place.hasPrefix("HTTP/1.1 404 "))
            let version = try await exchange(
                server.port, upgrade("/ws").replacingOccurrences(of: "Version: 13", with: "Version: 8"))
            #expect(version.hasPrefix("HTTP/1.1 426 "))
            let plain = try await server.send("GET", "/ws")
            #expect(plain.status == 426 && plain.code == "upgrade-required")
            // The places of those who were refused are free again.
            let ann = try room(server, "ann")
            #expect(try await list(ann) == [])
            let full = try await exchange(server.port, upgrade("/ws"))
            #expect(full.hasPrefix("HTTP/1.1 503 ") && full.lowercased().contains("retry-after"))
            await ann.close()
        }
    }

    @Test("what comes right behind the request for a socket is the socket's")
    func early() async throws {
        try await TestGateway.run { server in
            let text = Array(#"{"type":"join","peerId":"ann"}"#.utf8)
            let frames =
                [0x81, 0x80 | UInt8(text.count), 0, 0, 0, 0] + text + [0x88, 0x82, 0, 0, 0, 0, 0x03, 0xE8]
            let answer = try await exchange(server.port, Array(upgrade("/ws").utf8) + frames)
            #expect(answer.hasPrefix("HTTP/1.1 101 ") && answer.contains("peer-list"))
        }
    }

    @Test("a request that asks for another protocol, or has a body, is answered like any other")
    func otherProtocols() async throws {
        try await TestGateway.run { server in
            let body = #"{"action":"echo","text":"hi"}"#
            let h2c = try await exchange(
                server.port,
                "POST /v1/rpc HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade, HTTP2-Settings\r\n"
                    + "Upgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\nContent-Type: application/json\r\n"
                    + "Content-Length: \(body.utf8.count)\r\n\r\n\(body)")
            #expect(h2c.hasPrefix("HTTP/1.1 200 ") && h2c.contains("hi"))
            let socket = upgrade("/ws", "Content-Length: 5\r\n") + "hello"
            let post = try await exchange(server.port, socket.replacingOccurrences(of: "GET", with: "POST"))
            #expect(post.hasPrefix("HTTP/1.1 405 ") || post.hasPrefix("HTTP/1.1 400 "))
        }
    }

    @Test("off loopback a room needs a token, or to be opened")
    func rooms() async throws {
        for (open, token, isIn) in [([], nil, false), ([], "ann:call", true), ([RouteClass.rooms], nil, true)] {
            try await TestGateway.run(.init(host: "0.0.0.0", open: Set(open), tokens: NamedTokens())) { server in
                var configuration = SignalingClientConfiguration()
                if let token { configuration.token = { token } }
                let ann = try room(server, "ann", configuration)
                let wasLetIn = try await first(ann) { event -> Bool? in
                    switch event {
                    case .message(.peerList): true
                    case .message(.error(let error)): error.code == "unauthorized" ? false : nil
                    default: nil
                    }
                }
                #expect(wasLetIn == isIn)
                await ann.close()
            }
        }
    }

    @Test("two users call each other")
    func call() async throws {
        try await TestGateway.run(.init(tokens: NamedTokens())) { server in
            let url = "ws://127.0.0.1:\(server.port)/ws"
            let ann = try CallClient(url: url) { "ann:call" }
            let bob = try CallClient(url: url) { "bob:call" }
            for client in [ann, bob] {
                for await event in client.events {
                    if case .connected = event { break }
                }
            }
            let call = ann.call("bob")
            try await call.channel.send(.description(SessionDescription(type: .offer, sdp: "o")))
            var incoming = bob.incoming.makeAsyncIterator()
            let ringing = try #require(await incoming.next())
            #expect(ringing.user == "ann")
            await ann.close()
            await bob.close()
        }
    }

    @Test("when the server goes, clients are told where they can, and HTTP is answered meanwhile")
    func draining() async throws {
        let gateway = Gateway(configuration: .init(port: 0, drainTime: .seconds(1))) { _ in try .value(1) }
        let running = Task { try await gateway.run() }
        let port = try #require(await gateway.listening())
        let server = TestGateway(gateway: gateway, port: port)
        let ann = try room(server, "ann")
        #expect(try await list(ann) == [])
        async let drained: Void = gateway.drain()
        // One that is there hears of it and goes; then nobody is left to wait for.
        _ = try await first(ann) { event -> Bool? in
            if case .disconnected = event { true } else { nil }
        }
        await ann.close()
        await drained
        #expect(try await server.send("GET", "/ready").status == 503)
        let late = try await exchange(port, upgrade("/ws"))
        #expect(late.hasPrefix("HTTP/1.1 503 "))
        running.cancel()
        try? await running.value
    }

    @Test("a request that never comes whole, and an answer that nobody reads, hold no end of the server up")
    func slow() async throws {
        let gateway = Gateway(configuration: .init(port: 0, drainTime: .milliseconds(200))) { _ in try .value(1) }
        let group = ServiceGroup(services: [gateway], logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        let running = Task { try await group.run() }
        let port = try #require(await gateway.listening())
        let bootstrap = ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton).channelOption(
            .autoRead, value: false)
        let slow = try await bootstrap.connect(host: "127.0.0.1", port: port).get()
        try await slow.writeAndFlush(
            ByteBuffer(string: "POST /v1/rpc HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 100\r\n\r\n{"))
        let deaf = try await bootstrap.connect(host: "127.0.0.1", port: port).get()
        let request = "GET /openapi.json HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
        deaf.writeAndFlush(ByteBuffer(string: String(repeating: request, count: 1000)), promise: nil)
        // The server has both.
        #expect(
            try await exchange(port, "GET /health HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n").contains(
                "ok"))
        await group.triggerGracefulShutdown()
        try await running.value
        try? await slow.close()
        try? await deaf.close()
    }

    @Test("one request has one Host, of an address without a zone, and HTTP/1.0 ends with its answer")
    func hosts() async throws {
        try await TestGateway.run { server in
            for (headers, status) in [
                ("Host: 127.0.0.1\r\nHost: evil.example", "400"), ("Host: 127.0.0.1%25x", "400"),
                ("Host: evil.example", "421"), ("Host: [::1]", "200"), ("Host: 127.0.0.1:1", "200"),
            ] {
                let answer = try await exchange(
                    server.port, "GET /ready HTTP/1.1\r\n\(headers)\r\nConnection: close\r\n\r\n")
                #expect(answer.hasPrefix("HTTP/1.1 \(status)"), "\(headers): \(answer)")
            }
            // It is read until the server closes.
            let old = try await exchange(server.port, "GET /ready HTTP/1.0\r\nHost: localhost\r\n\r\n")
            #expect(old.contains(" 200 "), "\(old)")
            let health = try await server.send("GET", "/health", headers: ["Origin": "https://evil.example"])
            #expect(health.status == 200 && health.headers["access-control-allow-origin"] == nil)
        }
    }

    @Test("one address reads the same events so many times")
    func readers() async throws {
        try await TestGateway.run(StreamerTests.configuration()) { server in
            let body = #"{"streamer_id":"s","settings":{"source":"tone"}}"#
            #expect(try await server.post("/api/streamers", body).status == 201)
            var readers: [EventReader] = []
            for _ in 0..<16 {
                var reader = try await EventReader("/api/streamers/events", port: server.port)
                _ = try await reader.next("streamer")
                readers.append(reader)
            }
            let late = try await server.send("GET", "/api/streamers/events")
            #expect(late.status == 429 && late.headers["retry-after"] != nil)
            for reader in readers { reader.close() }
        }
    }

    @Test("one address has so many connections, and no more")
    func crowd() async throws {
        try await TestGateway.run(.init(connectionsPerAddress: 2)) { server in
            let bootstrap = ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            var held: [any Channel] = []
            for _ in 0..<2 {
                let channel = try await bootstrap.connect(host: "127.0.0.1", port: server.port).get()
                try await channel.writeAndFlush(ByteBuffer(string: "GET /hea"))
                held.append(channel)
            }
            // Whoever has no place is closed at once.
            let late = try await bootstrap.connect(host: "127.0.0.1", port: server.port).get()
            try await late.closeFuture.get()
            for channel in held { try await channel.close() }
        }
    }

    @Test("a head with text that is dear to compare is refused at once, whichever request of a connection it is")
    func heads() async throws {
        try await TestGateway.run { server in
            let dear = String(repeating: "\u{0301}", count: 200)
            let refused = try await exchange(
                server.port, "GET /health HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: a\(dear)\r\n\r\n")
            #expect(refused.hasPrefix("HTTP/1.1 400 "))
            let second = try await exchange(
                server.port,
                "GET /health HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\nGET /health HTTP/1.1\r\nHost: a\(dear)\r\n\r\n")
            #expect(second.components(separatedBy: "HTTP/1.1 400").count == 2)
            let none = try await exchange(server.port, "GET / no HTTP\r\n\r\n")
            #expect(none.hasPrefix("HTTP/1.1 400 "))
        }
    }
}
