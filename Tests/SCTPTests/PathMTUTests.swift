import TestSupport
import Testing

@testable import SCTP

extension SCTPTests {
    @Suite("The size of packets")
    struct PathMTUTests {
        private static let header: [UInt8] = [0x13, 0x88, 0x13, 0x88, 1, 2, 3, 4, 0, 0, 0, 0]

        /// What a peer makes of a probe that reached it.
        private func answer(to probe: [UInt8]) -> [UInt8] {
            var answer = Array(probe.prefix(28))
            answer[12] = 5
            return answer
        }

        /// Gives the path the peer's answer; whether the search is over.
        private func read(_ probe: [UInt8], _ path: inout PathMTU) -> Bool {
            path.read(answer(to: probe).span)
        }

        private func probes(_ path: PathMTU) -> [[UInt8]] { path.probes(header: Self.header) }

        @Test("probes have the sizes asked for, the largest first, and a small one ends them")
        func sizes() {
            var path = PathMTU(base: 1160)
            #expect(probes(path).isEmpty)
            path.begin([1412, 16_000, 1000, 1332], at: .zero)
            #expect(probes(path).map(\.count) == [16_000, 1412, 1332, 28])
            #expect(path.size == 1160 && path.isProbing)
            for probe in probes(path).dropLast() {
                #expect(probe.prefix(12) == Self.header[...] && probe[12] == 4 && probe[28] == 0x84)
                #expect(Int(probe[30]) << 8 | Int(probe[31]) == probe.count - 28)
            }
        }

        @Test("the largest size that was answered counts, once the small probe is answered or nothing larger is left")
        func answers() throws {
            var path = PathMTU(base: 1160)
            path.begin([16_000, 1412], at: .zero)
            let sent = probes(path)
            try #require(sent.count == 3)
            #expect(!read(sent[1], &path))
            #expect(path.size == 1160)
            #expect(read(sent[2], &path))
            #expect(path.size == 1412 && !path.isProbing)

            path.begin([16_000, 1412], at: .zero)
            #expect(!read(sent[0], &path), "an answer to an earlier search")
            // None if that answer has ended the search.
            #expect(read(try #require(probes(path).first), &path))
            #expect(path.size == 16_000)
            path.begin([16_000], at: .zero)
            #expect(read(try #require(probes(path).last), &path))
            #expect(path.size == 1160)
        }

        @Test("without an answer the probes go out three times, then the size stays as it was")
        func silence() {
            var path = PathMTU(base: 1160)
            path.begin([1412], at: .seconds(1))
            var repeated: [UInt64] = []
            for time in stride(from: UInt64(1000), through: 4000, by: 100) where path.repeats(at: .milliseconds(time)) {
                repeated.append(time)
            }
            #expect(repeated == [1500, 2000])
            #expect(path.size == 1160 && !path.isProbing)
        }

