import SCTP
import Testing

extension SCTPTests {
    @Suite("Streams that are added (RFC 6525 §4.5)")
    struct StreamTests {
        private static func growing(_ first: UInt16 = 16, most: UInt16 = 1024) -> SCTPConfiguration {
            var configuration = SCTPConfiguration()
            (configuration.streams, configuration.maxStreams, configuration.addsStreams) = (first, most, true)
            return configuration
        }

        @Test("a message on a stream that is not there yet has it added, on a lossy path, too", arguments: [0, 0.2])
        func added(loss: Double) throws {
            let pair = try TestPair.connected(seed: 6, Self.growing(), Self.growing())
            #expect(pair.a.association?.negotiatedStreams == 1024)
            pair.pace = 10
            pair.loss = loss
            for (index, stream) in [UInt16(15), 16, 900, 1023].enumerated() {
                try pair.run(until: { (try? pair.a.send([UInt8(index)], stream: stream)) == 1 })
                try pair.run(until: { pair.b.messages.last?.stream == stream })
                try pair.run(until: { (try? pair.b.send([UInt8(index)], stream: stream)) == 1 })
                try pair.run(until: { pair.a.messages.last?.stream == stream })
            }
            #expect(throws: SCTPError.self) { try pair.a.send([1], stream: 1024) }
        }

        @Test("fragments of long messages keep together while streams are added")
        func underWay() throws {
            let pair = try TestPair.connected(Self.growing(), Self.growing())
            for index in 0..<8 { try pair.a.send(TestPair.pattern(200_000, seed: index), stream: UInt16(index)) }
            #expect(try pair.a.send([1], stream: 500) == 0)
            #expect(try pair.a.send([1], stream: 1) == 0, "nothing may be put behind it before")
            try pair.run(until: { (try? pair.a.send([1], stream: 500)) == 1 })
            try pair.run(until: { pair.b.messages.count == 9 })
            #expect(pair.a.isConnected && pair.b.isConnected)
            for message in pair.b.messages where message.stream < 8 {
                #expect(message.bytes == TestPair.pattern(200_000, seed: Int(message.stream)))
            }
        }

        @Test("who has waited for a stream is told that it is there, also of what came meanwhile with other packets")
        func told() throws {
            let pair = try TestPair.connected(Self.growing(), Self.growing())
            let a = try #require(pair.a.association)
            #expect(try pair.a.send([1], stream: 500) == 0)
            for packet in pair.a.outbox { pair.b.association?.receive(packet.span) }
            for packet in pair.b.outbox { a.receive(packet.span, isLast: false) }
            #expect(try pair.a.send([1], stream: 500) == 0, "the answer has not been read")
            let before = pair.a.writableCount
            a.processArrivals()
            #expect(pair.a.writableCount == before + 1)
            #expect(try pair.a.send([1], stream: 500) == 1)
        }

        @Test("when the peer denies more streams, messages go on on those that there are, and no more are asked for")
        func denied() throws {
            let peer = try CraftedPeer(Self.growing())
            let end = peer.pair.a
            #expect(try end.send([1], stream: 20) == 0)
            let request = try #require(end.outbox.first { $0[12] == 130 })
            let answer = CraftedPeer.parameter(16, CraftedPeer.word(request, at: 20), 2)
            peer.give(CraftedPeer.reconfiguration(answer))
            #expect(end.association?.negotiatedStreams == 16 && end.writableCount == 1)
            #expect(throws: SCTPError.self) { try end.send([1], stream: 20) }
            #expect(try end.send([1], stream: 1) == 1)
            #expect(!end.outbox.contains { $0[12] == 130 })
        }

        @Test("a stream that was never used is there to be reset")
        func reset() throws {
            let pair = try TestPair.connected(Self.growing(), Self.growing())
            pair.a.association?.resetOutgoing(streams: [700, 3])
            try pair.run(until: { pair.a.resetOutgoing.sorted() == [3, 700] })
            #expect(pair.b.resetIncoming.sorted() == [3, 700])
        }

        @Test("the peer's limit is ours, and a request beyond what we take is denied")
        func limits() throws {
            let pair = try TestPair.connected(Self.growing(), Self.growing(8, most: 20))
            #expect(pair.a.association?.negotiatedStreams == 20 && pair.b.association?.negotiatedStreams == 20)
            try pair.run(until: { (try? pair.a.send([1], stream: 19)) == 1 })
            try pair.run(until: { pair.b.messages.count == 1 })
            let peer = try CraftedPeer(Self.growing(8, most: 20))
            let more = CraftedPeer.parameter(17, peer.first, 13 << 16)
            #expect(CraftedPeer.results(peer.give(CraftedPeer.reconfiguration(more))) == [peer.first: 2])
            let some = CraftedPeer.parameter(17, peer.first + 1, 12 << 16)
            #expect(CraftedPeer.results(peer.give(CraftedPeer.reconfiguration(some))) == [peer.first + 1: 1])
        }
    }
}
