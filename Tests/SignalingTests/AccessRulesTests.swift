import Testing

@testable import Signaling

@Suite("who gets in by Host and Origin")
struct AccessRulesTests {
    private func refusal(
        host: String, origin: String? = nil, isSecure: Bool = false, isOnLoopback: Bool = false,
        allowed: Set<String> = []
    ) -> AccessRules.Refusal.Kind? {
        let rules = AccessRules(
            isSecure: isSecure, isOnLoopback: isOnLoopback, hostNames: ["desk", "desk.local", "chat.example.org"],
            allowedOrigins: allowed, isOwnAddress: { ["192.0.2.7", "fe80::1", "2001:db8::7"].contains($0) })
        do throws(AccessRules.Refusal) {
            try rules.check(hosts: [host], origins: origin.map { [$0] } ?? [])
            return nil
        } catch {
            return error.kind
        }
    }

    @Test(
        "names and addresses of the server are let in",
        arguments: [
            "192.0.2.7", "192.0.2.7:3010", "[fe80::1]:3010", "[FE80:0::1%25eth0]", "[2001:DB8:0::7]",
            "[::ffff:192.0.2.7]",
            "127.0.0.1", "127.8.9.1:80", "[::1]:3010", "localhost", "LocalHost:3010", "a.localhost", "desk",
            "Desk.local.",
            "chat.example.org:443", "localhost:",
        ])
    func ownHosts(host: String) {
        #expect(refusal(host: host) == nil)
        #expect(refusal(host: host, isOnLoopback: true) == nil)
    }

    @Test(
        "others are not, which keeps out names that were pointed here",
        arguments: [
            "evil.example", "192.0.2.8", "localhost.evil.example", "notlocalhost", "127.0.0.1.evil.example",
            "[fe80::2]",
            "desk.evil.example", "0.0.0.0", "[::]", "chat.example.org.evil.example",
        ])
    func otherHosts(host: String) {
        #expect(refusal(host: host) == .wrongHost)
        #expect(refusal(host: host, isOnLoopback: true) == .wrongHost)
    }

    @Test(
        "what is no host is malformed",
        arguments: [
            "", ":80", "a:b", "a:65536", "[::1", "[::1]x", "[localhost]", "a b", "a/b", "user@desk", "desk:+80",
        ])
    func malformed(host: String) {
        #expect(refusal(host: host) == .malformed)
    }

    @Test(
        "the server's own origin is let in, and no other",
        arguments: [
            ("http://desk:3010", true), ("HTTP://DESK:3010", true), ("https://desk:3010", true), ("http://desk", false),
            ("http://desk:3011", false), ("http://192.0.2.7:3010", false), ("http://localhost:3010", false),
            ("null", false),
            ("", false), ("https://evil.example", false), ("http://desk:3010.evil.example", false),
            ("http://evil.example/http://desk:3010", false), ("file://", false),
            ("chrome-extension://desk:3010", false),
        ])
    func ownOrigin(origin: String, isLetIn: Bool) {
        #expect((refusal(host: "desk:3010", origin: origin) == nil) == isLetIn)
    }

    @Test("a port that goes without saying is the same as one that is said")
    func standardPorts() {
        #expect(refusal(host: "desk", origin: "https://desk") == nil)
        #expect(refusal(host: "desk:443", origin: "https://desk") == nil)
        #expect(refusal(host: "desk", origin: "http://desk:80") == nil)
        #expect(refusal(host: "desk:80", origin: "https://desk") == .wrongOrigin)
    }

    @Test("of a server with TLS only pages with TLS are its own, on its port, which is 443 unless said")
    func secureOrigins() {
        for (host, origin, isLetIn) in [
            ("desk", "https://desk", true), ("desk:443", "https://desk", true), ("desk", "https://desk:443", true),
            ("desk:3010", "https://desk:3010", true), ("desk", "http://desk", false),
            ("desk:3010", "http://desk:3010", false), ("desk:80", "http://desk", false),
            ("desk:443", "http://desk:443", false), ("desk:3010", "https://desk", false),
        ] {
            #expect((refusal(host: host, origin: origin, isSecure: true) == nil) == isLetIn, "\(host) \(origin)")
        }
        #expect(refusal(host: "desk", origin: "http://desk", isSecure: true, allowed: ["http://desk"]) == nil)
        let page = "http://localhost:5173"
        #expect(refusal(host: "127.0.0.1:3010", origin: page, isSecure: true, isOnLoopback: true) == nil)
    }

