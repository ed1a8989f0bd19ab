import TestSupport
import Testing
import TransportTypes

@testable import DTLS

@Suite("Records after the handshake")
struct RecordProtectionTests {
    /// Two ends with the same keys, as the handshake leaves them.
    private func pair(_ suite: RecordSuite) throws -> (client: RecordProtection, server: RecordProtection) {
        let block = (0..<2 * (suite.keyLength + suite.saltLength)).map { UInt8($0) }
        var progress = RecordProtection.Progress(sent: 3)
        for number in 0...3 as ClosedRange<UInt64> { progress.arrivals.insert(number) }
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

    @Test("a close_notify ends a session whatever its level, and another alert only when it is fatal")
    func alertLevels() throws {
        let (client, server) = try pair(.aes128GCM)
        func what(_ alert: [UInt8]) -> RecordProtection.Content {
            var datagram: [UInt8] = []
            _ = client.seal(alert.span, as: .alert, appendingTo: &datagram)
            return open(datagram, at: server).what
        }
        for level in [1, 2] as [UInt8] {
            guard case .closeNotify = what([level, 0]) else {
                Issue.record("a close_notify of level \(level) does not close")
                continue
            }
        }
        if case .nothing = what([1, 40]) {} else { Issue.record("a warning counts") }
        if case .fatalAlert(40) = what([2, 40]) {} else { Issue.record("a fatal alert does not count") }
    }

    @Test("the numbers go on where OpenSSL has ended, and nonces are the numbers (RFC 9325 §7.2.1)", arguments: suites)
    func numbers(suite: RecordSuite) throws {
        let (client, _) = try pair(suite)
        for number in 4..<104 as Range<UInt64> {
            var datagram: [UInt8] = []
            #expect(client.seal([1].span, as: .applicationData, appendingTo: &datagram))
            #expect(Record.number(in: datagram.span) == 1 << 48 | number)
            #expect(Array(datagram[13..<13 + suite.explicitLength]) == Array(datagram[3..<3 + suite.explicitLength]))
        }
    }

    @Test("nothing is sent when all numbers of the epoch are used up (RFC 6347 §4.1)", arguments: suites)
    func lastNumber(suite: RecordSuite) throws {
        let block = [UInt8](repeating: 1, count: 2 * (suite.keyLength + suite.saltLength))
        let progress = RecordProtection.Progress(sent: Record.lastSequence - 1)
        let end = try #require(RecordProtection(suite: suite, keyBlock: block, role: .client, progress: progress))
        var datagram: [UInt8] = []
        #expect(end.seal([1].span, as: .applicationData, appendingTo: &datagram))
        #expect(Record.number(in: datagram.span) == 0x0001_FFFF_FFFF_FFFF)
        let isSealed = end.seal([1].span, as: .applicationData, appendingTo: &datagram)
        #expect(!isSealed && datagram.count == suite.overhead + 1)
    }

    @Test("OpenSSL's nonces, which begin anywhere, keep the numbers from being nonces only where one could come twice")
    func clashes() {
        func clashes(_ first: UInt64, _ count: UInt64) -> Bool {
            RecordProtection.Progress(sent: 9, firstNonce: first, nonceCount: count).clashes
        }
        let next = UInt64(1) << 48 | 10
        #expect(!clashes(0, 0) && !clashes(next, 0))
        #expect(!clashes(next - 10, 10) && clashes(next - 10, 11))
        #expect(clashes(next, 1) && clashes(2 << 48 - 1, 1) && !clashes(2 << 48, 10))
        #expect(!clashes(.max - 3, 10) && clashes(.max - 3, next + 5))
    }

    @Test(
        "no nonce comes twice from the first record to the last, over the change from OpenSSL to the records' own protection"
    )
    func nonces() throws {
        for _ in 0..<20 {
            let (client, server) = try Endpoint.pair(client: Fixtures.p256, server: Fixtures.otherP256)
            var nonces: [ObjectIdentifier: [[UInt8]]] = [:]
            var numbers: [ObjectIdentifier: [UInt64]] = [:]
            for end in [client, server] {
                end.onProduce = { session in
                    let datagram = end.outbox[end.outbox.count - 1]
                    var offset = 0
                    while let record = Record(in: datagram.span, at: offset) {
                        offset = record.range.upperBound
                        guard record.epoch == 1 else { continue }
                        let bytes = Array(datagram[record.range])
                        numbers[ObjectIdentifier(session), default: []].append(Record.number(in: bytes.span))
                        nonces[ObjectIdentifier(session), default: []].append(Array(bytes[13..<21]))
                    }
                }
            }
            defer { for end in [client, server] { end.onProduce = nil } }
            var link = Link()
            link.connect(client, server)
            for round in 0..<6 {
                // Some before an end has changed over, some after.
                for end in round < 2 ? [client] : [client, server] { try end.send([1]) }
                if round.isMultiple(of: 2) { link.run(client, server) }
            }
            #expect(client.session.sealedSize(of: 1) != nil && server.session.sealedSize(of: 1) != nil)
            client.session.close()
            for end in [client, server] {
                let id = ObjectIdentifier(end.session)
                let used = try #require(nonces[id])
                #expect(Set(used).count == used.count && used.count >= 5)
                #expect(numbers[id] == (0..<UInt64(used.count)).map { 1 << 48 | $0 })
            }
        }
    }

    @Test("records that come behind the one with which an end changes over count, each once")
    func lateAtChangeOver() throws {
        let (client, server) = try Endpoint.pair(client: Fixtures.p256, server: Fixtures.otherP256)
        var link = Link()
        link.connect(client, server)
        for index in 0..<10 as Range<UInt8> { try client.send([index]) }
        let datagrams = client.takeOutbox()
        #expect(server.session.sealedSize(of: 1) == nil)
        for place in [7, 2, 7, 9, 0, 2, 1, 8, 9, 3, 4, 5, 6, 0] { server.receive(datagrams[place]) }
        #expect(server.session.sealedSize(of: 1) != nil, "it has changed over")
        #expect(server.received == [7, 2, 9, 0, 1, 8, 3, 4, 5, 6].map { [$0] })
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
