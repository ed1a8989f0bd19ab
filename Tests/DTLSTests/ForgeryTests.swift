import TestSupport
import Testing
import TransportTypes

@testable import DTLS

@Suite("A forger beside a handshake", .timeLimit(.minutes(3)))
struct ForgeryTests {
    /// What the two ends send when nobody disturbs them.
    private static let recorded: [[UInt8]] = {
        guard
            let (client, server) = try? Endpoint.pair(client: Fixtures.p256, server: Fixtures.otherP256)
        else { return [] }
        var all: [[UInt8]] = []
        server.session.start(now: .zero)
        client.session.start(now: .zero)
        while !client.outbox.isEmpty || !server.outbox.isEmpty {
            for (from, to) in [(client, server), (server, client)] {
                for datagram in from.takeOutbox() {
                    all.append(datagram)
                    to.receive(datagram)
                }
            }
        }
        return all
    }()

    /// Carries datagrams, each of them behind as many forged ones, until both ends are connected or
    /// one has failed.
    private func run(_ client: Endpoint, _ server: Endpoint, _ forger: inout Forger, count: Int) async {
        // The time that ends are told stands still, so that nothing is believed for want of
        // anything better; OpenSSL's own goes on.
        let now = Duration.seconds(1)
        func disturb() {
            for end in [client, server] {
                for _ in 0..<count { end.receive(forger.datagram(), now: now) }
            }
        }
        disturb()
        server.session.start(now: now)
        client.session.start(now: now)
        while client.session.state == .connecting || server.session.state == .connecting {
            guard client.session.state != .failed, server.session.state != .failed else { return }
            var isIdle = true
            for (from, to) in [(client, server), (server, client)] {
                for datagram in from.takeOutbox() {
                    isIdle = false
                    disturb()
                    to.receive(datagram, now: now)
                }
            }
            guard isIdle else { continue }
            for end in [client, server] {
                end.session.handleTimeout(now: end.session.nextDeadline ?? .zero)
                end.receive([], now: now)
            }
            await Task.yield()
        }
        disturb()
    }

    @Test("whatever he sends before, during and after it, both ends connect to each other", arguments: 1...60)
    func anything(seed: UInt64) async throws {
        let (client, server) = try Endpoint.pair(client: Fixtures.p256, server: Fixtures.otherP256, .quick)
        var forger = Forger(seed: seed, recorded: Self.recorded)
        await run(client, server, &forger, count: 6)
        #expect(client.states == [.connecting, .connected], "\(String(describing: client.error))")
        #expect(server.states == [.connecting, .connected], "\(String(describing: server.error))")
        #expect(client.session.remoteCertificateDER == Fixtures.otherP256.der)
        #expect(client.session.exportSRTPKeys()?.localKey == server.session.exportSRTPKeys()?.remoteKey)
        for index in 0..<5 as Range<UInt8> {
            for (from, to) in [(client, server), (server, client)] {
                try from.send([index])
                for datagram in from.takeOutbox() {
                    for _ in 0..<3 { to.receive(forger.datagram()) }
                    to.receive(datagram)
                }
                #expect(to.received.last == [index])
            }
        }
    }

    /// One forged datagram of a kind, as often as it takes, behind which OpenSSL would end or stall
    /// the session.
    private func disturbed(
        _ forged: [UInt8], times: Int, at role: DTLSRole, before flight: Int
    ) throws -> (client: Endpoint, server: Endpoint) {
        let (client, server) = try Endpoint.pair(client: Fixtures.p256, server: Fixtures.otherP256)
        server.session.start(now: .zero)
        client.session.start(now: .zero)
        var count = 0
        while !client.outbox.isEmpty || !server.outbox.isEmpty {
            for (from, to) in [(client, server), (server, client)] {
                for datagram in from.takeOutbox() {
                    if count == flight {
                        for _ in 0..<times { (role == .client ? client : server).receive(forged) }
                    }
                    count += 1
                    to.receive(datagram)
                }
            }
        }
        return (client, server)
    }

    private static let far: [UInt8] = [22, 0xFE, 0xFD, 0, 0, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF]

    static let kinds: [(name: String, bytes: [UInt8], times: Int)] = [
        ("a message longer than max_cert_list", far + [0, 13, 11, 0, 0x50, 0, 0, 1, 0, 0, 0, 0, 0, 1, 7], 1),
        ("a message of 16 MiB", far + [0, 13, 11, 0xFF, 0xFF, 0xFF, 0, 1, 0, 0, 0, 0, 0, 1, 7], 1),
        ("a record number far ahead", far + [0, 13, 13, 0, 0, 9, 0, 3, 0, 0, 0, 0, 0, 1, 7], 1),
        ("a fragment of another length", far + [0, 13, 11, 0, 9, 9, 0, 1, 0, 0, 5, 0, 0, 1, 7], 40),
        ("a ServerHelloDone with a body", far + [0, 13, 14, 0, 0, 1, 0, 4, 0, 0, 0, 0, 0, 1, 7], 1),
        ("a HelloRequest", far + [0, 12, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], 1),
        ("a HelloVerifyRequest", far + [0, 16, 3, 0, 0, 4, 0, 0, 0, 0, 0, 0, 0, 4, 0xFE, 0xFD, 1, 9], 1),
        ("a fatal alert", [21, 0xFE, 0xFD, 0, 0, 0, 0, 0, 0, 0, 9, 0, 2, 2, 40], 1),
        ("a close_notify", [21, 0xFE, 0xFD, 0, 0, 0, 0, 0, 0, 0, 9, 0, 2, 1, 0], 1),
        ("six warnings", [21, 0xFE, 0xFD, 0, 0, 0, 0, 0, 0, 0, 9, 0, 2, 1, 90], 6),
        ("a ChangeCipherSpec", [20, 0xFE, 0xFD, 0, 0, 0, 0, 0, 0, 0, 9, 0, 1, 1], 1),
        (
            "encrypted records by the hundred",
            [22, 0xFE, 0xFD, 0, 1, 0, 0, 0, 0, 0, 9, 0, 40] + Array(repeating: 7, count: 40), 100
        ),
        ("an empty record", [22, 0xFE, 0xFD, 0, 0, 0, 0, 0, 0, 0, 9, 0, 0], 40),
    ]

