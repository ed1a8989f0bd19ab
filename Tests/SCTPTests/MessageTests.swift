import SCTP
import TestSupport
import Testing

extension SCTPTests {
    @Suite("Messages")
    struct MessageTests {
        @Test("messages of 1 byte to 256 KiB arrive whole, in order, with their PPID")
        func sizes() throws {
            let pair = try TestPair.connected()
            let sizes = [
                1, 2, 3, 4, 1000, 1131, 1132, 1133, 1160, 1200, 16_384, 65_535, 65_536, 65_537, 262_143, 262_144,
            ]
            for (index, size) in sizes.enumerated() {
                try pair.run(until: {
                    let sent = try? pair.a.send(
                        TestPair.pattern(size, seed: index), stream: UInt16(index), ppid: UInt32(index) << 24 | 51)
                    return sent == size
                })
            }
            try pair.run(until: { pair.b.messages.count == sizes.count })
            for (index, size) in sizes.enumerated() {
                let message = try #require(pair.b.messages.first { $0.stream == UInt16(index) })
                #expect(message.bytes == TestPair.pattern(size, seed: index))
                #expect(message.ppid == UInt32(index) << 24 | 51)
            }
            #expect(pair.b.partsSeen == sizes.count, "none came in parts")
            let statistics = try #require(pair.a.association?.statistics)
            #expect(
                statistics.bytesSent == UInt64(sizes.reduce(0, +)) && statistics.messagesSent == UInt64(sizes.count))
            #expect(pair.b.association?.statistics.bytesReceived == statistics.bytesSent)
        }

        @Test("an empty message is refused")
        func empty() throws {
            let pair = try TestPair.connected()
            #expect(throws: SCTPError.self) { try pair.a.send([]) }
        }

