import Foundation
import TestSupport
import Testing
import TransportTypes

@testable import ICE
@testable import NetworkLoop

@Suite("TURN", .serialized, .timeLimit(.minutes(1)))
struct RelayTests {
    @Test(
        "a relay-only pair connects through coturn and carries datagrams",
        .needsTURNServer, arguments: ["udp", "tcp"])
    func relay(_ transport: String) async throws {
        let server = try await TURNServer()
        defer { server.stop() }
        let pair = AgentPair()
        var configuration = AgentPair.loopback
        configuration.transportPolicy = .relay
        configuration.servers = [
            ICEServer(
                urls: ["turn:127.0.0.1:\(server.port)?transport=\(transport)"], username: "alice", credential: "secret")
        ]
        try await pair.start(configuration)
        await pair.connected()
        let candidates = try await on(pair.offerer.loop) { pair.offerer.candidates }
        #expect(!candidates.isEmpty && candidates.allSatisfy { $0.kind == .relayed })
        #expect(candidates.allSatisfy { $0.relatedAddress == "0.0.0.0" && $0.relatedPort == 9 })
        let local = try await on(pair.offerer.loop) { pair.offerer.agent?.selectedPair?.local.kind }
        #expect(local == .relayed)
        let sent = try await on(pair.offerer.loop) {
            pair.offerer.agent?.send(batch: [UInt8](repeating: 0x80, count: 2500).span, segmentSize: 1000)
        }
        #expect(sent == 3)
        await pair.answerer.wait { $0.received.map(\.count).sorted() == [500, 1000, 1000] }
        let errors = try await on(pair.offerer.loop) { pair.offerer.errors }
        #expect(errors.isEmpty)
        try await pair.close()
    }

    @Test(
        "over TLS, the relayed candidate names its server, and nothing is left when the agent is closed",
        .needsTURNServer, .needsOpenSSL)
    func overTLS() async throws {
        let certificates = try TestCertificates()
        let server = try await TURNServer(certificate: certificates.issue("DNS:localhost"))
        defer { server.stop() }
        let url = "turns:localhost:\(server.port)"
        let pair = AgentPair()
        var configuration = AgentPair.loopback
        configuration.transportPolicy = .relay
        configuration.servers = [ICEServer(urls: [url], username: "alice", credential: "secret")]
        configuration.tlsRoots = try TLSRoots(file: certificates.authority)
        try await pair.start(configuration)
        await pair.connected()
        for end in [pair.offerer, pair.answerer] {
            let local = try await on(end.loop) { end.agent?.selectedPair?.local }
            #expect(local?.kind == .relayed && local?.url == url && local?.relayProtocol == .tls)
            #expect(try await on(end.loop) { end.errors }.isEmpty)
        }
        let sent = try await on(pair.offerer.loop) {
            pair.offerer.agent?.send(batch: [UInt8](repeating: 0x80, count: 2500).span, segmentSize: 1000)
        }
        #expect(sent == 3)
        await pair.answerer.wait { $0.received.map(\.count).sorted() == [500, 1000, 1000] }
        #expect(try Self.connections(to: server.port) == 2)
        for end in [pair.offerer, pair.answerer] { await end.close() }
        #expect(try Self.connections(to: server.port) == 0)
        try await pair.close()
    }

    /// This process's connections to a port; other tests may have others.
    private static func connections(to port: UInt16) throws -> Int {
        try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").compactMap { Int32($0) }
            .count { TransportAddress(of: $0, isPeer: true)?.port == port }
    }

