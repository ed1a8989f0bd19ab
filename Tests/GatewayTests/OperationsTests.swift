import CoreMetrics
import Foundation
import InMemoryLogging
import Logging
import Mesh
import Metrics
import ServiceLifecycle
import Signaling
import StrictJSON
import TestSupport
import Testing
import WebRTC

@testable import Gateway

@Suite("what a server's operators see", .timeLimit(.minutes(1)))
struct OperationsTests {
    @Test("counters, gauges and histograms are written as Prometheus reads them")
    func exposition() {
        let metrics = PrometheusMetrics()
        Counter(label: "requests.total", dimensions: [("path", "/a\"b")], factory: metrics).increment(by: 2)
        Gauge(label: "places", factory: metrics).record(1.5)
        let timer = Metrics.Timer(label: "wait_seconds", factory: metrics)
        timer.recordMilliseconds(3)
        timer.recordSeconds(100)
        let lines = metrics.text.split(separator: "\n").map(String.init)
        #expect(lines.contains("# TYPE requests_total counter"))
        #expect(lines.contains(#"requests_total{path="/a\"b"} 2"#))
        #expect(lines.contains("# TYPE places gauge") && lines.contains("places 1.5"))
        #expect(lines.contains(#"wait_seconds_bucket{le="0.0025"} 0"#))
        #expect(lines.contains(#"wait_seconds_bucket{le="0.005"} 1"#))
        #expect(lines.contains(#"wait_seconds_bucket{le="+Inf"} 2"#))
        #expect(lines.contains("wait_seconds_sum 100.003") && lines.contains("wait_seconds_count 2"))
    }

    @Test("there are so many series and no more")
    func bound() {
        let metrics = PrometheusMetrics()
        for number in 0..<5000 {
            Counter(label: "c", dimensions: [("n", "\(number)")], factory: metrics).increment()
        }
        #expect(metrics.text.split(separator: "\n").count == 4097)
    }

