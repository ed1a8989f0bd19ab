import TestSupport
import Testing

@testable import SCTP

extension SCTPTests {
    @Suite("A window smaller than messages are long")
    struct SmallWindowTests {
        private typealias Craft = CraftedPeer

        @Test(
            "messages come whole, the peer keeps to the window, and hears that it is open",
            arguments: [1000, 20_000, 262_144])
        func whole(size: Int) throws {
            let pair = try TestPair.connected()
            let b = try #require(pair.b.association)
            b.setWindow(16 << 10)
            b.readsNothing()
            pair.b.keepsMessages = false
            let message = TestPair.pattern(size, seed: 1)
            var sent = 0
            while sent < 40, try pair.a.send(message) > 0 { sent += 1 }
            pair.tick(2000)
            let taken = sent * size - (pair.a.association?.bufferedBytes ?? 0)
            #expect(taken < 2 * size + (40 << 10), "the window, and what a message needs to be whole")
            b.readInterval = nil
            try pair.run(until: { pair.b.countByStream[0] == sent }, within: 20_000)
            #expect(pair.b.partsSeen == sent)
            b.setWindow(8 << 20)
            try pair.a.send([1])
            try pair.run(until: { pair.a.association?.peerWindow ?? 0 > 7 << 20 })
        }

        @Test("unordered messages that are given up half-way block nothing", arguments: [16 << 10, 48 << 10, 8 << 20])
        func abandoned(window: Int) throws {
            let pair = try TestPair.connected(seed: 5)
            pair.pace = 10
            let b = try #require(pair.b.association)
            b.setWindow(window)
            pair.loss = 0.05
            let unreliable = SCTPReliability(ordered: false, limit: .maxRetransmits(0))
            for index in 0..<60 {
                try pair.a.send(TestPair.pattern(20_000, seed: index), stream: 1, reliability: unreliable)
                pair.tick(100)
            }
            pair.loss = 0
            b.setWindow(8 << 20)
            for index in 0..<20 { try pair.a.send(TestPair.pattern(1000, seed: index), stream: 3) }
            try pair.run(until: { pair.b.countByStream[3] == 20 }, within: 20_000)
            #expect(pair.b.partsSeen == pair.b.messages.count && b.partial.isEmpty)
        }

        @Test("a message that was begun and given up does not let in what was not to be read")
        func begunAndGivenUp() throws {
            let peer = try CraftedPeer()
            let (end, a) = (peer.pair.a, try #require(peer.pair.a.association))
            a.setWindow(16 << 10)
            a.readInterval = .milliseconds(200)
            let part = [UInt8](repeating: 1, count: 1100)
            for index in 0..<UInt32(10) {
                peer.give(Craft.data(tsn: peer.first &+ index, stream: 1, flags: index == 0 ? 6 : 4, part))
            }
            peer.pair.tick(400)
            a.readsNothing()
            peer.give(Craft.data(tsn: peer.first &+ 11, stream: 1, flags: 4, part))
            peer.give([192, 0, 0, 8] + Craft.bytes(peer.first &+ 10))
            let before = end.bytesReceived
            for index in 0..<UInt32(2000) {
                peer.give(
                    Craft.data(tsn: peer.first &+ 12 &+ index, stream: 2, ssn: UInt16(index), part))
            }
            #expect(end.bytesReceived - before <= 16 << 10)
        }
    }
}
