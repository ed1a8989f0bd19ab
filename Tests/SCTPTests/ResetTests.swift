import SCTP
import Testing

extension SCTPTests {
    @Suite("Stream reset")
    struct ResetTests {
        @Test("a stream can be closed and used again ten times")
        func reuse() throws {
            let pair = try TestPair.connected()
            pair.b.onResetIncoming = { association, streams in association.resetOutgoing(streams: streams) }
            for round in 1...10 {
                try pair.a.send([UInt8(round)], stream: 6)
                try pair.b.send([UInt8(round)], stream: 6)
                pair.a.association?.resetOutgoing(streams: [6])
                #expect(throws: SCTPError.self) { try pair.a.send([0], stream: 6) }
                try pair.run(until: { pair.a.resetOutgoing.count == round && pair.a.resetIncoming.count == round })
                #expect(pair.a.resetOutgoing.last == 6 && pair.a.resetIncoming.last == 6)
            }
            #expect(pair.b.messages.map(\.bytes) == (1...10).map { [UInt8($0)] })
            #expect(pair.b.resetOutgoing == [UInt16](repeating: 6, count: 10))
        }

        @Test("what was queued before the reset arrives before it")
        func dataFirst() throws {
            let pair = try TestPair.connected()
            var countAtReset = 0
            pair.b.onResetIncoming = { [b = pair.b] _, _ in countAtReset = b.messages.count }
            for index in 0..<20 {
                try pair.a.send(TestPair.pattern(50_000, seed: index), stream: 1)
            }
            pair.a.association?.resetOutgoing(streams: [1])
            try pair.run(until: { pair.b.resetIncoming == [1] })
            #expect(countAtReset == 20)
            pair.b.onResetIncoming = nil
        }

        @Test("resets wait for each other and for a lossy link")
        func manyOverLoss() throws {
            let pair = try TestPair.connected(seed: 5)
            pair.pace = 10
            pair.loss = 0.2
            for stream in 0..<UInt16(50) {
                try pair.a.send([1], stream: stream)
                pair.a.association?.resetOutgoing(streams: [stream])
                try pair.b.send([1], stream: stream)
                pair.b.association?.resetOutgoing(streams: [stream])
            }
            let all = Array(0..<UInt16(50))
            try pair.run(until: { pair.a.resetOutgoing.sorted() == all && pair.b.resetOutgoing.sorted() == all })
            #expect(pair.a.resetIncoming.sorted() == all && pair.b.resetIncoming.sorted() == all)
            #expect(pair.a.messages.count == 50 && pair.b.messages.count == 50)
        }

        @Test("a reset asked for before connecting, twice, or of a stream there is not, does no harm")
        func odd() throws {
            let pair = try TestPair()
            pair.a.association?.resetOutgoing(streams: [3, 3, 5000])
            pair.a.association?.resetOutgoing(streams: [3])
            try pair.connect()
            pair.a.association?.resetOutgoing(streams: [5000])
            try pair.run(until: { pair.a.resetOutgoing.contains(3) })
            pair.tick(1000)
            #expect(pair.a.resetOutgoing == [3])
            #expect(pair.a.isConnected && pair.b.isConnected)
        }

        @Test("a message that was begun is completed before its stream is reset")
        func openMessage() throws {
            let pair = try TestPair.connected()
            #expect(try pair.a.send([1, 2], stream: 4, isLast: false) == 2)
            pair.a.association?.resetOutgoing(streams: [4])
            pair.tick(100)
            #expect(pair.b.resetIncoming.isEmpty)
            #expect(try pair.a.send([3], stream: 4) == 1)
            try pair.run(until: { pair.b.resetIncoming == [4] && pair.a.resetOutgoing == [4] })
            #expect(pair.b.messages.map(\.bytes) == [[1, 2, 3]])
        }
    }
}
