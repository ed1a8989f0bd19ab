import DTLS
import TestSupport
import Testing

@Suite("DTLS handshakes")
struct HandshakeTests {
    @Test(
        "all four pairs of certificates connect, and data flows both ways",
        arguments: [Fixtures.p256, Fixtures.rsa], [Fixtures.otherP256, Fixtures.rsa])
    func pairs(client: Certificate, server: Certificate) throws {
        let (client, server) = try Endpoint.pair(client: client, server: server)
        var link = Link()
        link.connect(client, server)
        #expect(client.states == [.connecting, .connected])
        #expect(server.states == [.connecting, .connected])
        #expect(client.session.remoteCertificateDER == server.session.certificate.der)
        #expect(server.session.remoteCertificateDER == client.session.certificate.der)
        try client.send([1, 2, 3])
        try client.send([4])
        try server.send(Array(repeating: 7, count: 1100))
        link.run(client, server)
        #expect(server.received == [[1, 2, 3], [4]])
        #expect(client.received == [Array(repeating: 7, count: 1100)])
        #expect(client.session.nextDeadline == nil && server.session.nextDeadline == nil)
    }

    @Test("DTLS 1.2 with ECDHE, AES-128-GCM and an SRTP profile is agreed on")
    func parameters() throws {
        let (client, server) = try Endpoint.pair(client: Fixtures.p256, server: Fixtures.otherP256)
        var link = Link()
        link.connect(client, server)
        let parameters = try #require(client.session.parameters)
        #expect(parameters == server.session.parameters)
        #expect(parameters.tlsVersion == "FEFD")
        #expect(parameters.cipher == "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256")
        #expect(parameters.openSSLCipher == "ECDHE-ECDSA-AES128-GCM-SHA256")
        #expect(parameters.cipherCodePoint == 0xC02B)
        #expect(parameters.group?.lowercased() == "x25519")
        #expect(parameters.srtpProfile == .aeadAES128GCM)
        #expect(client.session.maximumPayload == 1200 - 37)
    }

    @Test(
        "no datagram is larger than the MTU", arguments: [280, 300, 512, 513, 700, 1000, 1200, 1400],
        [Fixtures.p256, Fixtures.rsa])
    func mtu(mtu: Int, certificate: Certificate) throws {
        var configuration = DTLSConfiguration.quick
        configuration.mtu = mtu
        let (client, server) = try Endpoint.pair(client: certificate, server: certificate, configuration)
        var link = Link()
        link.connect(client, server)
        #expect(client.session.state == .connected && server.session.state == .connected)
        #expect(link.largest <= mtu)
        try client.send(Array(repeating: 1, count: client.session.maximumPayload))
        link.run(client, server)
        #expect(link.largest <= mtu)
        #expect(server.received.count == 1)
    }

    @Test("a lossy, repeating, reordering link only delays the handshake", arguments: 1...60)
    func lossyLink(seed: UInt64) throws {
        let certificate = seed.isMultiple(of: 3) ? Fixtures.rsa : Fixtures.p256
        let (client, server) = try Endpoint.pair(client: certificate, server: Fixtures.otherP256)
        var link = Link(seed: seed)
        link.loss = 0.2
        link.duplication = 0.2
        link.reordering = 0.4
        link.connect(client, server)
        #expect(client.session.state == .connected, "\(String(describing: client.error))")
        #expect(server.session.state == .connected, "\(String(describing: server.error))")
    }

