import Foundation
import TestSupport
import Testing

@Suite("behind NATs", .needsNetwork("ip", "nft", "turnserver", "openssl"), .serialized, .timeLimit(.minutes(3)))
struct NATTests {
    /// Two hosts behind NATs, with a server in the open.
    private struct Scene {
        let network: TestNetwork
        let certificates: TestCertificates
        let server: LineProcess
        let pair: PeerPair

        init(_ kinds: (String, String), _ options: [String]) async throws {
            network = try await TestNetwork("nats", kinds.0, kinds.1)
            certificates = try TestCertificates()
            let own = try certificates.issue("IP:203.0.113.9")
            server = try network.start(
                "turnserver", "/usr/bin/stdbuf", on: "s",
                [
                    "-oL", "turnserver", "-n", "--listening-ip", "203.0.113.9", "--relay-ip", "203.0.113.9", "--cert",
                    own.certificate, "--pkey", own.key, "--no-dtls", "--no-cli", "--lt-cred-mech", "--user",
                    "alice:secret", "--realm", "test", "--log-file", "stdout", "--simple-log", "--pidfile",
                    certificates.folder + "/pid", "--userdb", certificates.folder + "/db",
                ])
            try await server.heard("Total General servers")
            let options = options + ["--tls-roots", certificates.authority]
            pair = PeerPair(
                sender: try network.peer("offer", on: "a", ["--count", "200"] + options),
                receiver: try network.peer("answer", on: "b", options))
            try await pair.introduce()
        }

        /// Waits until all has arrived.
        func check() async throws {
            let (result, sent) = try await pair.finish(stops: false)
            #expect(result.received == 200 && sent == 200 && result.corrupt == 0)
            await end()
        }

        func end() async {
            // With allocations it does not end at SIGTERM, and nothing of it is kept.
            server.send(signal: SIGKILL)
            _ = await server.end()
            await network.remove()
        }
    }

    @Test("two NATs that keep a socket's port: STUN alone is enough, and no relay is used")
    func stunOnly() async throws {
        let scene = try await Scene(("cone", "cone"), ["--server", "stun:203.0.113.9"])
        try await scene.pair.opened()
        #expect(!(try await scene.pair.pair(of: scene.pair.sender)).contains("relay"))
        try await scene.check()
    }

    @Test("two symmetric NATs with STUN alone: the connection fails, and says so")
    func symmetricWithoutRelay() async throws {
        let scene = try await Scene(("symmetric", "symmetric"), ["--server", "stun:203.0.113.9"])
        _ = try await scene.pair.sender.line("connection", saying: "failed")
        _ = try await scene.pair.sender.line("error")
        try await scene.pair.end()
        await scene.end()
    }

    @Test(
        "a symmetric NAT finds the relay by itself, over UDP, over TCP and over TLS",
        arguments: ["turn:203.0.113.9?transport=udp", "turn:203.0.113.9?transport=tcp", "turns:203.0.113.9"])
    func symmetric(turn: String) async throws {
        let scene = try await Scene(
            ("symmetric", "symmetric"), ["--server", "stun:203.0.113.9", "--server", turn])
        try await scene.pair.opened()
        #expect((try await scene.pair.pair(of: scene.pair.sender)).contains("relay"))
        try await scene.check()
    }

    @Test(
        "with relayed candidates only, TURN over UDP, over TCP and over TLS carries the channel",
        arguments: ["turn:203.0.113.9?transport=udp", "turn:203.0.113.9?transport=tcp", "turns:203.0.113.9"])
    func relayOnly(turn: String) async throws {
        let scene = try await Scene(("cone", "cone"), ["--relay-only", "--server", turn])
        try await scene.pair.opened()
        #expect(try await scene.pair.pair(of: scene.pair.sender) == "relay relay")
        try await scene.check()
    }

    @Test("TURN over DTLS is refused with an error that names the server and what to use instead")
    func overDTLS() async throws {
        let servers = ["--server", "turns:203.0.113.9?transport=udp", "--server", "stun:203.0.113.9"]
        let scene = try await Scene(("cone", "cone"), servers)
        let refusal = try await scene.pair.sender.line("refused").text
        #expect(refusal.hasPrefix("turns:203.0.113.9") && refusal.contains("?transport=tcp"))
        try await scene.pair.opened()
        try await scene.check()
    }
}