    @Test("bound to loopback, pages from loopback are let in whatever their port")
    func loopbackOrigins() {
        for origin in ["http://localhost:5173", "https://127.0.0.1", "http://[::1]:8080", "http://app.localhost:1"] {
            #expect(refusal(host: "127.0.0.1:3010", origin: origin, isOnLoopback: true) == nil)
            #expect(refusal(host: "127.0.0.1:3010", origin: origin) == .wrongOrigin)
        }
        #expect(refusal(host: "127.0.0.1:3010", origin: "http://evil.example", isOnLoopback: true) == .wrongOrigin)
        #expect(
            refusal(host: "127.0.0.1:3010", origin: "http://localhost.evil.example", isOnLoopback: true) == .wrongOrigin
        )
    }

    @Test("origins that were allowed are let in as they stand")
    func allowedOrigins() {
        let allowed: Set = ["https://pages.example.org", "chrome-extension://abc"]
        #expect(refusal(host: "desk", origin: "https://pages.example.org", allowed: allowed) == nil)
        #expect(refusal(host: "desk", origin: "chrome-extension://abc", allowed: allowed) == nil)
        #expect(refusal(host: "desk", origin: "https://pages.example.org:8443", allowed: allowed) == .wrongOrigin)
        #expect(refusal(host: "desk", origin: "https://evil.example", allowed: ["*"]) == nil)
        #expect(refusal(host: "evil.example", origin: "https://evil.example", allowed: ["*"]) == .wrongHost)
    }

    @Test("two of a header are malformed or refused")
    func twice() {
        let rules = AccessRules(isOnLoopback: true, hostNames: [], allowedOrigins: [], isOwnAddress: { _ in false })
        #expect(throws: AccessRules.Refusal.self) { try rules.check(hosts: ["localhost", "localhost"], origins: []) }
        #expect(throws: AccessRules.Refusal.self) { try rules.check(hosts: [], origins: []) }
        #expect(throws: AccessRules.Refusal.self) {
            try rules.check(hosts: ["localhost"], origins: ["http://localhost", "http://localhost"])
        }
    }

    @Test("an address of loopback is told from others, in each of its forms")
    func loopbackAddresses() {
        for address in ["127.0.0.1", "127.1.2.3", "::1", "0:0:0:0:0:0:0:1", "::ffff:127.0.0.1"] {
            #expect(Authority.isLoopback(address), "\(address)")
        }
        for address in ["0.0.0.0", "::", "192.0.2.7", "fe80::1", "localhost", ""] {
            #expect(!Authority.isLoopback(address), "\(address)")
        }
    }

    @Test(
        "settings that no request could ever have are an error before the server listens",
        arguments: [
            (["https://example.org"], [], true),
            (["*", "null"], ["chat.example.org", "192.0.2.7", "[fd00::7]"], true),
            (["chrome-extension://abcdef", "http://localhost:8080"], [], true), (["https://example.org/"], [], false),
            (["example.org"], [], false), (["://x"], [], false), ([""], [], false), ([], ["a/b"], false),
            ([], ["chat.example.org:80"], false), ([], [""], false),
        ] as [([String], [String], Bool)])
    func settings(origins: [String], names: [String], isGood: Bool) async {
        let configuration = SignalingServerConfiguration(
            host: "127.0.0.1", port: 0, hostNames: names, allowedOrigins: origins)
        guard !isGood else {
            #expect(throws: Never.self) { try configuration.validate() }
            return
        }
        let error = await #expect(throws: SignalingError.self) {
            try await SignalingServer(configuration: configuration).start()
        }
        #expect(error?.code == .invalidConfiguration)
    }
}
