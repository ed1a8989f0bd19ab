import DTLS
import TestSupport
import Testing
import TransportTypes

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
        var configuration = DTLSConfiguration()
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

    @Test("a ClientHello in fragments is put together, in order or not", arguments: [false, true])
    func fragmentedClientHello(reversed: Bool) throws {
        let (client, server) = try Endpoint.pair(client: Fixtures.p256, server: Fixtures.p256)
        server.session.start(now: .zero)
        client.session.start(now: .zero)
        let hello = try #require(client.takeOutbox().first)
        let fragments = Handshake.fragments(of: hello, size: 50)
        #expect(fragments.count >= 3)
        for fragment in reversed ? fragments.reversed() : fragments { server.receive(fragment) }
        #expect(!server.outbox.isEmpty)
        var link = Link()
        link.run(client, server)
        #expect(client.session.state == .connected && server.session.state == .connected)
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
        client.session.start(now: .zero)
        for datagram in client.takeOutbox() { server.receive(datagram) }
        #expect(server.outbox.isEmpty)
        server.session.start(now: .zero)
        #expect(!server.outbox.isEmpty)
    }

    @Test("data that overtakes the last flight is delivered once the handshake is done")
    func earlyData() throws {
        let (client, server) = try Endpoint.pair(client: Fixtures.p256, server: Fixtures.p256)
        server.session.start(now: .zero)
        client.session.start(now: .zero)
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
}

/// Cuts a handshake message of epoch 0 apart, which OpenSSL itself only does when it exceeds the
/// MTU.
enum Handshake {
    static func fragments(of datagram: [UInt8], size: Int) -> [[UInt8]] {
        let header = Array(datagram[0..<13])
        let message = Array(datagram[13..<25])
        let body = Array(datagram[25...])
        return stride(from: 0, to: body.count, by: size).enumerated().map { index, start in
            let part = body[start..<min(start + size, body.count)]
            var record = header
            record[10] = 20 &+ UInt8(index)  // the sequence number: one that OpenSSL does not use itself
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
