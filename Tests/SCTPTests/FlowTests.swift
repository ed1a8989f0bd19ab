import SCTP
import Testing

extension SCTPTests {
    @Suite("Flow control and fairness")
    struct FlowTests {
        private static func small() -> SCTPConfiguration {
            var configuration = SCTPConfiguration()
            configuration.sendBufferBytes = 1 << 20
            configuration.receiveBufferBytes = 1 << 20
            return configuration
        }

        @Test(
            "a reader that pauses stops the sender, and nothing is lost when it goes on", arguments: [100, 100_000])
        func pause(_ size: Int) throws {
            let pair = try TestPair.connected(Self.small(), Self.small())
            pair.b.association?.readsNothing()
            pair.b.keepsMessages = false
            let message = TestPair.pattern(size, seed: 1)
            var accepted = 0
            var quietTurns = 0
            try pair.run(until: { quietTurns == 100 }, within: 600_000) {
                let before = accepted
                while try pair.a.send(message) > 0 {
                    accepted += 1
                }
                quietTurns = accepted == before ? quietTurns + 1 : 0
            }
            #expect(pair.b.bytesReceived == 0)
            #expect(accepted * size <= 3 << 20, "a send buffer and a receive window, no more")
            #expect(pair.a.isConnected && pair.b.isConnected)
            // A long pause is not a failure: the peer still answers.
            pair.pace = 40
            pair.tick(90_000)
            pair.pace = nil
            #expect(pair.a.isConnected && pair.b.isConnected)
            pair.b.association?.readInterval = nil
            try pair.run(until: { pair.b.countByStream[0] == accepted })
            #expect(pair.b.bytesReceived == accepted * size)
        }

        @Test("a refused message is asked for again only when something has come that may have made room")
        func refusedOnce() throws {
            let pair = try TestPair.connected(Self.small(), Self.small())
            pair.b.association?.readsNothing()
            let message = TestPair.pattern(100_000, seed: 1)
            while try pair.a.send(message) > 0 {}
            let queued = try #require(pair.a.association).bufferedBytes
            #expect(queued < 1 << 20, "there is some room, but not enough")
            let before = pair.a.writableCount
            for _ in 0..<100 {
                pair.a.association?.process()
                #expect(try pair.a.send(message) == 0)
            }
            #expect(pair.a.writableCount == before)
            pair.exchange()
            #expect(pair.a.writableCount > before)
        }

        @Test("no more is taken than the peer has room for, and 64 KiB, however much may be buffered")
        func ahead() throws {
            let pair = try TestPair.connected(SCTPConfiguration(), Self.small())
            let message = TestPair.pattern(20_000, seed: 1)
            var taken = 0
            while try pair.a.send(message) > 0 { taken += message.count }
            let most = (1 << 20) + (64 << 10)
            #expect((most..<most + message.count).contains(taken))
        }

        @Test("a peer that acknowledges with a closed window is asked whether it is there once in five seconds")
        func closedWindow() throws {
            let peer = try CraftedPeer()
            try peer.pair.a.send([1])
            let data = try #require(peer.pair.a.outbox.first { $0[12] == 0 })
            let acknowledgement = [3, 0, 0, 16] + data[16..<20] + [UInt8](repeating: 0, count: 8)
            for _ in 0..<2 {
                peer.pair.tick(5000)
                let answers = (0..<10).flatMap { _ in peer.give(acknowledgement) }
                #expect(answers.filter { $0[12] == 4 }.count == 1)
            }
        }

        @Test("tiny messages are limited in number, not only in bytes")
        func tinyMessages() throws {
            let pair = try TestPair.connected()
            pair.b.association?.readsNothing()
            pair.b.keepsMessages = false
            var accepted = 0
            for _ in 0..<200_000 where try pair.a.send([1]) == 1 {
                accepted += 1
            }
            #expect(accepted > 10_000 && accepted < 20_000)
            pair.b.association?.readInterval = nil
            try pair.run(until: { pair.b.countByStream[0] == accepted })
            #expect(pair.a.writableCount > 0)
            #expect(try pair.a.send([1]) == 1)
        }

        @Test("a small message on another stream does not wait for the queue of a busy one")
        func smallAmongLarge() throws {
            let pair = try TestPair.connected()
            for index in 0..<30 {
                try pair.a.send(TestPair.pattern(100_000, seed: index), stream: 1)
            }
            try pair.a.send([42], stream: 2)
            while pair.b.countByStream[2] == nil, !pair.a.outbox.isEmpty {
                pair.exchange(limit: 1)
            }
            #expect(pair.b.countByStream[2] == 1)
            #expect(pair.b.countByStream[1, default: 0] < 6)
        }

        @Test("streams that have the same to send get the same share")
        func shares() throws {
            let pair = try TestPair.connected()
            pair.b.keepsMessages = false
            for stream in 0..<UInt16(4) {
                for index in 0..<60 {
                    try pair.a.send(TestPair.pattern(20_000, seed: index), stream: stream)
                }
            }
            pair.exchange(limit: 1500)
            let counts = (0..<UInt16(4)).map { pair.b.countByStream[$0, default: 0] }
            let most = try #require(counts.max())
            let least = try #require(counts.min())
            #expect(least > 5 && most - least <= 2, "\(counts)")
        }

        @Test("buffered bytes rise with what is queued and fall to none")
        func buffered() throws {
            let pair = try TestPair.connected()
            #expect(pair.a.association?.bufferedBytes == 0)
            try pair.a.send(TestPair.pattern(100_000, seed: 1))
            let buffered = try #require(pair.a.association?.bufferedBytes)
            #expect((99_000...101_000).contains(buffered))
            try pair.run(until: { pair.a.association?.bufferedBytes == 0 })
            let statistics = try #require(pair.a.association?.statistics)
            #expect(statistics.congestionWindow > 10_000 && statistics.peerReceiveWindow > 1 << 20)
        }

        @Test("a sender that was refused is told when there is room")
        func writable() throws {
            let pair = try TestPair.connected(Self.small(), Self.small())
            let message = TestPair.pattern(60_000, seed: 1)
            var sent = 0
            pair.b.keepsMessages = false
            pair.a.onWritable = { [a = pair.a] _ in
                while sent < 500, (try? a.send(message)) == message.count {
                    sent += 1
                }
            }
            while try pair.a.send(message) > 0 {
                sent += 1
            }
            try pair.run(until: { pair.b.countByStream[0] == 500 })
            #expect(sent == 500)
            pair.a.onWritable = nil
        }
    }
}