        @Test("whatever comes, nothing but an answer counts", arguments: 0..<20 as Range<UInt64>)
        func noise(seed: UInt64) throws {
            var generator = SeededGenerator(seed: seed)
            var path = PathMTU(base: 1160)
            path.begin(PathMTU.usualSizes, at: .zero)
            let whole = answer(to: try #require(probes(path).first))
            for _ in 0..<500 {
                var packet = whole
                let length = Int.random(in: 0..<packet.count, using: &generator)
                packet[Int.random(in: 12..<packet.count, using: &generator)] ^= .random(in: 1...255, using: &generator)
                _ = path.read(Array(packet.prefix(length)).span)
                var random = (0..<40).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
                random[12] = 5
                _ = path.read(random.span)
                PacketCutter.cut(random.span, limit: 20) { #expect($0.count <= random.count) }
            }
            #expect(path.isProbing && path.size == 1160)
        }

        @Test("a packet is cut between its chunks, and a chunk that is too large goes alone")
        func cutting() {
            func chunk(_ length: Int) -> [UInt8] {
                let padding = [UInt8](repeating: 0, count: (4 - length % 4) % 4)
                return [0, 3, UInt8(length >> 8), UInt8(length & 255)] + [UInt8](repeating: 7, count: length - 4)
                    + padding
            }
            let packet = Self.header + chunk(20) + chunk(30) + chunk(100) + chunk(17)
            var parts: [[UInt8]] = []
            PacketCutter.cut(packet.span, limit: 80) { parts.append($0) }
            #expect(
                parts == [
                    Self.header + chunk(20) + chunk(30), Self.header + chunk(100), Self.header + chunk(17),
                ])
        }

        @Test(
            "packets grow to what the path carries, and are never larger",
            arguments: [
                (20_000, 16_000), (16_000, 16_000), (9_000, 8_912), (1_452, 1_412), (1_400, 1_332), (1_200, 1_160),
            ])
        func growth(carried: Int, expected: Int) throws {
            let pair = try SCTPTests.probingPair(carried: carried)
            var isIntact = true
            pair.tap = { isIntact = isIntact && Checksum.fix($0) == $0 }
            try pair.connect()
            for _ in 0..<20 { try pair.a.send(TestPair.pattern(500, seed: 3)) }
            try pair.run(until: { pair.b.messages.count == 20 })
            #expect(pair.a.probes == 0, "small messages need no large packets")
            // What usrsctp bundles before the answers are there is cut.
            let message = TestPair.pattern(200_000, seed: 5)
            for _ in 0..<10 { try pair.a.send(message) }
            #expect(pair.a.probes == PathMTU.usualSizes.count + 1 && pair.a.longestPacket <= 1160)
            try pair.run(until: { pair.b.messages.count == 30 })
            #expect(pair.b.messages.last?.bytes == message)
            #expect(pair.a.association?.pathMTU.size == expected && pair.a.longestPacket == expected)
            #expect(pair.lost == PathMTU.usualSizes.count { $0 > carried })
            #expect(isIntact)
        }

        @Test("on another path the size is tried again, and falls back when it does not get through")
        func anotherPath() throws {
            let pair = try SCTPTests.probingPair(carried: 10_000)
            try pair.connect()
            try pair.a.send(TestPair.pattern(5_000, seed: 2))
            try pair.run(until: { pair.a.association?.pathMTU.size == 8_912 })
            pair.carried = 9_000
            pair.a.association?.pathDidChange()
            try pair.run(until: { pair.a.association?.pathMTU.isProbing == false })
            #expect(pair.a.association?.pathMTU.size == 8_912)
            pair.carried = 1_300
            pair.a.association?.pathDidChange()
            try pair.run(until: { pair.a.association?.pathMTU.isProbing == false })
            #expect(pair.a.association?.pathMTU.size == 1_160)
            let message = TestPair.pattern(100_000, seed: 8)
            try pair.a.send(message)
            try pair.run(until: { pair.b.messages.last?.bytes == message })
        }

        @Test("a search survives loss", arguments: 1...10 as ClosedRange<UInt64>)
        func loss(seed: UInt64) throws {
            let pair = try SCTPTests.probingPair(carried: 1_452, seed: seed)
            pair.loss = 0.3
            pair.pace = 100
            try pair.connect()
            let message = TestPair.pattern(50_000, seed: 8)
            try pair.a.send(message)
            try pair.run(until: { pair.b.messages.last?.bytes == message })
            // A packet brings the end about when no answer has.
            try pair.run(until: { pair.a.association?.pathMTU.isProbing == false }) { try pair.b.send([1]) }
            #expect([1_160, 1_332, 1_412].contains(pair.a.association?.pathMTU.size ?? 0))
        }
    }

    /// Two ends that look for the size of packets, on a link that carries packets of at most so
    /// many bytes.
    static func probingPair(carried: Int, seed: UInt64 = 1) throws -> TestPair {
        var configuration = SCTPConfiguration()
        configuration.probedPacketSizes = SCTPConfiguration.usualPacketSizes
        let pair = try TestPair(seed: seed, configuration, configuration)
        pair.carried = carried
        return pair
    }
}
