import Glibc
import Testing
import TransportTypes

@testable import DTLS

@Suite("The life of a session")
struct LifecycleTests {
    private func connected() throws -> (client: Endpoint, server: Endpoint, link: Link) {
        let (client, server) = try Endpoint.pair(client: Fixtures.p256, server: Fixtures.otherP256)
        var link = Link()
        link.connect(client, server)
        try #require(client.session.state == .connected && server.session.state == .connected)
        return (client, server, link)
    }

    @Test(
        "closing tells the peer, which closes too; a second close does nothing", arguments: [DTLSRole.client, .server])
    func close(role: DTLSRole) throws {
        var (client, server, link) = try connected()
        let closing = role == .client ? client : server
        closing.session.close()
        closing.session.close()
        link.run(client, server)
        #expect(client.states == [.connecting, .connected, .closed])
        #expect(server.states == [.connecting, .connected, .closed])
        #expect(client.error == nil && server.error == nil)
        for end in [client, server] {
            let error = #expect(throws: DTLSError.self) { try end.send([1]) }
            #expect(error?.code == .invalidState)
            #expect(end.session.exportSRTPKeys() == nil)
        }
    }

    @Test("a session can be closed in every state, and stays closed whatever comes")
    func closeAnywhere() throws {
        let fresh = try Endpoint(.client, Fixtures.p256, expecting: Fixtures.p256.fingerprints)
        fresh.session.close()
        fresh.session.start(now: .zero)
        #expect(fresh.states == [.closed] && fresh.outbox.isEmpty)

        let (client, server) = try Endpoint.pair(client: Fixtures.p256, server: Fixtures.p256)
        server.session.start(now: .zero)
        client.session.start(now: .zero)
        for datagram in client.takeOutbox() { server.receive(datagram) }
        client.session.close()
        for datagram in server.takeOutbox() { client.receive(datagram) }
        client.session.setRemoteFingerprints(Fixtures.p256.fingerprints, now: .zero)
        client.session.handleTimeout(now: .seconds(Int64.max))
        #expect(client.states == [.connecting, .closed])
        #expect(client.session.nextDeadline == nil && client.outbox.isEmpty)

        let failed = try Endpoint(.client, Fixtures.p256, expecting: Fixtures.p256.fingerprints)
        failed.session.start(now: .zero)
        failed.receive([21, 0xFE, 0xFD, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 2, 40])
        #expect(failed.states == [.connecting], "anybody may have said that")
        failed.session.handleTimeout(now: DTLSSession.patience)
        #expect(failed.states == [.connecting, .failed])
        #expect(failed.error?.code == .alertReceived && failed.error?.alert == 40)
        failed.session.close()
        #expect(failed.states == [.connecting, .failed, .closed])
    }

    @Test("sending is refused before connected and beyond a record, and nothing is sent for no bytes")
    func sendLimits() throws {
        let early = try Endpoint(.client, Fixtures.p256, expecting: Fixtures.p256.fingerprints)
        #expect(throws: DTLSError.self) { try early.send([1]) }
        early.session.start(now: .zero)
        let refusal = #expect(throws: DTLSError.self) { try early.send([1]) }
        #expect(refusal?.code == .invalidState)

        var (client, server, link) = try connected()
        let tooLarge = #expect(throws: DTLSError.self) { try client.send(Array(repeating: 0, count: 16_385)) }
        #expect(tooLarge?.code == .messageTooLarge)
        try client.send([])
        #expect(client.outbox.isEmpty)
        try client.send(Array(repeating: 1, count: 1200))
        link.run(client, server)
        #expect(server.received.map(\.count) == [1200])
        // Larger than a datagram of the handshake, for which OpenSSL's buffer has to grow.
        try client.send(Array(repeating: 2, count: 16_384))
        try client.send(Array(repeating: 3, count: 100))
        link.run(client, server)
        #expect(server.received.map(\.count) == [1200, 16_384, 100])
        #expect(client.session.state == .connected)
    }

    private static func alert(_ number: UInt8) -> [UInt8] { [21, 0xFE, 0xFD, 0, 0, 0, 0, 0, 0, 0, 1, 0, 2, 2, number] }