    @Test("a lost datagram of any flight is sent again", arguments: 0..<8)
    func singleLoss(index: Int) throws {
        let (client, server) = try Endpoint.pair(client: Fixtures.p256, server: Fixtures.p256)
        var dropped = false
        var counter = 0
        server.session.start(now: 0)
        client.session.start(now: 0)
        var now: UInt64 = 0
        let limit = ContinuousClock.now + .seconds(20)
        while client.session.state == .connecting || server.session.state == .connecting, ContinuousClock.now < limit {
            for (from, to) in [(client, server), (server, client)] {
                for datagram in from.takeOutbox() {
                    defer { counter += 1 }
                    if counter == index {
                        dropped = true
                    } else {
                        to.receive(datagram, now: now)
                    }
                }
            }
            guard client.outbox.isEmpty, server.outbox.isEmpty else { continue }
            now = max(now, [client, server].compactMap(\.session.nextDeadline).min() ?? now)
            client.session.handleTimeout(now: now)
            server.session.handleTimeout(now: now)
        }
        #expect(client.session.state == .connected && server.session.state == .connected)
        if dropped { #expect(client.session.counters.retransmissions + server.session.counters.retransmissions > 0) }
    }

    @Test("a ClientHello in fragments is put together, in order or not", arguments: [false, true])
    func fragmentedClientHello(reversed: Bool) throws {
        let (client, server) = try Endpoint.pair(client: Fixtures.p256, server: Fixtures.p256)
        server.session.start(now: 0)
        client.session.start(now: 0)
        let hello = try #require(client.takeOutbox().first)
        let fragments = Handshake.fragments(of: hello, size: 50)
        #expect(fragments.count >= 3)
        for fragment in reversed ? fragments.reversed() : fragments { server.receive(fragment) }
        #expect(!server.outbox.isEmpty)
        var link = Link()
        link.run(client, server) { client.session.state == .connected && server.session.state == .connected }
        #expect(client.session.state == .connected && server.session.state == .connected)
    }

    @Test("the waits between retransmissions double up to the limit")
    func backoff() throws {
        var configuration = DTLSConfiguration()
        configuration.initialRetransmission = 40_000_000
        configuration.maximumRetransmission = 100_000_000
        let client = try Endpoint(.client, Fixtures.p256, expecting: Fixtures.p256.fingerprints, configuration)
        client.session.start(now: 0)
        #expect((30_000_000...40_000_000).contains(try #require(client.session.nextDeadline)))
        var waits: [UInt64] = []
        var now: UInt64 = 0
        let limit = ContinuousClock.now + .seconds(20)
        while waits.count < 3, ContinuousClock.now < limit {
            let before = client.session.counters.retransmissions
            now = try #require(client.session.nextDeadline)
            client.session.handleTimeout(now: now)
            if client.session.counters.retransmissions > before {
                waits.append(try #require(client.session.nextDeadline) - now)
            }
        }
        #expect((70_000_000...80_000_000).contains(waits[0]))
        #expect((90_000_000...100_000_000).contains(waits[1]))
        #expect((90_000_000...100_000_000).contains(waits[2]))
        #expect(client.outbox.count == 4)
    }

    @Test("a peer that never answers fails the session as timed out")
    func silence() throws {
        let client = try Endpoint(.client, Fixtures.p256, expecting: Fixtures.p256.fingerprints)
        client.session.start(now: 0)
        let limit = ContinuousClock.now + .seconds(20)
        while let deadline = client.session.nextDeadline, ContinuousClock.now < limit {
            client.session.handleTimeout(now: deadline)
        }
        #expect(client.states == [.connecting, .failed])
        #expect(client.error?.code == .timedOut)
    }

    @Test("several datagrams merged into one are taken apart")
    func mergedDatagrams() throws {
        let (client, server) = try Endpoint.pair(client: Fixtures.p256, server: Fixtures.p256)
        var link = Link()
        link.connect(client, server)
        for index in 0..<60 { try client.send(Array(repeating: UInt8(index), count: 1100)) }
        server.receive(client.takeOutbox().flatMap { $0 })
        #expect(server.received.map { $0[0] } == Array(0..<60))
    }

    @Test("what arrives before start is kept, and the handshake goes on from it")
    func earlyHello() throws {
        let (client, server) = try Endpoint.pair(client: Fixtures.p256, server: Fixtures.p256)
        client.session.start(now: 0)
        for datagram in client.takeOutbox() { server.receive(datagram) }
        #expect(server.outbox.isEmpty)
        server.session.start(now: 0)
        #expect(!server.outbox.isEmpty)
    }

    @Test("data that overtakes the last flight is delivered once the handshake is done")
    func earlyData() throws {
        let (client, server) = try Endpoint.pair(client: Fixtures.p256, server: Fixtures.p256)
        server.session.start(now: 0)
        client.session.start(now: 0)
        for datagram in client.takeOutbox() { server.receive(datagram) }
        for datagram in server.takeOutbox() { client.receive(datagram) }
        for datagram in client.takeOutbox() { server.receive(datagram) }
        #expect(server.session.state == .connected)
        let lastFlight = server.takeOutbox()
        try server.send([9])
        for datagram in server.takeOutbox() { client.receive(datagram) }
        #expect(client.received.isEmpty)
        for datagram in lastFlight { client.receive(datagram) }
        #expect(client.session.state == .connected)
        #expect(client.received == [[9]])
    }

    @Test("a client that missed the last flight asks again, and the connected server repeats it")
    func lostLastFlight() throws {
        let (client, server) = try Endpoint.pair(client: Fixtures.p256, server: Fixtures.p256)
        server.session.start(now: 0)
        client.session.start(now: 0)
        for datagram in client.takeOutbox() { server.receive(datagram) }
        for datagram in server.takeOutbox() { client.receive(datagram) }
        for datagram in client.takeOutbox() { server.receive(datagram) }
        #expect(server.session.state == .connected)
        _ = server.takeOutbox()
        var link = Link()
        link.run(client, server) { client.session.state == .connected }
        #expect(client.session.state == .connected)
        #expect(server.states == [.connecting, .connected])
        try server.send([1])
        link.run(client, server)
        #expect(client.received == [[1]])
    }
}

/// Cuts a handshake message of epoch 0 apart, which OpenSSL itself only does when it exceeds the MTU.
enum Handshake {
    static func fragments(of datagram: [UInt8], size: Int) -> [[UInt8]] {
        let header = Array(datagram[0..<13])
        let message = Array(datagram[13..<25])
        let body = Array(datagram[25...])
        return stride(from: 0, to: body.count, by: size).enumerated().map { index, start in
            let part = body[start..<min(start + size, body.count)]
            var record = header
            record[10] = header[10] &+ UInt8(index)  // sequence number
            let length = part.count + 12
            record[11] = UInt8(length >> 8)
            record[12] = UInt8(length & 255)
            var fragment = message
            fragment[6...8] = [0, UInt8(start >> 8), UInt8(start & 255)]
            fragment[9...11] = [0, UInt8(part.count >> 8), UInt8(part.count & 255)]
            return record + fragment + part
        }
    }
}