        @Test("a message of 20 MB goes in parts through buffers of 1 MiB")
        func long() throws {
            var configuration = SCTPConfiguration()
            configuration.maxMessageSize = 32 << 20
            configuration.sendBufferBytes = 1 << 20
            configuration.receiveBufferBytes = 1 << 20
            let pair = try TestPair.connected(configuration, configuration)
            let bytes = TestPair.pattern(20_000_000, seed: 7)
            var offset = 0
            try pair.run(until: { pair.b.messages.count == 1 }) {
                while offset < bytes.count {
                    let taken = try #require(pair.a.association).send(
                        bytes.span.extracting(offset..<bytes.count), stream: 3, ppid: 53, reliability: .reliable,
                        isLast: true)
                    if taken == 0 { break }
                    offset += taken
                }
            }
            #expect(pair.b.messages.first?.bytes == bytes)
            #expect(pair.b.partsSeen > 1)
            try pair.a.send([9], stream: 4)
            pair.exchange()
            #expect(pair.b.messages.last?.bytes == [9])
        }

        @Test("a sender whose message was taken in part is told when there is room for the rest")
        func cut() throws {
            var configuration = SCTPConfiguration()
            (configuration.maxMessageSize, configuration.sendBufferBytes) = (4 << 20, 1 << 20)
            let pair = try TestPair.connected(configuration, configuration)
            let bytes = TestPair.pattern(3_000_000, seed: 7)
            var offset = 0
            let goesOn: (SCTPAssociation) -> Void = { association in
                let rest = bytes.span.extracting(offset..<bytes.count)
                offset += (try? association.send(rest, stream: 3, ppid: 53, reliability: .reliable, isLast: true)) ?? 0
            }
            pair.a.onWritable = goesOn
            goesOn(try #require(pair.a.association))
            #expect(offset > 0 && offset < bytes.count)
            try pair.run(until: { pair.b.messages.count == 1 })
            #expect(pair.b.messages.first?.bytes == bytes)
        }

        @Test("while a message is open other streams wait, and are told when it is done")
        func openMessage() throws {
            let pair = try TestPair.connected()
            #expect(try pair.a.send([1, 2, 3], stream: 1, isLast: false) == 3)
            #expect(try pair.a.send([4], stream: 2) == 0)
            let before = pair.a.writableCount
            #expect(try pair.a.send([5], stream: 1) == 1)
            #expect(pair.a.writableCount == before + 1)
            #expect(try pair.a.send([4], stream: 2) == 1)
            pair.exchange()
            #expect(pair.b.messages.map(\.bytes) == [[1, 2, 3, 5], [4]])
        }

        @Test("a message longer than announced ends the association", arguments: [50_001, 300_000])
        func tooLong(_ size: Int) throws {
            var configuration = SCTPConfiguration()
            configuration.maxMessageSize = 50_000
            let pair = try TestPair.connected(SCTPConfiguration(), configuration)
            try pair.a.send(TestPair.pattern(50_000, seed: 1))
            pair.exchange()
            #expect(pair.b.messages.count == 1)
            try pair.a.send(TestPair.pattern(size, seed: 1))
            try pair.run(until: { pair.b.isClosed && pair.a.isClosed })
            #expect(pair.b.error?.code == .messageTooLarge)
            #expect(pair.b.messages.count == 1)
        }

        @Test("what opens a channel does not count as a message, and has a limit of its own", arguments: [1, 50_000])
        func openingOfAChannel(_ limit: Int) throws {
            var configuration = SCTPConfiguration()
            configuration.maxMessageSize = limit
            let pair = try TestPair.connected(SCTPConfiguration(), configuration)
            let longest = 12 + 65_535 + 65_535
            for size in [13, longest] {
                try pair.run(until: { (try? pair.a.send(TestPair.pattern(size, seed: 1), ppid: 50)) == size })
                try pair.run(until: { pair.b.messages.last?.bytes == TestPair.pattern(size, seed: 1) })
            }
            #expect(!pair.b.isClosed)
            try pair.a.send(TestPair.pattern(longest + 1, seed: 1), ppid: 50)
            try pair.run(until: { pair.b.isClosed && pair.a.isClosed })
            #expect(pair.b.error?.code == .messageTooLarge && pair.b.messages.count == 2)
        }

        @Test("over loss and reordering all arrives once and in order", arguments: 1...8)
        func lossy(_ seed: Int) throws {
            let pair = try TestPair.connected(seed: UInt64(seed))
            pair.pace = 10
            pair.loss = 0.05
            pair.reordering = 0.1
            var generator = SeededGenerator(seed: UInt64(seed))
            var sent: [[UInt8]] = []
            try pair.run(until: { pair.b.messages.count == 200 }) {
                while sent.count < 200 {
                    let bytes = TestPair.pattern(Int.random(in: 1...20_000, using: &generator), seed: sent.count)
                    guard try pair.a.send(bytes, stream: 5) > 0 else { break }
                    sent.append(bytes)
                }
            }
            #expect(pair.b.messages.map(\.bytes) == sent)
        }

        @Test("unordered messages arrive all, over loss and reordering")
        func unordered() throws {
            let pair = try TestPair.connected()
            pair.pace = 10
            pair.loss = 0.1
            pair.reordering = 0.2
            var sent = 0
            try pair.run(until: { pair.b.messages.count == 300 }) {
                while sent < 300 {
                    let bytes = TestPair.pattern(100 + sent * 10, seed: sent)
                    guard try pair.a.send(bytes, reliability: SCTPReliability(ordered: false)) > 0 else { break }
                    sent += 1
                }
            }
            let sizes = pair.b.messages.map(\.bytes.count)
            #expect(sizes.sorted() == (0..<300).map { 100 + $0 * 10 })
            #expect(sizes != sizes.sorted(), "a lost one holds up none of the others")
        }

        @Test("every one of 1024 streams carries a message both ways")
        func allStreams() throws {
            var many = SCTPConfiguration()
            many.streams = 1024
            let pair = try TestPair.connected(many, many)
            for stream in 0..<UInt16(1024) {
                try pair.a.send([UInt8(truncatingIfNeeded: stream)], stream: stream)
                try pair.b.send([UInt8(truncatingIfNeeded: stream)], stream: stream)
            }
            try pair.run(until: { pair.a.messages.count == 1024 && pair.b.messages.count == 1024 })
            #expect(Set(pair.a.messages.map(\.stream)).count == 1024)
        }
    }
}
