import TestSupport
import Testing

@testable import DTLS

@Suite("Records after the handshake")
struct RecordProtectionTests {
    /// Two ends with the same keys, as the handshake leaves them.
    private func pair(_ suite: RecordSuite) throws -> (client: RecordProtection, server: RecordProtection) {
        let block = (0..<2 * (suite.keyLength + suite.saltLength)).map { UInt8($0) }
        let progress = RecordProtection.Progress(sent: 3, explicitNonce: .max - 1, received: 3)
        return (
            try #require(RecordProtection(suite: suite, keyBlock: block, role: .client, progress: progress)),
            try #require(RecordProtection(suite: suite, keyBlock: block, role: .server, progress: progress))
        )
    }

    private static let suites: [RecordSuite] = [.aes128GCM, .aes256GCM, .chaCha20Poly1305]

    /// What a record gives: its content, or why there is none.
    private func open(_ datagram: [UInt8], at end: RecordProtection) -> (
        content: [UInt8]?, what: RecordProtection.Content
    ) {
        var content: [UInt8]?
        guard let record = Record(in: datagram.span, at: 0) else { return (nil, .nothing) }
        let what = end.open(record, datagram.span) { bytes in content = bytes.indices.map { bytes[$0] } }
        return (content, what)
    }

    @Test(
        "each suite gives back what went in, both ways, in records that are longer by its overhead", arguments: suites)
    func roundTrip(suite: RecordSuite) throws {
        let (client, server) = try pair(suite)
        for (from, to) in [(client, server), (server, client)] {
            for count in [1, 2, 1000, 16_384] {
                let content = (0..<count).map { UInt8(truncatingIfNeeded: $0 * 7) }
                var datagram: [UInt8] = [1, 2, 3]
                #expect(from.seal(content.span, as: .applicationData, appendingTo: &datagram))
                #expect(datagram.count == 3 + suite.overhead + count)
                #expect(datagram.prefix(3) == [1, 2, 3])
                #expect(open(Array(datagram.dropFirst(3)), at: to).content == content)
            }
        }
    }

    @Test("the numbers go on where OpenSSL has ended, and no nonce comes twice", arguments: suites)
    func numbers(suite: RecordSuite) throws {
        let (client, _) = try pair(suite)
        var nonces: Set<[UInt8]> = []
        for number in 4..<104 as Range<UInt64> {
            var datagram: [UInt8] = []
            #expect(client.seal([1].span, as: .applicationData, appendingTo: &datagram))
            #expect(Record.number(in: datagram.span) == 1 << 48 | number)
            nonces.insert(Array(datagram[13..<13 + suite.explicitLength]))
        }
        #expect(nonces.count == (suite.explicitLength > 0 ? 100 : 1))
    }

    @Test("a record counts once, in any order within 64, and not when it is older", arguments: suites)
    func replay(suite: RecordSuite) throws {
        let (client, server) = try pair(suite)
        var datagrams: [[UInt8]] = []
        for index in 0..<100 as Range<UInt8> {
            var datagram: [UInt8] = []
            #expect(client.seal([index].span, as: .applicationData, appendingTo: &datagram))
            datagrams.append(datagram)
        }
        #expect(open(datagrams[99], at: server).content == [99])
        #expect(open(datagrams[36], at: server).content == [36])
        for old in [99, 36, 35, 0] { #expect(open(datagrams[old], at: server).content == nil) }
        #expect(open(datagrams[37], at: server).content == [37])
    }

    @Test(
        "whatever is changed in a record, nothing comes out of it, and the record itself still counts",
        arguments: suites)
    func forgery(suite: RecordSuite) throws {
        let (client, server) = try pair(suite)
        var datagram: [UInt8] = []
        #expect(client.seal([UInt8](repeating: 5, count: 40).span, as: .applicationData, appendingTo: &datagram))
        for index in datagram.indices {
            for bit in [UInt8(1), 0x80] {
                var changed = datagram
                changed[index] ^= bit
                #expect(open(changed, at: server).content == nil, "byte \(index)")
            }
        }
        for count in 0..<datagram.count {
            var cut = Array(datagram.prefix(count))
            if cut.count >= 13 { cut[12] = UInt8(count - 13) }
            #expect(open(cut, at: server).content == nil)
        }
        #expect(open(datagram, at: server).content?.count == 40)
        #expect(open(datagram, at: client).content == nil, "a record of its own, sent back")
    }

    @Test("alerts end a session or mean nothing, and so does what repeats the handshake")
    func alerts() throws {
        let (client, server) = try pair(.aes128GCM)
        let contents: [(Record.ContentType, [UInt8])] = [
            (.alert, [1, 0]), (.alert, [2, 40]), (.alert, [1, 90]), (.alert, [2]), (.handshake, [20, 0, 0, 12]),
        ]
        let outcomes = contents.map { type, content in
            var datagram: [UInt8] = []
            #expect(client.seal(content.span, as: type, appendingTo: &datagram))
            return "\(open(datagram, at: server).what)"
        }
        #expect(outcomes == ["closeNotify", "fatalAlert(40)", "nothing", "nothing", "nothing"])
    }

    @Test(
        "OpenSSL's session and the records' protection understand each other while only one end has changed over",
        arguments: [DTLSRole.client, .server])
    func changeOver(first: DTLSRole) throws {
        let (client, server) = try Endpoint.pair(client: Fixtures.p256, server: Fixtures.otherP256)
        var link = Link()
        link.connect(client, server)
        let (early, late) = first == .client ? (client, server) : (server, client)
        #expect(early.session.sealedSize(of: 10) == nil && late.session.sealedSize(of: 10) == nil)
        // Data of the peer is what makes an end change over.
        try late.send([1, 2, 3])
        link.run(client, server)
        #expect(early.received == [[1, 2, 3]])
        #expect(early.session.sealedSize(of: 10) == 47 && late.session.sealedSize(of: 10) == nil)
        #expect(early.session.maximumPayload == late.session.maximumPayload)
        #expect(early.session.exportSRTPKeys()?.localKey == late.session.exportSRTPKeys()?.remoteKey)
        try late.send([4])
        link.run(client, server)
        try early.send([5, 6])
        link.run(client, server)
        for _ in 0..<3 {
            try late.send([7])
            try early.send([8])
            link.run(client, server)
        }
        #expect(early.received == [[1, 2, 3], [4], [7], [7], [7]])
        #expect(late.received == [[5, 6], [8], [8], [8]])
        #expect(late.session.sealedSize(of: 10) == 47)
        early.session.close()
        link.run(client, server)
        #expect(late.states.last == .closed && late.error == nil)
    }
}
