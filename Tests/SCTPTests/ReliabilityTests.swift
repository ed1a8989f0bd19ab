import SCTP
import Testing

extension SCTPTests {
    @Suite("Partial reliability")
    struct ReliabilityTests {
        @Test(
            "a message that the peer gives up when parts of it have been delivered is said to be over; the next one is whole"
        )
        func abandoned() throws {
            var configuration = SCTPConfiguration()
            configuration.receiveBufferBytes = 64 << 10
            let peer = try CraftedPeer(configuration)
            let fragment = [UInt8](repeating: 1, count: 1000)
            for index in 0..<40 {
                peer.give(
                    CraftedPeer.data(tsn: peer.first &+ UInt32(index), stream: 3, flags: index == 0 ? 2 : 0, fragment))
            }
            #expect(peer.pair.a.bytesReceived > 0 && peer.pair.a.messages.isEmpty && peer.pair.a.abandoned.isEmpty)
            // FORWARD-TSN (RFC 3758 §3.2): the last TSN that is given up, the stream, and the SSN.
            let last = CraftedPeer.bytes(peer.first &+ 40)
            peer.give([192, 0, 0, 12] + last + CraftedPeer.half(3) + CraftedPeer.half(0))
            #expect(peer.pair.a.abandoned == [3])
            peer.give(CraftedPeer.data(tsn: peer.first &+ 41, stream: 3, ssn: 1, [1, 2]))
            #expect(peer.pair.a.messages.map(\.bytes) == [[1, 2]])
        }

        /// Sends numbered messages through loss until the last, reliable one arrives; the numbers
        /// that arrived.
        private func numbers(_ reliability: SCTPReliability, loss: Double, count: Int) throws -> [Int] {
            let pair = try TestPair.connected(seed: 3)
            pair.pace = 10
            pair.loss = loss
            var sent = 0
            try pair.run(until: { sent == count }) {
                try pair.a.send([UInt8(sent & 0xff), UInt8(sent >> 8)], stream: 1, reliability: reliability)
                sent += 1
            }
            pair.loss = 0
            try pair.run(until: { (try? pair.a.send([0xff, 0xff], stream: 1)) == 2 })
            try pair.run(until: { pair.b.messages.last?.bytes == [0xff, 0xff] })
            return pair.b.messages.dropLast().map { Int($0.bytes[0]) | Int($0.bytes[1]) << 8 }
        }

        @Test("with no retransmissions some messages are lost, the rest go on in order")
        func noRetransmits() throws {
            let arrived = try numbers(SCTPReliability(limit: .maxRetransmits(0)), loss: 0.3, count: 200)
            #expect(arrived.count < 200 && arrived.count > 80)
            #expect(arrived == arrived.sorted())
            #expect(Set(arrived).count == arrived.count)
        }

        @Test("more retransmissions lose fewer messages")
        func someRetransmits() throws {
            let few = try numbers(SCTPReliability(limit: .maxRetransmits(0)), loss: 0.3, count: 200)
            let more = try numbers(SCTPReliability(limit: .maxRetransmits(4)), loss: 0.3, count: 200)
            #expect(more.count > few.count)
            #expect(more == more.sorted())
        }

        @Test("unordered with no retransmissions loses some and goes on")
        func unorderedNoRetransmits() throws {
            let arrived = try numbers(SCTPReliability(ordered: false, limit: .maxRetransmits(0)), loss: 0.3, count: 200)
            #expect(arrived.count < 200 && arrived.count > 80)
            #expect(Set(arrived).count == arrived.count)
        }

        @Test("a message whose lifetime is over is not sent again")
        func lifetime() throws {
            let arrived = try numbers(SCTPReliability(limit: .maxPacketLifeTime(5)), loss: 0.3, count: 200)
            #expect(arrived.count < 200 && arrived.count > 80)
            #expect(arrived == arrived.sorted())
        }

        @Test("a long lifetime is as good as reliable")
        func longLifetime() throws {
            let arrived = try numbers(SCTPReliability(limit: .maxPacketLifeTime(60_000)), loss: 0.2, count: 100)
            #expect(arrived == Array(0..<100))
        }

        @Test("an abandoned message of many packets leaves nothing behind")
        func abandonedLong() throws {
            let pair = try TestPair.connected()
            pair.pace = 10
            pair.loss = 0.5
            for index in 0..<20 {
                try pair.a.send(
                    TestPair.pattern(30_000, seed: index), stream: 2,
                    reliability: SCTPReliability(limit: .maxRetransmits(0)))
                pair.tick(50)
            }
            pair.loss = 0
            try pair.a.send([7], stream: 2)
            try pair.run(until: { pair.b.messages.last?.bytes == [7] })
            for message in pair.b.messages.dropLast() {
                #expect(message.bytes.count == 30_000, "what arrives is whole")
            }
        }
    }
}
