import StrictJSON
import Synchronization
import Testing
import WebRTC

@testable import Gateway

@Suite("requests", .timeLimit(.minutes(1)))
struct RPCTests {
    private func code(_ reply: JSONValue) -> String? { reply["error"]?["code"]?.text }

    @Test("every request has an answer, whatever is wrong with it")
    func errors() async throws {
        try await TestGateway.run { server in
            let client = try await TestClient.connect(to: server, peerID: "A")
            for (request, expected) in [
                ("{", "malformed"), ("[]", "malformed"), (#"{"id":"1"}"#, "malformed"),
                (#"{"id":{},"action":"echo"}"#, "malformed"), (#"{"id":"1","action":"nothing"}"#, "unknown-action"),
                (#"{"id":"1","action":"fail"}"#, "internal"), (#"{"id":"1","action":"refuse"}"#, "busy"),
                (#"{"id":"1","action":"count","to":"x"}"#, "malformed"),
            ] {
                try await client.send(request)
                #expect(code(try await client.next()) == expected, "\(request)")
            }
            try await client.send(#"{"id":"big","action":"echo","text":"\#(String(repeating: "x", count: 1 << 20))"}"#)
            let large = try await client.next()
            #expect(code(large) == "too-large" && large["id"] == .string("big"))
            try await client.send(#"{"id":1,"action":"system_info"}"#)
            #expect(try await client.next()["result"]?["platform"] == .string("linux"))
        }
    }

    @Test("parts come in their order with their numbers, and an end")
    func parts() async throws {
        try await TestGateway.run { server in
            let client = try await TestClient.connect(to: server, peerID: "A")
            try await client.send(#"{"id":1,"action":"count","to":3}"#)
            for number in 0..<3 {
                #expect(
                    try await client.next()
                        == .object(["id": .number("1"), "part": .number(number), "result": .number(number)]))
            }
            #expect(try await client.next() == .object(["id": .number("1"), "done": .bool(true)]))
        }
    }

    @Test("answers come when they are ready, not in the order of their requests")
    func order() async throws {
        let (gate, open) = AsyncStream.makeStream(of: Void.self)
        let handler: Gateway.Handler = { request in
            if request.action == "slow" { for await _ in gate { break } }
            return try .value(request.action)
        }
        try await TestGateway.run(handler: handler) { server in
            let client = try await TestClient.connect(to: server, peerID: "A")
            try await client.send(#"{"id":1,"action":"slow"}"#)
            try await client.send(#"{"id":2,"action":"fast"}"#)
            #expect(try await client.next()["id"] == .number("2"))
            open.yield()
            #expect(try await client.next()["id"] == .number("1"))
        }
    }

    @Test("no more requests than the bound are worked on at once")
    func width() async throws {
        let counts = Mutex((now: 0, most: 0))
        let (entries, entry) = AsyncStream.makeStream(of: Void.self)
        let (gate, open) = AsyncStream.makeStream(of: Void.self)
        let handler: Gateway.Handler = { request in
            counts.withLock { counts in
                counts.now += 1
                counts.most = max(counts.most, counts.now)
            }
            entry.yield()
            for await _ in gate { break }
            counts.withLock { $0.now -= 1 }
            return try .value(1)
        }
        try await TestGateway.run(.init(sessions: .init(requestsPerSession: 4)), handler: handler) { server in
            let client = try await TestClient.connect(to: server, peerID: "A")
            for id in 0..<12 { try await client.send(#"{"id":\#(id),"action":"x"}"#) }
            var seen = 0
            for await _ in entries {
                seen += 1
                if seen == 4 { break }
            }
            for _ in 0..<12 { open.yield() }
            var ids: Set<JSONValue?> = []
            for _ in 0..<12 { ids.insert(try await client.next()["id"]) }
            #expect(ids.count == 12)
            #expect(counts.withLock { $0.most } <= 4)
        }
    }

    @Test("when the session ends its handlers are cancelled")
    func cancelled() async throws {
        let (events, event) = AsyncStream.makeStream(of: String.self)
        let handler: Gateway.Handler = { _ in
            event.yield("begun")
            let forever = AsyncStream<Void> { _ in }
            for await _ in forever {}
            event.yield(Task.isCancelled ? "cancelled" : "ended")
            return try .value(1)
        }
        try await TestGateway.run(handler: handler) { server in
            let client = try await TestClient.connect(to: server, peerID: "A")
            try await client.send(#"{"action":"x"}"#)
            var heard = events.makeAsyncIterator()
            #expect(await heard.next() == "begun")
            client.connection.close()
            #expect(await heard.next() == "cancelled")
        }
    }

    @Test("the same handler answers over HTTP")
    func http() async throws {
        try await TestGateway.run { server in
            let value = try await server.post("/v1/rpc", #"{"id":1,"action":"echo","text":"hi"}"#)
            #expect(value.status == 200 && value.text == #"{"id":1,"result":"hi"}"#)
            let parts = try await server.post("/v1/rpc", #"{"id":1,"action":"count","to":2}"#)
            #expect(parts.headers["content-type"] == "application/x-ndjson")
            #expect(
                parts.text
                    == #"{"id":1,"part":0,"result":0}"# + "\n" + #"{"id":1,"part":1,"result":1}"# + "\n"
                    + #"{"done":true,"id":1}"# + "\n")
            for (body, status) in [
                ("{", 400), (#"{"action":"nothing"}"#, 404), (#"{"action":"fail"}"#, 500),
                (#"{"action":"refuse"}"#, 422),
            ] { #expect(try await server.post("/v1/rpc", body).status == status) }
            let large = #"{"action":"echo","text":"\#(String(repeating: "x", count: 1 << 20))"}"#
            #expect(try await server.post("/v1/rpc", large).status == 413)
        }
    }

    @Test("a mode leaves out what it does not serve", arguments: GatewayConfiguration.Mode.allCases)
    func modes(mode: GatewayConfiguration.Mode) async throws {
        try await TestGateway.run(.init(mode: mode)) { server in
            let http = try await server.post("/v1/rpc", #"{"action":"system_info"}"#).status
            let session = try await server.post("/v1/webrtc/offer", #"{"peer_id":"A"}"#).status
            #expect(http == (mode == .webrtc ? 404 : 200) && session == (mode == .http ? 404 : 200))
        }
    }
}
