import Foundation
import Testing
import TransportTypes

@testable import ICE
@testable import NetworkLoop

@Suite("gathering", .serialized, .timeLimit(.minutes(1)))
struct GatheringTests {
    /// Gathers with one agent and returns what it found once it has finished, and how long that
    /// took.
    private func gather(
        _ configuration: ICEConfiguration
    ) async throws -> (candidates: [ICECandidate], errors: [ICECandidateError], seconds: Double) {
        let end = AgentEnd(loop: NetworkLoop())
        end.trickles = false
        let start = LoopClock.monotonic.now
        try await on(end.loop) {
            try end.start(configuration)
            try end.agent?.gather()
            #expect(end.agent?.gatheringState != .new)
        }
        await end.wait { $0.gatheringsFinished == 1 }
        let seconds = (LoopClock.monotonic.now - start) / .seconds(1)
        let result = try await on(end.loop) {
            defer { end.agent?.close() }
            #expect(end.agent?.localCandidates == end.candidates)
            return (end.candidates, end.errors, seconds)
        }
        end.loop.shutdownFromTest()
        return result
    }

    private func code(_ configuration: ICEConfiguration) async throws -> ICEError? {
        let end = AgentEnd(loop: NetworkLoop())
        defer { end.loop.shutdownFromTest() }
        return try await on(end.loop) {
            do throws(ICEError) {
                _ = try ICEAgent(loop: end.loop, configuration: configuration, delegate: end)
                return nil
            } catch { return error }
        }
    }

    @Test("host candidates are there before gather() returns")
    func immediate() async throws {
        let end = AgentEnd(loop: NetworkLoop())
        end.trickles = false
        let count = try await on(end.loop) {
            try end.start(AgentPair.loopback)
            try end.agent?.gather()
            defer { end.agent?.close() }
            return end.candidates.count
        }
        #expect(count == 1)
        end.loop.shutdownFromTest()
    }

    @Test("without servers gathering ends by itself, long before its time is up")
    func noServers() async throws {
        var configuration = AgentPair.loopback
        configuration.gatheringTimeout = .seconds(60)
        let result = try await gather(configuration)
        #expect(result.candidates.count == 1)
        #expect(result.seconds < 30)
    }

    @Test("questions to servers leave one after the other, and gathering ends in its time however silent they are")
    func pacedAndEnded() async throws {
        let silent = try FakeSTUNServer.silentPort()
        defer { close(silent.descriptor) }
        let clock = ManualClock()
        let end = AgentEnd(loop: NetworkLoop(clock: .manual(clock)))
        end.trickles = false
        var configuration = AgentPair.loopback
        configuration.servers = (0..<3).map { _ in .stun("127.0.0.1:\(silent.port)") }
        configuration.checkInterval = .milliseconds(50)
        configuration.gatheringTimeout = .seconds(1)
        let settings = configuration
        try await on(end.loop) {
            try end.start(settings)
            try end.agent?.gather()
        }
        func arrived(after time: Duration) async throws -> Int {
            clock.advance(by: time)
            for _ in 0..<2 { try await on(end.loop) {} }
            var (count, buffer) = (0, [UInt8](repeating: 0, count: 100))
            while unsafe recv(silent.descriptor, &buffer, buffer.count, Int32(MSG_DONTWAIT)) > 0 { count += 1 }
            return count
        }
        #expect(try await arrived(after: .zero) == 1)
        #expect(try await arrived(after: .milliseconds(49)) == 0)
        #expect(try await arrived(after: .milliseconds(1)) == 1)
        #expect(try await arrived(after: .milliseconds(50)) == 1)
        _ = try await arrived(after: .milliseconds(900))
        #expect(try await on(end.loop) { end.gatheringsFinished } == 1)
        await end.close()
        end.loop.shutdownFromTest()
    }

    @Test("ports stay within the range, and a full range yields no candidate instead of another port")
    func portRange() async throws {
        var configuration = AgentPair.loopback
        configuration.portRange = 42100...42103
        let first = try await gather(configuration)
        #expect(first.candidates.count == 1)
        #expect(first.candidates.allSatisfy { (42100...42103).contains($0.port) })
    }

    @Test("a filter that admits nothing ends gathering without a candidate")
    func nothing() async throws {
        var configuration = AgentPair.loopback
        configuration.interfaceFilter = { _ in false }
        let result = try await gather(configuration)
        #expect(result.candidates.isEmpty && result.errors.isEmpty)
    }

    @Test("relay-only without a TURN server offers nothing")
    func relayOnly() async throws {
        var configuration = AgentPair.loopback
        configuration.transportPolicy = .relay
        configuration.servers = [.stun("127.0.0.1:9")]
        let result = try await gather(configuration)
        #expect(result.candidates.isEmpty && result.errors.isEmpty)
    }

