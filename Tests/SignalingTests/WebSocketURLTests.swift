import TestSupport
import Testing

@testable import Signaling

@Suite("WebSocket URLs and waits")
struct WebSocketURLTests {
    @Test(
        "host, port and target are found",
        arguments: [
            ("ws://host", "host", 80, "/"), ("ws://host:3010", "host", 3010, "/"),
            ("WS://h:1/ws?a=b", "h", 1, "/ws?a=b"),
            ("ws://h?x", "h", 80, "/?x"), ("ws://[::1]:3010/ws", "::1", 3010, "/ws"), ("wss://h/", "h", 443, "/"),
            ("ws://[fe80::1%eth0]:9", "fe80::1%eth0", 9, "/"), ("ws://127.0.0.1:65535", "127.0.0.1", 65535, "/"),
            ("WSS://h:80", "h", 80, "/"), ("wss://[::1]/ws", "::1", 443, "/ws"),
        ])
    func parts(text: String, host: String, port: Int, target: String) throws {
        let url = try WebSocketURL(text)
        #expect(url.host == host && url.port == port && url.target == target)
    }

    @Test("the Host header has brackets, no zone, and no port that goes without saying")
    func hostHeader() throws {
        #expect(try WebSocketURL("ws://[fe80::1%eth0]:9").hostHeader == "[fe80::1]:9")
        #expect(try WebSocketURL("ws://h:9").hostHeader == "h:9")
        #expect(try WebSocketURL("ws://h:80").hostHeader == "h" && WebSocketURL("ws://[::1]").hostHeader == "[::1]")
        #expect(try WebSocketURL("wss://h").hostHeader == "h" && WebSocketURL("wss://[::1]:443").hostHeader == "[::1]")
        #expect(try WebSocketURL("wss://h:80").hostHeader == "h:80" && WebSocketURL("ws://h:443").hostHeader == "h:443")
    }

    @Test(
        "what is no WebSocket URL is refused",
        arguments: [
            "", "ws:", "ws://", "http://h", "ws://:80", "ws://h:0", "ws://h:65536", "ws://h:x", "ws://h:", "ws://[::1",
            "ws://[::1]x",
            "ws://u:p@h", "ws://h/#a", "ws://h/\r\nX: y", "ws://h /", "ws://ü", "ws://[]",
        ])
    func refused(text: String) {
        let error = #expect(throws: SignalingError.self) { try WebSocketURL(text) }
        #expect(error?.code == .invalidURL)
    }

    @Test("waits double up to the limit, half of each is random")
    func backoff() {
        var generator = SeededGenerator(seed: 1)
        let backoff = Backoff(initial: .seconds(1), maximum: .seconds(8))
        for (attempt, step) in [(1, 1), (2, 2), (3, 4), (4, 8), (5, 8), (1_000_000, 8)] {
            let delay = backoff.delay(beforeAttempt: attempt, using: &generator)
            #expect(delay >= .seconds(step) / 2 && delay <= .seconds(step))
        }
    }
}
