import Testing

@testable import Gateway

@Suite("whose request it is behind proxies")
struct ProxyTests {
    private let proxies = TrustedProxies(["10.0.0.0/9", "fd00::/8", "192.0.2.7"])

    @Test(
        "the last address that is no trusted proxy's counts, where the connection comes from one",
        arguments: [
            ("198.51.100.1", ["203.0.113.5"], "198.51.100.1"),
            ("10.0.0.1", ["203.0.113.5"], "203.0.113.5"),
            ("10.0.0.1", [], "10.0.0.1"),
            ("10.127.255.255", ["203.0.113.5"], "203.0.113.5"),
            ("10.128.0.0", ["203.0.113.5"], "10.128.0.0"),
            ("192.0.2.7", ["6.6.6.6, 203.0.113.5 , 10.1.2.3"], "203.0.113.5"),
            ("192.0.2.7", ["6.6.6.6", "203.0.113.5", "fd12::1"], "203.0.113.5"),
            ("fd00::1", ["2001:DB8::5"], "2001:db8::5"),
            ("fd00::1", ["[2001:db8::5]:4711"], "2001:db8::5"),
            ("10.0.0.1", ["203.0.113.5:4711"], "203.0.113.5"),
            ("::ffff:10.0.0.1", ["203.0.113.5"], "203.0.113.5"),
            ("10.0.0.1", ["203.0.113.5, unknown"], "10.0.0.1"),
            ("10.0.0.1", ["203.0.113.5, , 10.0.0.2"], "10.0.0.2"),
            ("10.0.0.1", ["10.0.0.3"], "10.0.0.3"),
            ("", ["203.0.113.5"], ""),
        ])
    func client(address: String, forwarded: [String], expected: String) {
        #expect(proxies.client(behind: address, forwarded) == expected)
    }

    @Test("nobody is believed where none are trusted")
    func none() {
        #expect(TrustedProxies([]).client(behind: "127.0.0.1", ["203.0.113.5"]) == "127.0.0.1")
    }

    @Test(
        "what is no address or network is said to be none",
        arguments: ["", "10.0.0.0/33", "10.0.0/8", "fd00::/129", "fd00::/x", "example.org", "10.0.0.1/-1", "10.0.0.1/"])
    func malformed(text: String) {
        #expect(!TrustedProxies.isNetwork(text))
        #expect(throws: (any Error).self) { try GatewayConfiguration(trustedProxies: [text]).validate() }
    }

    @Test("the rate is that of the client behind the proxy")
    func rates() async throws {
        try await TestGateway.run(
            .init(trustedProxies: ["127.0.0.1"], requestBurst: 3, requestsPerSecond: 0.001)
        ) { server in
            for client in ["203.0.113.1", "203.0.113.2"] {
                for number in 0..<4 {
                    let answer = try await server.send("GET", "/health", headers: ["X-Forwarded-For": client])
                    #expect(answer.status == (number < 3 ? 200 : 429))
                }
            }
        }
    }
}
