import NIOEmbedded
import NIOHTTP1
import Testing

@testable import Signaling

@Suite("health and readiness, as a load balancer asks for them", .timeLimit(.minutes(1)))
struct HealthTests {
    private let ann = CoreDriver.ann

    /// The whole response to a request without a WebSocket.
    private func ask(_ port: UInt16, _ line: String, also more: [String] = []) async throws -> String {
        var peer = try await RawPeer.connect(port: port)
        let lines = [line, "host: 127.0.0.1"] + more + ["", ""]
        try await peer.send(lines.joined(separator: "\r\n"))
        return await peer.rest()
    }

    private func status(_ response: String) -> Int { Int(response.dropFirst(9).prefix(3)) ?? 0 }

    private func withServer(
        _ limits: SignalingLimits = .init(), _ body: (SignalingServer, UInt16) async throws -> Void
    ) async throws {
        let server = SignalingServer(configuration: .init(host: "127.0.0.1", port: 0, limits: limits))
        try await body(server, try await server.start())
        await server.stop()
    }

    @Test("a server that runs is healthy and ready, says so in JSON that nobody keeps, and closes")
    func good() async throws {
        try await withServer { _, port in
            for path in ["/health", "/ready", "/ready?x=1"] {
                let response = try await ask(port, "GET \(path) HTTP/1.1")
                #expect(status(response) == 200)
                #expect(response.hasSuffix("\r\n\r\n{\"status\":\"ok\"}\n"))
                for field in ["cache-control: no-store", "content-type: application/json", "connection: close"] {
                    #expect(response.contains("\r\n\(field)\r\n"), "\(response)")
                }
                #expect(!response.contains("retry-after"))
            }
        }
    }

    @Test("HEAD has the head alone, other methods are refused")
    func methods() async throws {
        try await withServer { _, port in
            let head = try await ask(port, "HEAD /ready HTTP/1.1")
            #expect(status(head) == 200 && head.hasSuffix("\r\n\r\n"))
            #expect(head.contains("\r\ncontent-length: 16\r\n"))
            let post = try await ask(port, "POST /ready HTTP/1.1", also: ["content-length: 0"])
            #expect(status(post) == 405 && post.contains("\r\nallow: GET, HEAD\r\n"))
        }
    }

    @Test("no origin is asked for, but the server has to be meant")
    func access() async throws {
        try await withServer { _, port in
            let page = try await ask(port, "GET /health HTTP/1.1", also: ["origin: https://evil.example"])
            #expect(status(page) == 200)
            #expect(status(try await ask(port, "GET http://evil.example/health HTTP/1.1")) == 421)
            #expect(status(try await ask(port, "GET /healthy HTTP/1.1")) == 404)
        }
    }

    @Test("a server with no place for a socket is healthy and not ready, and is ready when somebody has gone")
    func full() async throws {
        try await withServer(.init(sockets: 1)) { server, port in
            let client = try await SignalingClient.connect(to: "ws://127.0.0.1:\(port)")
            try await client.register(Registration(peerID: ann, peerType: .display, displayName: "x"))
            var messages = client.messages.makeAsyncIterator()
            _ = try await messages.next()
            #expect(status(try await ask(port, "GET /health HTTP/1.1")) == 200)
            let response = try await ask(port, "GET /ready HTTP/1.1")
            #expect(status(response) == 503 && response.hasSuffix("{\"status\":\"full\"}\n"))
            #expect(response.contains("\r\nretry-after: 5\r\n") && response.contains("\r\ncache-control: no-store\r\n"))
            // Who wants a socket is told the same, in place of a connection that just ends.
            var other = try await RawPeer.connect(port: port)
            try await other.send(RawPeer.request())
            let head = try await other.head()
            #expect(status(head) == 503 && head.contains("\r\nretry-after: 5\r\n"))
            #expect(await server.peers().count == 1, "nobody had to go for them")
            await client.close()
            while !(await server.peers().isEmpty) {}
            var again = try await ask(port, "GET /ready HTTP/1.1")
            // The connection itself may be there a moment longer.
            while status(again) == 503 { again = try await ask(port, "GET /ready HTTP/1.1") }
            #expect(status(again) == 200)
        }
    }

    @Test("what is asked takes no place: a server of one socket answers again and again, and then takes one")
    func places() async throws {
        try await withServer(.init(sockets: 1)) { _, port in
            for _ in 0..<5 { #expect(status(try await ask(port, "GET /ready HTTP/1.1")) == 200) }
            let peer = try await RawPeer.open(port: port)
            await peer.close()
        }
    }

    @Test("not ready before all is begun nor while the server drains; then no sockets are taken")
    func phases() {
        #expect(Readiness.starting.answer(to: .ready, .GET).status == .serviceUnavailable)
        #expect(Readiness.draining.answer(to: .ready, .GET).text == #"{"status":"draining"}"#)
        #expect(Readiness.draining.answer(to: .health, .GET).status == .ok)
        #expect(Readiness.draining.refusal?.status == .serviceUnavailable)
        #expect(Readiness.starting.refusal == nil && Readiness.ready.refusal == nil)
    }

    @Test("of connections without a place the newest have a moment each, and none is left when the server stops")
    func guests() throws {
        let driver = HubDriver(.init(sockets: 1))
        _ = try driver.socket(as: ann)
        let channels = try (0..<20).map { _ in try driver.guest() }
        #expect(driver.hub.guests.count == Guests.most)
        #expect(channels.map(\.isActive) == (0..<20).map { $0 >= 20 - Guests.most })
        _ = driver.hub.stop()
        #expect(driver.hub.guests.count == 0 && driver.hub.readiness == .draining)
        #expect(!channels.contains { $0.isActive })
        #expect(throws: HubDriver.Refused.self) { try driver.guest() }
    }
}
