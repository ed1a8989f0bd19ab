import SCTP
import TestSupport
import Testing

extension SCTPTests {
    @Suite("Malformed input")
    struct MalformedInputTests {
        @Test("CRC32c of the well-known string is right, and of usrsctp's own packets")
        func checksum() throws {
            #expect(Checksum.crc32c(Array("123456789".utf8)) == 0xE306_9283)
            let pair = try TestPair()
            try pair.a.association?.connect()
            let packet = try #require(pair.a.outbox.first)
            #expect(Checksum.fix(packet) == packet)
        }

        @Test("packets of every length of random bytes do nothing")
        func random() throws {
            let pair = try TestPair.connected()
            var generator = SeededGenerator(seed: 99)
            for length in 0...2000 {
                let bytes = (0..<length).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
                pair.a.association?.receive(bytes.span)
                // Once more with our ports and a right checksum.
                let addressed = Checksum.fix([0x13, 0x88, 0x13, 0x88] + bytes)
                pair.a.association?.receive(addressed.span)
            }
            #expect(pair.a.isConnected)
            try pair.b.send([1, 2, 3])
            try pair.run(until: { pair.a.messages.count == 1 })
        }

        @Test("a hostile peer cannot crash us, whatever it does to real packets", arguments: 1...12)
        func mutated(_ seed: Int) throws {
            var generator = SeededGenerator(seed: UInt64(seed))
            let corpus = try Self.corpus()
            var survived = 0
            for round in 0..<40 {
                let pair = try TestPair(seed: UInt64(round))
                try pair.a.association?.connect()
                try pair.b.association?.connect()
                if round % 4 != 0 {
                    pair.exchange()
                    try pair.a.send(TestPair.pattern(3000, seed: round), stream: 1)
                    try pair.b.send(TestPair.pattern(3000, seed: round), stream: 1)
                    pair.a.association?.resetOutgoing(streams: [1])
                }
                let live = pair.b.outbox + pair.a.outbox
                for _ in 0..<60 {
                    var packet = try #require((live + corpus).randomElement(using: &generator))
                    if let tag = pair.b.outbox.last?[4..<8], Bool.random(using: &generator) {
                        packet.replaceSubrange(4..<8, with: tag)
                    }
                    let broken = Checksum.fix(Self.mutate(packet, using: &generator))
                    pair.a.association?.receive(broken.span)
                }
                pair.tick(200)
                survived += pair.a.isClosed ? 0 : 1
                pair.a.association?.close()
                pair.b.association?.close()
            }
            #expect(survived > 0, "not every mutation ends an association")
        }

        @Test("the peer's own tag and well-formed nonsense chunks of every type do no harm")
        func everyChunkType() throws {
            for type in UInt8.min ... .max {
                let pair = try TestPair.connected()
                try pair.b.send([1])
                let header = try #require(pair.b.outbox.first)[0..<12]
                pair.b.outbox = []
                for length in [4, 5, 8, 12, 16, 20, 24, 40, 64, 200] {
                    let chunk = [type, 0, UInt8(length >> 8), UInt8(length & 0xff)]
                    for fill in [UInt8(0), 0xff, type] {
                        let body = [UInt8](repeating: fill, count: (length - 4 + 3) / 4 * 4)
                        pair.a.association?.receive(Checksum.fix(header + chunk + body).span)
                    }
                }
                pair.tick(50)
                pair.a.association?.close()
                pair.b.association?.close()
            }
        }

        /// Real packets of handshake, data, loss, resets and abort, of another association.
        private static func corpus() throws -> [[UInt8]] {
            let pair = try TestPair(seed: 4)
            var packets: [[UInt8]] = []
            pair.tap = { packets.append($0) }
            try pair.connect()
            pair.loss = 0.2
            pair.reordering = 0.2
            for index in 0..<6 {
                try pair.a.send(
                    TestPair.pattern(2500, seed: index), stream: UInt16(index),
                    reliability: SCTPReliability(ordered: index % 2 == 0, limit: .maxRetransmits(0)))
                try pair.b.send(TestPair.pattern(50, seed: index), stream: UInt16(index))
            }
            pair.tick(2000)
            pair.loss = 0
            pair.a.association?.resetOutgoing(streams: [0, 1, 2])
            pair.tick(2000)
            pair.a.association?.close()
            pair.exchange()
            pair.tap = nil
            return packets
        }

        private static func mutate(_ packet: [UInt8], using generator: inout SeededGenerator) -> [UInt8] {
            var packet = packet
            guard packet.count > 16 else { return packet }
            for _ in 0..<Int.random(in: 0...4, using: &generator) {
                // The header stays, or the packet is dropped before anything looks at it.
                let index = Int.random(in: 12..<packet.count, using: &generator)
                switch Int.random(in: 0..<7, using: &generator) {
                case 0: packet[index] = UInt8.random(in: .min ... .max, using: &generator)
                case 1: packet[index] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
                case 2: packet.removeSubrange(index...)
                case 3: packet.insert(contentsOf: [0, 0xff, 0, 4], at: index)
                case 4: packet += packet[12...]
                case 5:
                    packet[12] = [0, 1, 2, 3, 4, 5, 6, 7, 10, 11, 130, 192, 193].randomElement(using: &generator) ?? 0
                default: packet[min(14, packet.count - 1)] = UInt8.random(in: 0...6, using: &generator)
                }
                if packet.count <= 16 { break }
            }
            return Array(packet.prefix(4000))
        }
    }
}
