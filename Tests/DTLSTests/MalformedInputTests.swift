import TestSupport
import Testing
import TransportTypes

@testable import DTLS

@Suite("Malformed datagrams")
struct MalformedInputTests {
    @Test("noise in any state of a handshake is dropped, and the handshake goes on", arguments: 1...20)
    func noise(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let (client, server) = try Endpoint.pair(client: Fixtures.p256, server: Fixtures.otherP256)
        func disturb() {
            for end in [client, server] {
                for _ in 0..<10 { end.receive(Self.noise(&random)) }
            }
        }
        disturb()
        server.session.start(now: .zero)
        client.session.start(now: .zero)
        while !client.outbox.isEmpty || !server.outbox.isEmpty {
            disturb()
            for datagram in client.takeOutbox() { server.receive(datagram) }
            for datagram in server.takeOutbox() { client.receive(datagram) }
        }
        #expect(client.states == [.connecting, .connected])
        #expect(server.states == [.connecting, .connected])
        disturb()
        try client.send([1])
        for datagram in client.takeOutbox() { server.receive(datagram) }
        #expect(server.received == [[1]] && client.received.isEmpty)
        #expect(server.session.counters.recordsDiscarded > 0)
        server.session.close()
        disturb()
        #expect(server.states == [.connecting, .connected, .closed])
    }