    @Test("/metrics has the requests and sessions, and no id of either")
    func metrics() async throws {
        try await TestGateway.run { server in
            let offer = try await server.post("/v1/webrtc/offer", #"{"peer_id":"somebody"}"#)
            let id = offer.json["session_id"]?.text ?? "?"
            _ = try await server.send("GET", "/v1/webrtc/session/" + id)
            _ = try await server.post("/v1/rpc", #"{"action":"echo","text":"hi"}"#)
            let text = try await server.send("GET", "/metrics").text
            #expect(text.contains(#"gateway_sessions{state="active"} 1"#))
            #expect(text.contains(#"gateway_rpc_total{result="ok",transport="http"} 1"#))
            #expect(text.contains(#"path="/v1/webrtc/session/:id""#))
            #expect(!text.contains(id) && !text.contains("somebody"))
        }
    }

    @Test("/openapi.json has each path that is served, and no other")
    func described() async throws {
        let mesh = MeshConfiguration(displayName: "", signalingURL: "ws://127.0.0.1:1/ws")
        for (configuration, has, hasNot) in [
            (
                GatewayConfiguration(mesh: mesh), ["/whip/{stream}/{session}", "/api/mesh/start_peer"],
                ["/api/turn/credentials"]
            ),
            (
                GatewayConfiguration(mode: .http), ["/v1/rpc"],
                ["/whip/{stream}", "/v1/webrtc/offer", "/api/mesh/start_peer"]
            ),
        ] {
            try await TestGateway.run(configuration) { server in
                let document = try await server.send("GET", "/openapi.json").json
                for path in has { #expect(document["paths"]?[path] != nil, "\(path)") }
                for path in hasNot { #expect(document["paths"]?[path] == nil, "\(path)") }
                let served = Set(server.gateway.routes.map { OpenAPIDocument.named($0.path) })
                let apart: Set = ["/ws", "/openapi.json", "/api/mesh/events", "/api/streamers/events"]
                for path in served.subtracting(apart) { #expect(document["paths"]?[path] != nil, "\(path)") }
            }
        }
    }

    @Test("a token in a query stands in no log")
    func secrets() async throws {
        var logs = InMemoryLogHandler()
        logs.logLevel = .trace
        var configuration = GatewayConfiguration(tokens: NamedTokens())
        configuration.port = 0
        configuration.logger = Logger(label: "test") { [logs] _ in logs }
        let gateway = Gateway(configuration: configuration, handler: TestGateway.echo)
        let running = Task { try await gateway.run() }
        _ = await gateway.listening()
        let server = TestGateway(gateway: gateway, port: gateway.port ?? 0)
        #expect(try await server.send("GET", "/v1/webrtc/stats?token=hidden-secret").status == 401)
        #expect(
            try await server.send("GET", "/v1/none", headers: ["Authorization": "Bearer hidden-secret"]).status == 401)
        running.cancel()
        try? await running.value
        let text = logs.entries.map { "\($0.message) \($0.metadata)" }.joined(separator: "\n")
        #expect(!text.isEmpty && !text.contains("hidden-secret"))
    }

    @Test("a server that shuts down says so to those who ask, ends its sessions, and returns")
    func shutdown() async throws {
        let gateway = Gateway(
            configuration: .init(port: 0, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }),
            handler: TestGateway.echo)
        let group = ServiceGroup(services: [gateway], logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        async let end: Void = group.run()
        _ = await gateway.listening()
        let server = TestGateway(gateway: gateway, port: gateway.port ?? 0)
        #expect(try await server.send("GET", "/ready").json["status"] == .string("ok"))
        let client = try await TestClient.connect(to: server, peerID: "A")
        await group.triggerGracefulShutdown()
        _ = await client.connection.ended()
        try await end
        #expect(gateway.port == nil)
    }

    @Test("a request that is worked on has its answer before the session ends")
    func drained() async throws {
        let (entries, entry) = AsyncStream.makeStream(of: Void.self)
        let (gate, open) = AsyncStream.makeStream(of: Void.self)
        let handler: Gateway.Handler = { _ in
            entry.yield()
            for await _ in gate { break }
            return try .value("in time")
        }
        try await TestGateway.run(handler: handler) { server in
            let client = try await TestClient.connect(to: server, peerID: "A")
            try await client.send(#"{"id":1,"action":"x"}"#)
            for await _ in entries { break }
            async let drained: Void = server.gateway.drain()
            while try await server.send("GET", "/ready").status != 503 {}
            try await client.send(#"{"id":2,"action":"x"}"#)
            let refusal = try await client.next()
            #expect(refusal["error"]?["code"] == .string("server-draining") && refusal["id"] == .number("2"))
            open.yield()
            #expect(try await client.next()["result"] == .string("in time"))
            await drained
            #expect(try await server.post("/v1/webrtc/offer", #"{"peer_id":"A"}"#).code == "server-draining")
        }
    }

    @Test("pages have an ETag and a strict policy, and no path leads out of their folder")
    func pages() async throws {
        let folder = try TestFolder()
        for (name, text) in [("index.html", "<p>hi"), ("page.html", "<p>page"), ("a.js", "1"), (".secret.js", "2")] {
            _ = try folder.write(Array(text.utf8), to: name)
        }
        let index = try folder.write([], to: "key.pem")
        let root = URL(fileURLWithPath: index).deletingLastPathComponent()
        try await TestGateway.run(.init(pages: root)) { server in
            let page = try await server.send("GET", "/")
            #expect(page.text == "<p>hi" && page.headers["content-type"] == "text/html; charset=utf-8")
            #expect(page.headers["content-security-policy"]?.contains("default-src 'none'") == true)
            let head = try await server.send("HEAD", "/")
            #expect(head.text.isEmpty && head.headers["content-length"] == "5")
            #expect(page.headers["x-content-type-options"] == "nosniff")
            let tag = try #require(page.headers["etag"])
            #expect(try await server.send("GET", "/", headers: ["If-None-Match": tag]).status == 304)
            #expect(try await server.send("GET", "/page").text == "<p>page")
            #expect(try await server.send("GET", "/a.js").text == "1")
            for path in ["/.secret.js", "/key.pem", "/..%2f..%2fetc%2fpasswd", "/%2e%2e/key.pem", "//etc/passwd"] {
                #expect(try await server.send("GET", path).status == 404, "\(path)")
            }
        }
    }

    @Test("with a certificate it speaks TLS, and nothing else")
    func tls() async throws {
        let tls = try ServerTLS.selfMade(names: ["127.0.0.1"])
        try await TestGateway.run(.init(tls: tls)) { server in
            let (status, output) = try await TestProgram.run([
                "curl", "-sk", "https://127.0.0.1:\(server.port)/health",
            ])
            #expect(status == 0 && output == #"{"status":"ok"}"#)
            let plain = try await TestProgram.run(["curl", "-s", "http://127.0.0.1:\(server.port)/health"])
            #expect(plain.output != #"{"status":"ok"}"#)
        }
    }

    @Test("the example answers over a data channel, beside the application's own page")
    func embedded() async throws {
        let program = try LineProcess("embedded-server", LineProcess.product("embedded-server"), ["0"], isQuiet: true)
        let words = try await program.line("listening").text.split(separator: " ")
        let port = try #require(words.last.flatMap { Int($0) })
        let server = TestGateway(gateway: Gateway(handler: TestGateway.echo), port: port)
        #expect(try await server.send("GET", "/").text == "This is the application's own page.\n")
        let client = try await TestClient.connect(to: server, peerID: "A")
        try await client.send(#"{"id":1,"action":"greet","name":"Ann"}"#)
        #expect(try await client.next()["result"] == .string("hello Ann"))
        program.send(signal: SIGTERM)
        _ = await program.end()
    }
}
