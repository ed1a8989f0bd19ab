import Foundation
import Testing

@testable import ICE
@testable import NetworkLoop

/// A coturn of our own on loopback.
final class TURNServer {
    static let path = "/usr/bin/turnserver"
    static let isMissing = !FileManager.default.isExecutableFile(atPath: path)
    let port: UInt16
    private let process = Process()

    /// Starts it and waits until it listens.
    init() async throws {
        let free = try FakeSTUNServer.silentPort()
        close(free.descriptor)
        port = free.port
        // Line by line: the line that says that it listens would stay in the buffer of a pipe.
        process.executableURL = URL(fileURLWithPath: "/usr/bin/stdbuf")
        process.arguments = [
            "-oL", Self.path,
            "-n", "--listening-ip", "127.0.0.1", "--relay-ip", "127.0.0.1", "--listening-port", "\(port)", "--no-tls",
            "--no-dtls", "--no-cli", "--lt-cred-mech", "--user", "alice:secret", "--realm", "test",
            "--allow-loopback-peers", "--log-file", "stdout", "--pidfile",
            NSTemporaryDirectory() + "turnserver-\(port).pid", "--userdb", NSTemporaryDirectory() + "turn-\(port).db",
        ]
        let output = Pipe()
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        try process.run()
        let log = output.fileHandleForReading
        try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
            Thread.detachNewThread {
                var text = ""
                while let data = try? log.read(upToCount: 1), let byte = data.first {
                    text.unicodeScalars.append(Unicode.Scalar(byte))
                    guard byte == 10 else { continue }
                    if text.contains("Total General servers") { break }
                    text = ""
                }
                continuation.resume(
                    with: text.isEmpty ? .failure(CocoaError(.executableLoad)) : .success(()))
                // The rest is drained, so that the server never waits for a reader; it ends with the server.
                while let data = try? log.read(upToCount: 4096), !data.isEmpty {}
            }
        }
    }

    func stop() {
        // It does not end at SIGTERM while it has allocations, and nothing of it is kept.
        kill(process.processIdentifier, SIGKILL)
    }
}

@Suite("TURN", .serialized, .timeLimit(.minutes(1)))
struct RelayTests {
    /// Without coturn these are skipped, except where CI promises it.
    static let isEnabled = !TURNServer.isMissing || ProcessInfo.processInfo.environment["CI"] == "true"

    @Test(
        "a relay-only pair connects through coturn and carries datagrams",
        .enabled(if: isEnabled, "turnserver is not installed (apt install coturn)"), arguments: ["udp", "tcp"])
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
        "wrong TURN credentials are reported, and the server's STUN still works",
        .enabled(if: isEnabled, "turnserver is not installed (apt install coturn)"))
    func wrongCredentials() async throws {
        let server = try await TURNServer()
        defer { server.stop() }
        let end = AgentEnd(loop: NetworkLoop())
        end.trickles = false
        var configuration = AgentPair.loopback
        configuration.servers = [
            .stun("127.0.0.1:\(server.port)"),
            ICEServer(urls: ["turn:127.0.0.1:\(server.port)"], username: "alice", credential: "wrong"),
        ]
        let own = configuration
        try await on(end.loop) {
            try end.start(own)
            try end.agent?.gather()
        }
        await end.wait { $0.gatheringsFinished == 1 }
        let errors = try await on(end.loop) { end.errors }
        #expect(errors.map(\.url) == ["turn:127.0.0.1:\(server.port)"])
        #expect(errors.map(\.code) == [701])
        try await on(end.loop) { end.agent?.close() }
        end.loop.shutdownFromTest()
    }

    @Test(
        "another server and policy count from the restart on: first none, then the new server's candidates alone",
        .enabled(if: isEnabled, "turnserver is not installed (apt install coturn)"))
    func changedServer() async throws {
        let server = try await TURNServer()
        defer { server.stop() }
        let url = "turn:127.0.0.1:\(server.port)"
        let end = AgentEnd(loop: NetworkLoop())
        end.trickles = false
        try await on(end.loop) {
            try end.start(AgentPair.loopback)
            try end.agent?.gather()
        }
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
        .enabled(if: isEnabled, "turnserver is not installed (apt install coturn)"), arguments: [false, true])
    func end(serverIsGone: Bool) async throws {
        let server = try await TURNServer()
        defer { server.stop() }
        let end = AgentEnd(loop: NetworkLoop())
        end.trickles = false
        var configuration = AgentPair.loopback
        configuration.servers = [
            ICEServer(urls: ["turn:127.0.0.1:\(server.port)"], username: "alice", credential: "secret")
        ]
        let own = configuration
        try await on(end.loop) {
            try end.start(own)
            try end.agent?.gather()
        }
        await end.wait { $0.gatheringsFinished == 1 }
        #expect(try await on(end.loop) { end.candidates.contains { $0.kind == .relayed } })
        if serverIsGone { server.stop() }
        await withCheckedContinuation { continuation in
            end.loop.post { end.agent?.close { continuation.resume() } }
        }
        end.loop.shutdownFromTest()
    }
}
