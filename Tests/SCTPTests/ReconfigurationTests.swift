import SCTP
import Testing

extension SCTPTests {
    @Suite("A peer's requests to change the streams (RFC 6525 §4)")
    struct ReconfigurationTests {
        private typealias Craft = CraftedPeer

        @Test(
            "resets of our streams, of the association, and more streams of ours are denied, and later requests are answered",
            arguments: [14, 15, 18] as [UInt8])
        func denied(_ type: UInt8) throws {
            let peer = try CraftedPeer()
            let request =
                switch type {
                case 14: Craft.parameter(14, peer.first, list: [0, 1])
                case 15: Craft.parameter(15, peer.first)
                default: Craft.parameter(18, peer.first, 60_000 << 16)
                }
            let answers = peer.give(Craft.reconfiguration(request))
            #expect(Craft.results(answers) == [peer.first: 2])
            #expect(answers.allSatisfy { $0.count < 60 }, "nothing is asked for in return")
            // A repetition, as after a lost answer, is answered the same.
            #expect(Craft.results(peer.give(Craft.reconfiguration(request))) == [peer.first: 2])
            let reset = Craft.parameter(13, peer.first + 1, 0, peer.first - 1, list: [7])
            #expect(Craft.results(peer.give(Craft.reconfiguration(reset))) == [peer.first + 1: 1])
            #expect(peer.pair.a.resetIncoming == [7] && peer.pair.a.resetOutgoing.isEmpty)
            #expect(peer.pair.a.association?.negotiatedStreams == 256)
            try peer.pair.a.send([1], stream: 1)
            try peer.pair.run(until: { peer.pair.b.messages.count == 1 })
        }

        @Test("a denied request behind another in one chunk leaves the other as it is")
        func mixed() throws {
            let peer = try CraftedPeer()
            let answers = peer.give(
                Craft.reconfiguration(
                    Craft.parameter(13, peer.first, 0, peer.first - 1, list: [3]),
                    Craft.parameter(14, peer.first + 1, list: [3])))
            #expect(Craft.results(answers) == [peer.first: 1, peer.first + 1: 2])
            #expect(peer.pair.a.resetIncoming == [3] && peer.pair.a.resetOutgoing.isEmpty)
        }

        @Test("a reset with an empty list is one of all streams")
        func all() throws {
            let peer = try CraftedPeer()
            let answers = peer.give(Craft.reconfiguration(Craft.parameter(13, peer.first, 0, peer.first - 1)))
            #expect(Craft.results(answers) == [peer.first: 1])
            #expect(peer.pair.a.resetIncoming == Array(0..<256))
        }

        @Test("\"nothing to do\" is an answer that ends our reset")
        func nothingToDo() throws {
            let peer = try CraftedPeer()
            peer.pair.a.association?.resetOutgoing(streams: [5])
            let asked = try #require(peer.pair.a.outbox.first { $0[12] == 130 })
            peer.give(Craft.reconfiguration(Craft.parameter(16, Craft.word(asked, at: 20), 0)))
            #expect(peer.pair.a.resetOutgoing == [5])
        }

        @Test("a reset that is denied again and again ends after eight times")
        func deniedForEver() throws {
            let peer = try CraftedPeer()
            peer.pair.a.association?.resetOutgoing(streams: [5])
            var asked = 0
            while peer.pair.a.resetOutgoing.isEmpty, asked < 20 {
                let request = try #require(peer.pair.a.outbox.first { $0[12] == 130 })
                asked += 1
                peer.give(Craft.reconfiguration(Craft.parameter(16, Craft.word(request, at: 20), 2)))
            }
            #expect(asked == 8 && peer.pair.a.resetOutgoing == [5])
            #expect(!peer.pair.a.outbox.contains { $0[12] == 130 }, "it is over, and not asked for again")
        }

        @Test("as many resets as may be under way at once, and are denied, are asked for again")
        func manyDenied() throws {
            let peer = try CraftedPeer()
            peer.pair.a.association?.resetOutgoing(streams: Array(0..<200))
            let request = try #require(peer.pair.a.outbox.first { $0[12] == 130 })
            #expect(Self.resets(in: request) == 200)
            let answers = peer.give(Craft.reconfiguration(Craft.parameter(16, Craft.word(request, at: 20), 2)))
            #expect(answers.contains { Self.resets(in: $0) == 200 })
        }

        /// How many streams a packet asks to be reset, if it begins with that.
        private static func resets(in packet: [UInt8]) -> Int? {
            guard packet[12] == 130, packet[17] == 13 else { return nil }
            return (Int(packet[18]) << 8 + Int(packet[19]) - 16) / 2
        }

        @Test("a reset waits for other streams' data, but not for ever")
        func patience() throws {
            let pair = try TestPair.connected()
            pair.b.association?.readsNothing()
            pair.b.keepsMessages = false
            while try pair.a.send(TestPair.pattern(100_000, seed: 1)) > 0 {}
            pair.exchange()
            var hasAsked = false
            pair.tap = { packet in if packet[12] == 130 { hasAsked = true } }
            pair.a.association?.resetOutgoing(streams: [5])
            pair.tick(300)
            #expect(!hasAsked)
            try pair.run(until: { hasAsked }, within: 5000)
        }

        @Test("more streams than fit into one request are reset all the same, each once")
        func many() throws {
            var configuration = SCTPConfiguration()
            configuration.streams = 600
            let pair = try TestPair.connected(configuration, configuration)
            let all = Array(0..<UInt16(600))
            var asked: [Int] = []
            pair.tap = { packet in asked += Self.resets(in: packet).map { [$0] } ?? [] }
            pair.a.association?.resetOutgoing(streams: all)
            try pair.run(until: { pair.a.resetOutgoing.count == 600 })
            #expect(pair.a.resetOutgoing.sorted() == all && pair.b.resetIncoming.sorted() == all)
            #expect(asked == [200, 200, 200], "a usrsctp denies more than 248, and an empty list is all of them")
        }
    }
}