    @Test("an alert to one who has sent nothing is nobody's answer")
    func alertBefore() throws {
        let server = try Endpoint(.server, Fixtures.p256, expecting: Fixtures.p256.fingerprints)
        server.session.start(now: .zero)
        server.receive(Self.alert(40))
        #expect(server.session.nextDeadline == nil)
        server.session.handleTimeout(now: .seconds(60))
        #expect(server.session.state == .connecting)
    }

    @Test("alerts that come again and again do not put off the end of the one that came first")
    func alertAgain() throws {
        let client = try Endpoint(.client, Fixtures.p256, expecting: Fixtures.p256.fingerprints)
        client.session.start(now: .zero)
        client.receive(Self.alert(40))
        client.receive(Self.alert(42), now: .seconds(3))
        client.session.handleTimeout(now: DTLSSession.patience)
        #expect(client.session.state == .failed && client.error?.alert == 40)
    }

    @Test("an alert is forgotten when the handshake goes on")
    func alertRefuted() throws {
        let (client, server) = try Endpoint.pair(client: Fixtures.p256, server: Fixtures.otherP256)
        for end in [client, server] { end.session.start(now: .zero) }
        client.receive(Self.alert(40))
        for datagram in client.takeOutbox() { server.receive(datagram) }
        for datagram in server.takeOutbox() { client.receive(datagram) }
        client.session.handleTimeout(now: .seconds(10))
        #expect(client.session.state == .connecting)
    }

    @Test("what is sealed into another's buffer is counted as sent")
    func sealed() throws {
        let (client, server) = try Endpoint.pair(client: Fixtures.p256, server: Fixtures.otherP256)
        var link = Link()
        link.connect(client, server)
        try server.send([1])
        link.run(client, server)
        try #require(client.session.sealedSize(of: 3) != nil)
        let before = client.session.counters.datagramsSent
        var datagrams: [UInt8] = []
        #expect(client.session.seal([1, 2, 3].span, appendingTo: &datagrams))
        #expect(client.session.counters.datagramsSent == before + 1)
    }

    @Test("a repeated record is delivered once")
    func replay() throws {
        let (client, server, _) = try connected()
        try client.send([1])
        let datagram = client.takeOutbox()[0]
        let before = server.session.counters.recordsDiscarded
        for _ in 0..<5 { server.receive(datagram) }
        #expect(server.received == [[1]])
        #expect(server.session.counters.recordsDiscarded == before + 4)
    }

    @Test("datagrams that lie back to back are told apart, whatever is in one of them")
    func merged() throws {
        let (client, server, _) = try connected()
        for text in [[1], [2], [3], [4]] as [[UInt8]] { try client.send(text) }
        var datagrams = client.takeOutbox()
        let size = datagrams[0].count
        #expect(datagrams.allSatisfy { $0.count == size })
        // One says that it is longer than it is, and the last is cut off.
        datagrams[1][12] += 1
        datagrams[3].removeLast()
        let before = server.session.counters
        server.receive(datagrams.flatMap { $0 }, segmentSize: size)
        #expect(server.received == [[1], [3]])
        #expect(server.session.counters.datagramsReceived == before.datagramsReceived + 4)
        #expect(server.session.counters.recordsDiscarded == before.recordsDiscarded + 2)
    }

    @Test("from inside of didReceive a session can answer and be closed, and refuses to be fed")
    func insideReceive() throws {
        let (client, server, _) = try connected()
        try client.send([1])
        try client.send([2])
        try client.send([3])
        let batch = client.takeOutbox()
        defer { server.onReceive = nil }  // it holds its owner
        server.onReceive = { session in
            if server.received.count == 1 { try? server.send([9]) }
            server.receive(batch[2])
            if server.received.count == 2 { session.close() }
        }
        server.receive(batch.flatMap { $0 })
        #expect(server.received == [[1], [2]])
        #expect(server.states.last == .closed)
        for datagram in server.takeOutbox() { client.receive(datagram) }
        #expect(client.received == [[9]])
        #expect(client.states.last == .closed)
    }

