import TestSupport
import Testing
import TransportTypes

@testable import DTLS

@Suite("DTLS retransmission")
struct RetransmissionTests {
    @Test("a lossy, repeating, reordering link only delays the handshake", arguments: 1...40)
    func lossyLink(seed: UInt64) async throws {
        let certificate = seed.isMultiple(of: 3) ? Fixtures.rsa : Fixtures.p256
        let (client, server) = try Endpoint.pair(client: certificate, server: Fixtures.otherP256, .quick)
        var link = Link(seed: seed)
        link.loss = 0.2
        link.duplication = 0.2
        link.reordering = 0.4
        await link.connectInTime(client, server)
        #expect(client.session.state == .connected, "\(String(describing: client.error))")
        #expect(server.session.state == .connected, "\(String(describing: server.error))")
    }

    @Test("a lost datagram of any flight is sent again", arguments: 0..<4)
    func singleLoss(index: Int) async throws {
        let (client, server) = try Endpoint.pair(client: Fixtures.p256, server: Fixtures.p256, .quick)
        var link = Link()
        link.lost = [index]
        await link.connectInTime(client, server)
        #expect(client.session.state == .connected && server.session.state == .connected)
        try #require(link.datagrams > index, "there was nothing to lose")
        #expect(client.session.counters.retransmissions + server.session.counters.retransmissions > 0)
    }

    @Test("the waits double up to the limit, and are never below what OpenSSL takes for expired")
    func backoff() {
        let configuration = DTLSConfiguration(
            initialRetransmission: .milliseconds(40), maximumRetransmission: .milliseconds(100))
        #expect(configuration.retransmissionInterval(after: 0) == 40_000)
        #expect(configuration.retransmissionInterval(after: 40_000) == 80_000)
        #expect(configuration.retransmissionInterval(after: 80_000) == 100_000)
        #expect(configuration.retransmissionInterval(after: 100_000) == 100_000)
        let zero = DTLSConfiguration(initialRetransmission: .zero, maximumRetransmission: .zero)
        #expect(zero.retransmissionInterval(after: 0) == 16_000)
        #expect(zero.retransmissionInterval(after: 16_000) == 16_000)
        let ever = Duration.seconds(Int64.max)
        let endless = DTLSConfiguration(initialRetransmission: ever, maximumRetransmission: ever)
        #expect(endless.retransmissionInterval(after: 0) == 60_000_000)
        #expect(endless.retransmissionInterval(after: .max) == 60_000_000)
    }

    @Test("the deadline is that of the configuration, from the time that start was given")
    func deadline() throws {
        let client = try Endpoint(.client, Fixtures.p256, expecting: Fixtures.p256.fingerprints)
        #expect(client.session.nextDeadline == nil)
        client.session.start(now: .seconds(5))
        let deadline = try #require(client.session.nextDeadline)
        #expect((.seconds(5) ... .milliseconds(5150)).contains(deadline))
        client.session.handleTimeout(now: deadline - .nanoseconds(1))
        #expect(client.outbox.count == 1 && client.session.counters.retransmissions == 0)
    }

    @Test("a peer that never answers fails the session as timed out")
    func silence() async throws {
        let hasty = DTLSConfiguration(
            initialRetransmission: .milliseconds(16), maximumRetransmission: .milliseconds(16))
        let (client, server) = try Endpoint.pair(client: Fixtures.p256, server: Fixtures.p256, hasty)
        var link = Link()
        link.loss = 1
        await link.connectInTime(client, server)
        #expect(client.states == [.connecting, .failed])
        #expect(client.error?.code == .timedOut)
        #expect(client.session.counters.retransmissions > 5)
        #expect(server.states == [.connecting], "a server has nobody to wait for")
    }

    @Test("a client that missed the last flight asks again, and the connected server repeats it")
    func lostLastFlight() async throws {
        let (client, server) = try Endpoint.pair(client: Fixtures.p256, server: Fixtures.p256, .quick)
        server.session.start(now: .zero)
        client.session.start(now: .zero)
        for datagram in client.takeOutbox() { server.receive(datagram) }
        for datagram in server.takeOutbox() { client.receive(datagram) }
        for datagram in client.takeOutbox() { server.receive(datagram) }
        #expect(server.session.state == .connected)
        _ = server.takeOutbox()
        var link = Link()
        await link.runInTime(client, server)
        #expect(client.session.state == .connected)
        #expect(server.states == [.connecting, .connected])
        try server.send([1])
        link.run(client, server)
        #expect(client.received == [[1]])
    }

    @Test("as long as OpenSSL's clock is behind, the next deadline is a little later and not now")
    func clockBehind() throws {
        let client = try Endpoint(
            .client, Fixtures.p256, expecting: Fixtures.p256.fingerprints,
            DTLSConfiguration(initialRetransmission: .zero, maximumRetransmission: .zero))
        client.session.start(now: .zero)
        while client.session.counters.retransmissions == 0 {
            let now = try #require(client.session.nextDeadline)
            client.session.handleTimeout(now: now)
            #expect(try #require(client.session.nextDeadline) >= now + .milliseconds(1))
        }
    }

    @Test("retransmissions to somebody who was not the peer are counted as well")
    func countedOn() throws {
        let (client, server) = try Endpoint.pair(client: Fixtures.p256, server: Fixtures.otherP256, .quick)
        let (other, _) = try Endpoint.pair(client: Fixtures.p256, server: Fixtures.otherP256, .quick)
        for end in [client, server, other] { end.session.start(now: .zero) }
        for datagram in other.takeOutbox() { server.receive(datagram) }
        var now = Duration.zero
        func tick() {
            now = max(now, server.session.nextDeadline ?? now)
            server.session.handleTimeout(now: now)
        }
        while server.session.counters.retransmissions == 0 { tick() }
        let before = server.session.counters.retransmissions
        for datagram in client.takeOutbox() { server.receive(datagram, now: now) }
        let flights = server.session.counters.datagramsSent
        while server.session.counters.datagramsSent == flights { tick() }
        #expect(server.session.counters.retransmissions >= before)
        var link = Link()
        link.run(client, server)
        #expect(client.session.state == .connected && server.session.state == .connected)
    }
}