    @Test(
        "a TURN server over TLS that cannot be believed, or is not there, is reported with what is wrong",
        .needsTURNServer, .needsOpenSSL, arguments: ["other name", "other authority", "no TLS", "nobody"])
    func refusedOverTLS(reason: String) async throws {
        let certificates = try TestCertificates()
        let names = reason == "other name" ? "DNS:turn.example.org" : "DNS:localhost,IP:127.0.0.1"
        let server = try await TURNServer(certificate: reason == "no TLS" ? nil : certificates.issue(names))
        defer { server.stop() }
        if reason == "nobody" { await server.stopped() }
        var configuration = AgentPair.loopback
        configuration.gatheringTimeout = .seconds(50)
        let url = "turns:127.0.0.1:\(server.port)?transport=tcp"
        configuration.servers = [ICEServer(urls: [url], username: "alice", credential: "secret")]
        if reason != "other authority" { configuration.tlsRoots = try TLSRoots(file: certificates.authority) }
        let end = try await AgentEnd.gathering(configuration)
        await end.wait { $0.gatheringsFinished == 1 }
        let errors = try await on(end.loop) { end.errors }
        #expect(errors.map(\.url) == [url] && errors.map(\.errorCode) == [701])
        let words = [
            "other name": "not for 127.0.0.1", "other authority": "not trusted", "no TLS": "TLS on this port",
            "nobody": "connection refused",
        ]
        #expect(errors.first?.errorText.contains(words[reason] ?? "?") == true, "\(errors)")
        await end.close()
        end.loop.shutdownFromTest()
    }

    @Test(
        "wrong TURN credentials are reported, and the server's STUN still works",
        .needsTURNServer)
    func wrongCredentials() async throws {
        let server = try await TURNServer()
        defer { server.stop() }
        var configuration = AgentPair.loopback
        configuration.servers = [
            .stun("127.0.0.1:\(server.port)"),
            ICEServer(urls: ["turn:127.0.0.1:\(server.port)"], username: "alice", credential: "wrong"),
        ]
        let end = try await AgentEnd.gathering(configuration)
        await end.wait { $0.gatheringsFinished == 1 }
        let errors = try await on(end.loop) { end.errors }
        #expect(errors.map(\.url) == ["turn:127.0.0.1:\(server.port)"])
        #expect(errors.map(\.errorCode) == [701])
        try await on(end.loop) { end.agent?.close() }
        end.loop.shutdownFromTest()
    }

    @Test(
        "another server and policy count from the restart on: first none, then the new server's candidates alone",
        .needsTURNServer)
    func changedServer() async throws {
        let server = try await TURNServer()
        defer { server.stop() }
        let url = "turn:127.0.0.1:\(server.port)"
        let end = try await AgentEnd.gathering(AgentPair.loopback)
        await end.wait { $0.gatheringsFinished == 1 }
        let first = try await on(end.loop) {
            let known = end.agent?.localCandidates ?? []
            try end.agent?.setServers(
                [ICEServer(urls: [url], username: "alice", credential: "secret")],
                transportPolicy: .relay)
            #expect(end.agent?.localCandidates == known)
            try end.agent?.restart()
            return known
        }
        #expect(!first.isEmpty && first.allSatisfy { $0.kind == .host })
        await end.wait { $0.gatheringsFinished == 2 }
        try await on(end.loop) {
            let relayed = end.agent?.localCandidates ?? []
            #expect(!relayed.isEmpty && relayed.allSatisfy { $0.kind == .relayed })
            try end.agent?.setServers([], transportPolicy: .all)
            try end.agent?.restart()
        }
        await end.wait { $0.gatheringsFinished == 3 }
        try await on(end.loop) {
            let last = end.agent?.localCandidates ?? []
            #expect(!last.isEmpty && last.allSatisfy { $0.kind == .host })
            #expect(end.errors.isEmpty)
            end.agent?.close()
        }
        end.loop.shutdownFromTest()
    }

    @Test(
        "an agent's end is told, also when its TURN server is gone",
        .needsTURNServer, arguments: [false, true])
    func end(serverIsGone: Bool) async throws {
        let server = try await TURNServer()
        defer { server.stop() }
        var configuration = AgentPair.loopback
        configuration.servers = [
            ICEServer(urls: ["turn:127.0.0.1:\(server.port)"], username: "alice", credential: "secret")
        ]
        let end = try await AgentEnd.gathering(configuration)
        await end.wait { $0.gatheringsFinished == 1 }
        #expect(try await on(end.loop) { end.candidates.contains { $0.kind == .relayed } })
        if serverIsGone { await server.stopped() }
        await end.close()
        end.loop.shutdownFromTest()
    }
}
