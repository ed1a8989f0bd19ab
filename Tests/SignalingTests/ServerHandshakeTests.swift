import Testing

@testable import Signaling

@Suite("a client's opening handshake to the server (RFC 6455 §4.2)", .timeLimit(.minutes(1)))
struct ServerHandshakeTests {
    private func head(
        _ request: String, configuration: SignalingServerConfiguration = .init(host: "127.0.0.1", port: 0)
    ) async throws -> String {
        let server = SignalingServer(configuration: configuration)
        var peer = try await RawPeer.connect(port: try await server.start())
        try await peer.send(request)
        let head = try await peer.head()
        await peer.close()
        await server.stop()
        return head.lowercased()
    }

    private func status(_ head: String) -> Int { Int(head.dropFirst(9).prefix(3)) ?? 0 }

    @Test("a good handshake is answered with 101, its accept value, and nothing that was not asked for")
    func good() async throws {
        let head = try await head(RawPeer.request(also: ["Sec-WebSocket-Extensions: permessage-deflate"]))
        #expect(head.hasPrefix("http/1.1 101 "))
        #expect(head.contains("\r\nsec-websocket-accept: s3pplmbitxaq9kygzzhzrbk+xoo=\r\n"))
        #expect(head.contains("\r\nupgrade: websocket\r\n") && head.contains("\r\nconnection: upgrade\r\n"))
        #expect(!head.contains("sec-websocket-extensions") && !head.contains("sec-websocket-protocol"))
    }

    private static let goodRequests: [String] = [
        RawPeer.request(["Upgrade": "WEBSOCKET"]), RawPeer.request(["Connection": "keep-alive, uPgRaDe"]),
        RawPeer.request(["Connection": "keep-alive"], also: ["connection: upgrade"]),
        RawPeer.request(["Upgrade": "h2c, websocket"]), RawPeer.request(line: "GET / HTTP/1.1"),
        RawPeer.request(line: "GET /ws?token=x HTTP/1.1"),
        RawPeer.request(line: "GET http://127.0.0.1:9/ws HTTP/1.1"), RawPeer.request(["Host": "localhost:1234"]),
    ]

    @Test(
        "tokens and names are read without case, among others, and the request may name the whole URL",
        arguments: goodRequests)
    func spelling(request: String) async throws {
        #expect(status(try await head(request)) == 101)
    }

    private struct Bad: Sendable {
        let status: Int
        let request: String

        init(_ status: Int, line: String = "GET /ws HTTP/1.1", _ headers: [String: String?] = [:], also: [String] = [])
        {
            self.status = status
            request = RawPeer.request(line: line, headers, also: also)
        }
    }

    private static let badRequests: [Bad] = [
        Bad(426, ["Sec-WebSocket-Version": "8"]),
        // Dear to compare.
        Bad(400, also: ["Origin: http://e" + String(repeating: "\u{301}\u{323}", count: 100)]),
        Bad(400, ["Upgrade": "e" + String(repeating: "\u{301}\u{323}", count: 100)]),
        Bad(426, ["Sec-WebSocket-Version": nil]),
        Bad(426, ["Sec-WebSocket-Version": "13, 8"]),
        Bad(400, ["Sec-WebSocket-Key": nil]),
        Bad(400, ["Sec-WebSocket-Key": "c2hvcnQ="]),
        Bad(400, ["Sec-WebSocket-Key": "not base64 at all!!!!!=="]),
        Bad(400, also: ["Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="]),
        Bad(400, ["Connection": nil]),
        Bad(400, ["Connection": "close"]),
        Bad(400, ["Host": nil]),
        Bad(400, also: ["Host: 127.0.0.1"]),
        Bad(421, ["Host": "evil.example"]),
        Bad(403, ["Origin": "https://evil.example"]),
        Bad(405, line: "POST /ws HTTP/1.1", also: ["Content-Length: 0"]),
        Bad(404, line: "GET /other HTTP/1.1"),
        Bad(426, line: "GET /ws HTTP/1.0"),
        Bad(426, ["Upgrade": nil]),
        Bad(426, ["Upgrade": "h2c"]),
    ]

    @Test("what is wrong is refused with the status that says so", arguments: badRequests)
    private func refused(bad: Bad) async throws {
        let head = try await head(bad.request)
        #expect(status(head) == bad.status, "\(head)")
        #expect(head.contains("connection: close"))
        if bad.status == 426 { #expect(head.contains("\r\nsec-websocket-version: 13\r\n")) }
    }

    @Test("the first subprotocol of the client's that the server speaks is chosen")
    func subprotocols() async throws {
        var configuration = SignalingServerConfiguration(host: "127.0.0.1", port: 0)
        configuration.subprotocols = ["mesh.v1", "mesh.v2"]
        let request = RawPeer.request(
            ["Sec-WebSocket-Protocol": "other, mesh.v2"], also: ["sec-websocket-protocol: mesh.v1"])
        #expect(
            try await head(request, configuration: configuration).contains("\r\nsec-websocket-protocol: mesh.v2\r\n"))
        let other = RawPeer.request(["Sec-WebSocket-Protocol": "other"])
        #expect(try await !head(other, configuration: configuration).contains("sec-websocket-protocol"))
        let server = SignalingServer(configuration: configuration)
        let port = try await server.start()
        let client = try await SignalingClient.connect(
            to: "ws://127.0.0.1:\(port)", configuration: .init(subprotocols: ["mesh.v2"]))
        #expect(client.subprotocol == "mesh.v2")
        await client.close()
        await server.stop()
    }

    @Test("origins and names that were allowed get in, on all addresses as on loopback")
    func allowed() async throws {
        var configuration = SignalingServerConfiguration(host: "127.0.0.1", port: 0)
        configuration.hostNames = ["Chat.example.org"]
        configuration.allowedOrigins = ["https://pages.example.org"]
        let good = RawPeer.request(["Host": "chat.example.org", "Origin": "https://pages.example.org"])
        #expect(status(try await head(good, configuration: configuration)) == 101)
        configuration.host = nil
        #expect(status(try await head(good, configuration: configuration)) == 101)
        let page = RawPeer.request(["Host": "127.0.0.1:3010", "Origin": "http://localhost:5173"])
        #expect(status(try await head(page, configuration: configuration)) == 403)
        configuration.host = "127.0.0.1"
        #expect(status(try await head(page, configuration: configuration)) == 101)
    }

    @Test("a head above the limit is refused, and one that does not end in time is closed")
    func endlessHeads() async throws {
        var configuration = SignalingServerConfiguration(host: "127.0.0.1", port: 0)
        let long = RawPeer.request(["X": String(repeating: "x", count: 20_000)])
        #expect(status(try await head(long, configuration: configuration)) == 400)
        let many = RawPeer.request(also: (0..<200).map { "X\($0): \(String(repeating: "x", count: 100))" })
        #expect(status(try await head(many, configuration: configuration)) == 400)
        configuration.limits.registrationTime = .milliseconds(100)
        let server = SignalingServer(configuration: configuration)
        var peer = try await RawPeer.connect(port: try await server.start())
        // On a machine with much to do the time may be over already.
        try? await peer.send("GET /ws HTTP/1.1\r\nHost: ")
        #expect(await peer.rest() == "")
        await server.stop()
    }
}