    @Test("loopback, link-local and filtered addresses are left out")
    func interfaces() async throws {
        var configuration = ICEConfiguration()
        configuration.includesIPv6 = false
        let result = try await gather(configuration)
        #expect(result.candidates.allSatisfy { $0.address != "127.0.0.1" && !$0.address.contains(":") })
    }

    @Test("every STUN server is asked at once; a dead one delays no other and not the end")
    func deadServer() async throws {
        let server = try FakeSTUNServer(mapped: [203, 0, 113, 9], port: 4321)
        defer { server.stop() }
        let refusing = try FakeSTUNServer(mapped: nil, port: 0)
        defer { refusing.stop() }
        let dead = try FakeSTUNServer.silentPort()
        defer { close(dead.descriptor) }
        var configuration = AgentPair.loopback
        configuration.gatheringTimeout = .seconds(60)
        configuration.servers = [
            .stun("127.0.0.1:\(dead.port)"), .stun("127.0.0.1:\(refusing.port)"), .stun("localhost:\(server.port)"),
            .stun("name.invalid"),
        ]
        let end = try await AgentEnd.gathering(configuration)
        await end.wait { $0.candidates.count == 2 || $0.gatheringsFinished == 1 }
        // The live server, which was named behind the dead one, has answered before that one was
        // given up.
        let early = try await on(end.loop) { end.errors.map(\.url) }
        #expect(!early.contains("stun:127.0.0.1:\(dead.port)"))
        // And had gathering only ended with its time, the dead one would not have been given up at
        // all.
        await end.wait { $0.gatheringsFinished == 1 }
        let (candidates, errors) = try await on(end.loop) { (end.candidates, end.errors) }
        let host = try #require(candidates.first)
        let reflexive = try #require(candidates.last)
        #expect(reflexive.kind == .serverReflexive)
        #expect(reflexive.address == "203.0.113.9" && reflexive.port == 4321)
        #expect(reflexive.relatedAddress == "127.0.0.1" && reflexive.relatedPort == host.port)
        #expect(reflexive.usernameFragment == host.usernameFragment)
        #expect(reflexive.priority < host.priority && reflexive.foundation != host.foundation)
        #expect(
            Set(errors.map(\.url))
                == Set(configuration.servers.flatMap(\.urls)).subtracting(["stun:localhost:\(server.port)"]))
        #expect(errors.first { $0.url == "stun:127.0.0.1:\(refusing.port)" }?.errorCode == 420)
        #expect(errors.first { $0.url == "stun:127.0.0.1:\(dead.port)" }?.errorCode == 701)
        #expect(errors.first { $0.url == "stun:name.invalid" }.map { $0.errorCode == 701 && $0.port == nil } == true)
        try await on(end.loop) { end.agent?.close() }
        end.loop.shutdownFromTest()
    }

    @Test("asking a STUN server does not disturb the checks on the same port")
    func undisturbed() async throws {
        let dead = try FakeSTUNServer.silentPort()
        defer { close(dead.descriptor) }
        let pair = AgentPair()
        var configuration = AgentPair.loopback
        configuration.servers = [.stun("127.0.0.1:\(dead.port)")]
        try await pair.start(configuration)
        await pair.connected()
        let state = try await on(pair.offerer.loop) { pair.offerer.agent?.gatheringState }
        #expect(state == .gathering)
        #expect(try await pair.offerer.send("\u{80}while asking") == .sent)
        await pair.answerer.wait { $0.received.count == 1 }
        try await pair.close()
    }

    @Test("TURN over DTLS and STUN over TLS are refused with the way out")
    func secure() async throws {
        for (url, wayOut) in [
            ("turns:turn.example.org?transport=udp", "turns:turn.example.org?transport=tcp"),
            ("stuns:stun.example.org", "stun:stun.example.org"),
        ] {
            var configuration = ICEConfiguration()
            configuration.servers = [ICEServer(urls: [url], username: "u", credential: "c")]
            let error = try await code(configuration)
            #expect(error?.code == .unsupportedServer)
            #expect(error?.message.contains(wayOut) == true)
        }
    }

    @Test("host candidates are told with the address of the outside, and the port stays")
    func externalAddress() async throws {
        var configuration = AgentPair.loopback
        let local = try await gather(configuration).candidates
        #expect(local.map(\.address) == ["127.0.0.1"])
        configuration.externalAddresses = [ExternalAddress("198.51.100.7", for: "127.0.0.1"), "203.0.113.5"]
        configuration.tcpCandidates = true
        let told = try await gather(configuration).candidates
        #expect(told.count == 3 && told.allSatisfy { $0.address == "198.51.100.7" && $0.kind == .host })
        // One for all is not for loopback, which no NAT translates.
        configuration.externalAddresses = ["203.0.113.5"]
        #expect(try await gather(configuration).candidates.allSatisfy { $0.address == "127.0.0.1" })
    }

    @Test("external addresses are read with their errors named, and looked up by family")
    func externalAddresses() async throws {
        let read = try ExternalAddresses([
            "203.0.113.5", "2001:db8::5", ExternalAddress("203.0.113.6", for: "10.0.0.2"),
        ])
        let outside = ["10.0.0.1", "10.0.0.2", "fd00::1", "127.0.0.1", "::1"].map { text in
            IPAddress(text).flatMap { read[$0] }?.description
        }
        #expect(outside == ["203.0.113.5", "203.0.113.6", "2001:db8::5", nil, nil])
        for (list, place) in [
            (["example.com"], "[0]"), (["203.0.113.5", "203.0.113.6"], "[1]"), (["0.0.0.0"], "[0]"), (["::"], "[0]"),
            (["224.0.0.1"], "[0]"), (["255.255.255.255"], "[0]"), (["ff02::1"], "[0]"), (["fe80::1"], "[0]"),
            (["203.0.113.5:80"], "[0]"), (["[2001:db8::1]"], "[0]"), ([""], "[0]"),
            ([ExternalAddress("203.0.113.5", for: "fd00::1")], "[0]"),
            ([ExternalAddress("203.0.113.5", for: "eth0")], "[0]"),
            (
                [ExternalAddress("203.0.113.5", for: "10.0.0.1"), ExternalAddress("203.0.113.6", for: "10.0.0.1")],
                "[1]"
            ),
        ] as [([ExternalAddress], String)] {
            var configuration = AgentPair.loopback
            configuration.externalAddresses = list
            let error = try await code(configuration)
            #expect(error?.code == .invalidConfiguration && error?.message.contains(place) == true, "\(list)")
        }
    }

    @Test("settings outside their range are refused")
    func validation() async throws {
        let changes: [(inout ICEConfiguration) -> Void] = [
            { $0.checkInterval = .milliseconds(4) }, { $0.checkInterval = .seconds(2) },
            { $0.pacTimer = .seconds(61) },
            { $0.gatheringTimeout = .zero }, { $0.portRange = 0...1 }, { $0.socketBufferBytes = -1 },
            { $0.udpCandidates = false }, { $0.consentExpiry = .seconds(31) },
        ]
        for change in changes {
            var configuration = ICEConfiguration()
            change(&configuration)
            #expect(try await code(configuration)?.code == .invalidConfiguration)
        }
        var configuration = ICEConfiguration()
        configuration.servers = [.stun("")]
        #expect(try await code(configuration)?.code == .invalidServerURL)
    }

    @Test("remote candidates are bounded, and a name is refused until it is resolved")
    func remoteCandidates() async throws {
        let end = AgentEnd(loop: NetworkLoop())
        try await on(end.loop) {
            try end.start(AgentPair.loopback)
            let name = try ICECandidate(parsing: "1 1 udp 1 abc.local 1 typ host")
            let error = #expect(throws: ICEError.self) { try end.agent?.addRemoteCandidate(name) }
            #expect(error?.code == .invalidCandidate)
            for port in 1...ICEAgent.maximumRemoteCandidates {
                try end.agent?.addRemoteCandidate(ICECandidate(parsing: "1 1 udp 1 127.0.0.1 \(port) typ host"))
            }
            let full = #expect(throws: ICEError.self) {
                try end.agent?.addRemoteCandidate(ICECandidate(parsing: "1 1 udp 1 127.0.0.1 9999 typ host"))
            }
            #expect(full?.code == .limitExceeded)
            for odd in ["1 2 udp 1 127.0.0.1 1 typ host", "1 1 sctp 1 127.0.0.1 1 typ host"] {
                #expect(throws: ICEError.self) { try end.agent?.addRemoteCandidate(ICECandidate(parsing: odd)) }
            }
            try end.agent?.setRemoteCredentials(
                ICECredentials(usernameFragment: "abcd", password: String(repeating: "p", count: 22)))
            end.agent?.close()
        }
        end.loop.shutdownFromTest()
    }

    @Test("a thousand agents, each gathered and closed, leave no descriptor behind")
    func leaks() async throws {
        let end = AgentEnd(loop: NetworkLoop())
        end.trickles = false
        var configuration = AgentPair.loopback
        configuration.servers = [.stun("127.0.0.1:9")]
        configuration.tcpCandidates = true
        let own = configuration
        var counts: [Int] = []
        for round in 0...1000 {
            try await on(end.loop) {
                try end.start(own)
                try end.agent?.gather()
                end.agent?.close()
                end.drop()
            }
            if round == 100 || round == 1000 {
                // What close() leaves to the loop takes a few passes.
                for _ in 0..<20 { try await on(end.loop) {} }
                counts.append(try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count)
            }
        }
        #expect(counts[1] <= counts[0] + 8, "\(counts)")
        end.loop.shutdownFromTest()
    }
}