    @Test(
        "one of a kind at any moment costs nothing: the handshake ends with the same datagrams",
        arguments: kinds.indices, [DTLSRole.client, .server])
    func single(kind: Int, role: DTLSRole) throws {
        let (name, bytes, times) = Self.kinds[kind]
        for flight in 0..<4 {
            let (client, server) = try disturbed(bytes, times: times, at: role, before: flight)
            #expect(client.states == [.connecting, .connected], "\(name), \(flight)")
            #expect(server.states == [.connecting, .connected], "\(name), \(flight)")
        }
    }

    @Test("a server's flight of another session, with the right certificate, is not taken for that of this one")
    func replayedFlight() throws {
        let (other, server) = try Endpoint.pair(client: Fixtures.p256, server: Fixtures.otherP256)
        server.session.start(now: .zero)
        other.session.start(now: .zero)
        for datagram in other.takeOutbox() { server.receive(datagram) }
        let replayed = server.takeOutbox()
        let (client, honest) = try Endpoint.pair(client: Fixtures.p256, server: Fixtures.otherP256)
        honest.session.start(now: .zero)
        client.session.start(now: .zero)
        for datagram in replayed { client.receive(datagram) }
        #expect(client.outbox.count == 1, "nothing but the ClientHello")
        var link = Link()
        link.run(client, honest)
        #expect(client.session.state == .connected && honest.session.state == .connected)
    }

    @Test("a forged ClientHello that came first gives way to the one that is repeated")
    func forgedHello() async throws {
        let (client, server) = try Endpoint.pair(client: Fixtures.p256, server: Fixtures.otherP256, .quick)
        let (other, _) = try Endpoint.pair(client: Fixtures.p256, server: Fixtures.otherP256, .quick)
        other.session.start(now: .zero)
        server.session.start(now: .zero)
        for datagram in other.takeOutbox() { server.receive(datagram) }
        client.session.start(now: .zero)
        var link = Link()
        link.followsClock = true
        await link.runInTime(client, server)
        #expect(client.states == [.connecting, .connected] && server.states == [.connecting, .connected])
    }

    @Test("a server that asks for a cookie gets it, when nothing else has come for a moment")
    func cookie() throws {
        let client = try Endpoint(.client, Fixtures.p256, expecting: Fixtures.otherP256.fingerprints)
        client.session.start(now: .zero)
        let request = Self.kinds.first { $0.name == "a HelloVerifyRequest" }
        client.receive(try #require(request).bytes)
        #expect(client.outbox.count == 1)
        let deadline = try #require(client.session.nextDeadline)
        #expect(deadline == HandshakeGate.helloVerifyPatience)
        client.session.handleTimeout(now: deadline)
        #expect(client.outbox.count == 2)
        // message_seq 1, and the cookie behind the random number and no session id.
        #expect(client.outbox[1][17..<19] == [0, 1])
        #expect(client.outbox[1][59..<62] == [0, 1, 9])
    }

    @Test("forged data before the end of the handshake does not keep the peer's out that has overtaken it")
    func earlyData() throws {
        let (client, server) = try Endpoint.pair(client: Fixtures.p256, server: Fixtures.otherP256)
        server.session.start(now: .zero)
        client.session.start(now: .zero)
        for datagram in client.takeOutbox() { server.receive(datagram) }
        for datagram in server.takeOutbox() { client.receive(datagram) }
        for datagram in client.takeOutbox() { server.receive(datagram) }
        try server.send([1, 2, 3])
        let last = server.takeOutbox()
        let forged: [UInt8] = [23, 0xFE, 0xFD, 0, 1, 0, 0, 0, 0, 0, 9, 3, 232] + Array(repeating: 7, count: 1000)
        for _ in 0..<200 { client.receive(forged) }
        for datagram in last.reversed() { client.receive(datagram) }
        #expect(client.received == [[1, 2, 3]])
    }

    @Test("what waits is bounded in messages and bytes, and the flight that is repeated behind it still counts")
    func bounds() throws {
        var gate = HandshakeGate(role: .client)
        func take(_ message: HandshakeMessage) -> Bool {
            gate.takeHandshake(message.record(number: 0).span, datagram: message.datagram, now: .zero)
        }
        for seed in 0..<500 {
            var body = [UInt8](repeating: 1, count: 12_000)
            body[0] = UInt8(seed & 255)
            body[1] = UInt8(seed >> 8)
            let message = HandshakeMessage(kind: .certificate, sequence: 1, body: body, datagram: seed)
            let isTaken = take(message)
            #expect(isTaken)
        }
        #expect(gate.candidates.reduce(0) { $0 + $1.body.count } <= HandshakeGate.maximumBytes)
        for seed in 0..<500 {
            let message = HandshakeMessage(
                kind: .serverHello, sequence: 0, body: Array(repeating: UInt8(seed & 255), count: 38 + seed),
                datagram: seed)
            let isTaken = take(message)
            #expect(isTaken)
        }
        #expect(gate.candidates.count == HandshakeGate.maximumCandidates)
    }
}
