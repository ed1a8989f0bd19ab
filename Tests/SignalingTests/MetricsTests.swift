import Metrics
import MetricsTestKit
import NIOCore
import NIOEmbedded
import TestSupport
import Testing

@testable import Signaling

@Suite("the metrics of a server", .timeLimit(.minutes(1)))
struct MetricsTests {
    private let ann = CoreDriver.ann
    private let bob = CoreDriver.bob
    private let metrics = TestMetrics()

    private func count(_ name: String, _ label: (String, String)? = nil) -> Int64 {
        metrics.counterTotal(label: "signaling_\(name)_total", dimensions: label.map { [$0] } ?? [])
    }

    private func gauge(_ name: String, _ label: (String, String)? = nil) throws -> Double? {
        try metrics.expectMeter("signaling_\(name)", label.map { [$0] } ?? []).lastValue
    }

    private func times() throws -> [Int64] { try metrics.expectTimer("signaling_relay_seconds").values }

    private func driver(_ limits: SignalingLimits = .init()) -> HubDriver {
        let driver = HubDriver(limits, metrics: metrics)
        driver.hub.startTicking()
        return driver
    }

    @Test("sockets, rooms and calls are told a few times in each heartbeat interval, and none of them at the end")
    func gauges() throws {
        let driver = driver()
        #expect(try gauge("sockets", ("state", "open")) == 0)
        let (first, second) = (try driver.socket(as: ann), try driver.socket())
        _ = try driver.socket()
        try second.send(#"{"type":"join","peerId":"A","room":"r"}"#)
        #expect(try gauge("sockets", ("state", "open")) == 0)
        driver.loop.advanceTime(by: .seconds(2))
        #expect(try gauge("sockets", ("state", "open")) == 3)
        #expect(try gauge("sockets", ("state", "registered")) == 2)
        #expect(try gauge("rooms") == 1 && gauge("calls") == 0)
        try second.channel.close().wait()
        driver.loop.advanceTime(by: .seconds(2))
        #expect(try gauge("rooms") == 0 && gauge("sockets", ("state", "open")) == 2)
        #expect(first.channel.isActive)
        _ = driver.hub.stop()
        #expect(try gauge("sockets", ("state", "open")) == 0 && gauge("sockets", ("state", "registered")) == 0)
        withExtendedLifetime(driver) {}
    }

    @Test("calls that ring count; a server without calls or rooms tells nothing of them")
    func calls() throws {
        var core = SignalingServerCore()
        for (socket, user) in [(1, "ann"), (2, "bob")] as [(UInt64, String)] {
            _ = core.connected(socket, identity: TokenIdentity(subject: user), now: .zero)
        }
        let offer = #"{"type":"call-offer","recipientId":"bob","callId":"c"}"#
        _ = core.received(Array(offer.utf8), from: 1, now: .zero)
        let all = ServerMetrics(factory: metrics, dialects: core.dialects)
        all.tell(sockets: 2, core)
        #expect(try gauge("calls") == 1 && gauge("rooms") == 0)
        let none = TestMetrics()
        let few = ServerMetrics(factory: none, dialects: [MeshDialect()])
        #expect(none.meters.map(\.label) == ["signaling_sockets", "signaling_sockets"])
        withExtendedLifetime((all, few)) {}
    }

    @Test("messages that come and that are relayed, and the bytes of their frames, are counted")
    func messages() throws {
        let driver = driver()
        let (first, _) = (try driver.socket(as: ann), try driver.socket(as: bob))
        for _ in 0..<3 { try first.offer(to: bob, size: 1000) }
        try first.send(FrameCase.Frame(opcode: 2, payload: [1]))
        try first.send(FrameCase.Frame(opcode: 9, payload: [1]))
        driver.loop.advanceTime(by: .seconds(2))
        #expect(count("messages_received") == 6 && count("messages_relayed") == 3)
        #expect((3000..<4500).contains(count("bytes_received")))
        #expect((3000..<5500).contains(count("bytes_sent")))
        let before = count("bytes_sent")
        driver.loop.advanceTime(by: .seconds(2))
        #expect(count("messages_received") == 6, "what was told is not told again")
        #expect(count("bytes_sent") <= before + 8)
    }

    @Test("refusals are counted by code, those of an application as others, whatever strangers send")
    func refusals() throws {
        let driver = driver()
        let socket = try driver.socket()
        try socket.send("no JSON")
        try socket.send(#"{"type":"made up"}"#)
        let known = try driver.socket(as: ann)
        try known.offer(to: bob)
        let late = try driver.socket()
        for _ in 0..<12 {
            driver.loop.advanceTime(by: .seconds(1))
            for other in [socket, known] { try other.send(FrameCase.Frame(opcode: 9)) }
            if late.channel.isActive { try late.send(FrameCase.Frame(opcode: 9)) }
        }
        #expect(count("messages_refused", ("code", "malformed")) == 1)
        #expect(count("messages_refused", ("code", "unknown-type")) == 1)
        #expect(count("messages_refused", ("code", "unknown-peer")) == 1)
        #expect(count("messages_refused", ("code", "not-registered")) == 2, "those who were too late")
        var tally = RefusalTally()
        for code in ["full", "of-an-application", "of-another"] { tally.count(code) }
        #expect(tally.counts.last == 2 && tally.counts.reduce(0, +) == 3)
    }

    @Test("close codes are counted, those that are made up as others")
    func closings() throws {
        let driver = driver()
        for payload in [[0x03, 0xE8], [0x0F, 0xA0], [0x0F, 0xA1], []] as [[UInt8]] {
            try driver.socket().send(FrameCase.Frame(opcode: 8, payload: payload))
        }
        try driver.socket().send(FrameCase.Frame(opcode: 3))
        let broken = try driver.socket()
        try broken.channel.close().wait()
        _ = try driver.socket(as: ann)
        _ = driver.hub.stop()
        let counts = ["1000", "1001", "1002", "1005", "1006", "other"].map { count("sockets_closed", ("code", $0)) }
        #expect(counts == [1, 1, 1, 1, 1, 2])
        withExtendedLifetime(driver) {}
    }

    @Test("connections without a place, and those that have to go, are counted by why")
    func evictions() throws {
        let driver = driver(.init(outbox: 2, sockets: 2))
        _ = try driver.socket()
        let (first, second) = (try driver.socket(as: ann), try driver.socket(as: bob))
        #expect(throws: HubDriver.Refused.self) { try driver.connection() }
        second.read(false)
        for _ in 0..<3 { try first.offer(to: bob) }
        driver.loop.advanceTime(by: .seconds(2))
        #expect(count("connections_evicted", ("reason", "place")) == 1)
        #expect(count("connections_evicted", ("reason", "slow")) == 1)
        #expect(count("connections_refused", ("reason", "full")) == 1)
        #expect(count("sockets_closed", ("code", "1013")) == 2)
    }

    @Test("one message in 64 is timed, from when it comes to when its recipient's channel takes it")
    func latency() throws {
        let driver = driver()
        let (first, second) = (try driver.socket(as: ann), try driver.socket(as: bob))
        second.read(false)
        try first.offer(to: bob)
        #expect(metrics.timers.first?.values == [], "it is not taken yet")
        driver.loop.advanceTime(by: .milliseconds(300))
        second.read(true)
        #expect(try times() == [300_000_000])
        for _ in 0..<(2 * ServerMetrics.sampling) { try first.offer(to: bob) }
        #expect(try times() == [300_000_000, 0, 0])
    }

    @Test("requests that are refused are counted by why, and what a request says is in no label")
    func requests() async throws {
        let server = SignalingServer(
            configuration: .init(
                host: "127.0.0.1", port: 0, tokens: NamedTokens(), limits: .init(heartbeatInterval: .milliseconds(400)),
                metrics: metrics))
        let port = try await server.start()
        for request in [
            RawPeer.request(["Host": "STRANGE.example"]), RawPeer.request(["Origin": "https://STRANGE.example"]),
            RawPeer.request(line: "GET /?token=STRANGE HTTP/1.1"), RawPeer.request(line: "GET /STRANGE HTTP/1.1"),
            "GET /ready HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n",
        ] {
            var peer = try await RawPeer.connect(port: port)
            try await peer.send(request)
            _ = await peer.rest()
        }
        let peer = try await RawPeer.open(port: port)
        let message = #"{"type":"STRANGE"}"#
        try await peer.send(FrameCase.Frame(opcode: 1, payload: Array(message.utf8)).bytes(isMasked: true))
        // They are told within a quarter of a heartbeat interval, and are there as long as the server.
        try await waitUntil { count("messages_refused", ("code", "unknown-type")) >= 1 }
        for reason in ["host", "origin", "token", "request"] {
            #expect(count("connections_refused", ("reason", reason)) == 1, "\(reason)")
        }
        #expect(count("connections_refused", ("reason", "full")) == 0)
        let labels =
            metrics.counters.map { "\($0.label) \($0.dimensions)" }
            + metrics.meters.map { "\($0.label) \($0.dimensions)" }
        #expect(!labels.contains { $0.lowercased().contains("strange") })
        #expect(labels.count == Set(labels).count && labels.count < 60, "each was made once: \(labels.count)")
        await peer.close()
        await server.stop()
    }
}