    @Test(
        "changed datagrams of a handshake never trap, and never connect to a peer that is not the announced one",
        arguments: 1...200)
    func changedHandshake(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let (client, server) = try Endpoint.pair(client: Fixtures.p256, server: Fixtures.otherP256)
        server.session.start(now: .zero)
        client.session.start(now: .zero)
        while !client.outbox.isEmpty || !server.outbox.isEmpty {
            for (from, to) in [(client, server), (server, client)] {
                for datagram in from.takeOutbox() {
                    if Bool.random(using: &random) { to.receive(Self.changed(datagram, &random)) }
                    to.receive(datagram)
                }
            }
        }
        for (end, peer) in [(client, server), (server, client)] {
            #expect(end.received.isEmpty)
            if end.session.state == .failed { #expect(end.error != nil) }
            if end.session.state == .connected {
                #expect(end.session.remoteCertificateDER == peer.session.certificate.der)
            }
        }
        if client.session.state == .connected, server.session.state == .connected {
            #expect(client.session.exportSRTPKeys()?.localKey == server.session.exportSRTPKeys()?.remoteKey)
        }
    }

    @Test("changed, cut and forged records of a connected session are dropped, and it goes on", arguments: 1...20)
    func changedRecords(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let (client, server) = try Endpoint.pair(client: Fixtures.p256, server: Fixtures.otherP256)
        var link = Link()
        link.connect(client, server)
        var sent: [[UInt8]] = []
        for index in 0..<100 {
            let message = [UInt8(index)] + Array(repeating: 1, count: Int.random(in: 0...1000, using: &random))
            sent.append(message)
            try client.send(message)
            let datagram = client.takeOutbox()[0]
            server.receive(Self.changed(datagram, &random))
            server.receive(Array(datagram.prefix(Int.random(in: 0..<datagram.count, using: &random))))
            server.receive(Self.forged(&random))
            server.receive(datagram)
        }
        #expect(server.received == sent)
        #expect(server.states == [.connecting, .connected])
        #expect(server.outbox.isEmpty, "nothing answers a forgery")
    }

    @Test("encrypted records too short for their tag are dropped, in the handshake and after it")
    func shortRecords() throws {
        let (client, server) = try Endpoint.pair(client: Fixtures.p256, server: Fixtures.otherP256)
        func disturb() {
            for type in 20...23 as ClosedRange<UInt8> {
                for length in 0..<24 as Range<UInt8> {
                    let header: [UInt8] = [type, 0xFE, 0xFD, 0, 1, 0, 0, 0, 1, type, length, 0, length]
                    for end in [client, server] { end.receive(header + Array(repeating: 7, count: Int(length))) }
                }
            }
        }
        server.session.start(now: .zero)
        client.session.start(now: .zero)
        while !client.outbox.isEmpty || !server.outbox.isEmpty {
            for (from, to) in [(client, server), (server, client)] {
                for datagram in from.takeOutbox() {
                    disturb()
                    to.receive(datagram)
                }
            }
        }
        disturb()
        for end in [client, server] {
            #expect(end.states == [.connecting, .connected])
            #expect(end.outbox.isEmpty)
        }
        try client.send([1])
        for datagram in client.takeOutbox() { server.receive(datagram) }
        #expect(server.received == [[1]])
    }

    @Test("plain application data and plain alerts mean nothing: the one before, the other after the handshake")
    func plainRecords() throws {
        let (client, server) = try Endpoint.pair(client: Fixtures.p256, server: Fixtures.otherP256)
        let plainData: [UInt8] = [23, 0xFE, 0xFD, 0, 0, 0, 0, 0, 0, 0, 5, 0, 3, 1, 2, 3]
        let fatalAlert: [UInt8] = [21, 0xFE, 0xFD, 0, 0, 0, 0, 0, 0, 0, 6, 0, 2, 2, 40]
        let closeNotify: [UInt8] = [21, 0xFE, 0xFD, 0, 0, 0, 0, 0, 0, 0, 7, 0, 2, 1, 0]
        server.session.start(now: .zero)
        client.session.start(now: .zero)
        client.receive(plainData)
        server.receive(plainData)
        var link = Link()
        link.run(client, server)
        for end in [client, server] {
            for datagram in [plainData, fatalAlert, closeNotify] { end.receive(datagram) }
            #expect(end.states == [.connecting, .connected])
            #expect(end.received.isEmpty)
        }
    }

    @Test("what waits is bounded, before start and while fingerprints are missing")
    func boundedWaiting() throws {
        let server = try Endpoint(.server, Fixtures.p256, expecting: [])
        let record: [UInt8] = [22, 0xFE, 0xFD, 0, 1, 0, 0, 0, 0, 0, 5, 4, 0] + Array(repeating: 1, count: 1024)
        for _ in 0..<1000 { server.receive(record) }
        #expect(server.session.counters.recordsDiscarded == 1000)
        server.session.start(now: .zero)
        #expect(server.session.state == .connecting)
    }

    @Test("encrypted handshake records that come too early are kept up to a bound")
    func boundedEarlyRecords() throws {
        var gate = HandshakeGate(role: .server)
        func keep(_ bytes: [UInt8]) -> Bool { gate.keepEarly(bytes.span) }
        for index in 0..<200 as Range<UInt8> {
            let isKept = keep(Array(repeating: index, count: 60))
            #expect(isKept)
        }
        let isKept = keep(Array(repeating: 1, count: 513))
        #expect(!isKept, "no Finished is so long")
        #expect(gate.earlyCount == HandshakeGate.maximumEarly)
    }

    @Test("records of later epochs and empty datagrams are dropped")
    func epochs() throws {
        let (client, server) = try Endpoint.pair(client: Fixtures.p256, server: Fixtures.otherP256)
        var link = Link()
        link.connect(client, server)
        let before = server.session.counters.recordsDiscarded
        server.receive([])
        #expect(server.session.counters.recordsDiscarded == before)
        for epoch in [0, 2, 3, 255] as [UInt8] {
            for type in 20...25 as ClosedRange<UInt8> {
                server.receive([type, 0xFE, 0xFD, 0, epoch, 0, 0, 0, 0, 0, 5, 0, 2, 1, 2])
            }
        }
        #expect(server.session.counters.recordsDiscarded == before + 24)
        #expect(server.session.state == .connected)
    }

    /// Bytes of the range that belongs to DTLS (RFC 7983), with a header that is right in part.
    private static func noise(_ random: inout SeededGenerator) -> [UInt8] {
        var bytes = (0..<Int.random(in: 0...1500, using: &random)).map { _ in UInt8.random(in: 0...255, using: &random)
        }
        guard bytes.count > 13 else { return bytes }
        bytes[0] = UInt8.random(in: 20...63, using: &random)
        if Bool.random(using: &random) { bytes[1...2] = [0xFE, 0xFD] }
        if Bool.random(using: &random) { bytes[3...4] = [0, UInt8.random(in: 0...2, using: &random)] }
        if Bool.random(using: &random) {
            bytes[11...12] = [UInt8((bytes.count - 13) >> 8), UInt8((bytes.count - 13) & 255)]
        }
        return bytes
    }

    /// A record of the epoch of a connected session, with everything right but the key.
    private static func forged(_ random: inout SeededGenerator) -> [UInt8] {
        let length = Int.random(in: 0...300, using: &random)
        return [
            UInt8.random(in: 20...23, using: &random), 0xFE, 0xFD, 0, 1, 0, 0, 0, 0,
            UInt8.random(in: 0...255, using: &random),
        ]
            + [UInt8.random(in: 0...255, using: &random), UInt8(length >> 8), UInt8(length & 255)]
            + (0..<length).map { _ in UInt8.random(in: 0...255, using: &random) }
    }

    /// At least one bit is different.
    private static func changed(_ datagram: [UInt8], _ random: inout SeededGenerator) -> [UInt8] {
        var bytes = datagram
        for _ in 0..<Int.random(in: 1...4, using: &random) {
            bytes[Int.random(in: bytes.indices, using: &random)] ^= UInt8.random(in: 1...255, using: &random)
        }
        return bytes == datagram ? bytes.map { ~$0 } : bytes
    }
}