    @Test("from inside of didProduce a session refuses to send or be fed, and closes when the call is over")
    func insideProduce() throws {
        let (client, server, _) = try connected()
        var refusal: DTLSError?
        defer { client.onProduce = nil }  // it holds its owner
        client.onProduce = { session in
            guard refusal == nil else { return }
            do { try client.send([2]) } catch { refusal = error as? DTLSError }
            client.receive([23, 0xFE, 0xFD, 0, 1, 0, 0, 0, 0, 0, 9, 0, 1, 0])
            session.close()
            #expect(session.state == .connected)
        }
        try client.send([1])
        #expect(refusal?.code == .invalidState)
        #expect(client.session.state == .closed)
        for datagram in client.takeOutbox() { server.receive(datagram) }
        #expect(server.received == [[1]])
        #expect(server.session.state == .closed)
    }

    @Test("closing from inside of every callback of a handshake ends it", arguments: [DTLSRole.client, .server], 0..<4)
    func closeInside(role: DTLSRole, count: Int) throws {
        let (client, server) = try Endpoint.pair(client: Fixtures.p256, server: Fixtures.p256)
        let end = role == .client ? client : server
        var left = count
        let callback = { (session: DTLSSession) in
            if left == 0 { session.close() }
            left -= 1
        }
        end.onProduce = callback
        end.onState = { session, _ in callback(session) }
        server.session.start(now: .zero)
        client.session.start(now: .zero)
        var link = Link()
        link.run(client, server)
        #expect(end.session.state == .closed)
        #expect(end.session.nextDeadline == nil)
        #expect(end.states.filter { $0 == .closed }.count == 1)
    }

    @Test("a session that gave its buffers back goes on as before")
    func releasedBuffers() throws {
        var (client, server, link) = try connected()
        for index in 0..<3 as Range<UInt8> {
            client.session.releaseBuffers()
            server.session.releaseBuffers()
            server.session.releaseBuffers()
            try client.send([index])
            link.run(client, server)
            try server.send([index])
            link.run(client, server)
        }
        #expect(server.received == [[0], [1], [2]] && client.received == [[0], [1], [2]])
        client.session.releaseBuffers()
        server.session.releaseBuffers()
        client.session.close()
        link.run(client, server)
        #expect(client.states.last == .closed && server.states.last == .closed)
    }

    @Test("one certificate serves sessions on several threads at a time")
    func threads() async throws {
        let connected = try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<4 {
                group.addTask {
                    var connected = 0
                    for _ in 0..<10 {
                        let (client, server) = try Endpoint.pair(client: Fixtures.p256, server: Fixtures.rsa)
                        var link = Link()
                        link.connect(client, server)
                        if client.session.state == .connected, server.session.state == .connected { connected += 1 }
                    }
                    return connected
                }
            }
            return try await group.reduce(0, +)
        }
        #expect(connected == 40)
    }

    @Test("a thousand sessions and certificates leave no memory behind", .disabled(if: isAddressSanitized))
    func memory() throws {
        func round() throws {
            let (client, server) = try Endpoint.pair(client: try Certificate.generate(), server: Fixtures.p256)
            var link = Link()
            link.connect(client, server)
            #expect(server.session.state == .connected)
        }
        for _ in 0..<50 { try round() }
        let before = Self.residentKilobytes
        for _ in 0..<500 { try round() }
        // A leaked session would cost 60 KB: 60 MB in all. Other tests run beside this one, hence
        // the room.
        #expect(Self.residentKilobytes - before < 20_000)
    }

    /// The sanitizer keeps freed memory for a while, and looks for leaks itself.
    private static let isAddressSanitized = unsafe dlsym(nil, "__asan_init") != nil

    private static var residentKilobytes: Int {
        guard let file = unsafe fopen("/proc/self/statm", "r") else { return 0 }
        defer { unsafe fclose(file) }
        var text = [CChar](repeating: 0, count: 128)
        guard unsafe fgets(&text, 128, file) != nil else { return 0 }
        let fields = String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self).split(
            separator: " ")
        return fields.count > 1 ? (Int(fields[1]) ?? 0) * 4 : 0
    }
}
