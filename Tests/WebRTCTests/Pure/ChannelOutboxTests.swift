import NIOCore
import TestSupport
import Testing

@testable import WebRTC

@Suite("What waits to be sent")
struct ChannelOutboxTests {
    private func bytes(_ count: Int) -> ChannelOutbox.Message {
        ChannelOutbox.Message(.binary(ByteBuffer(repeating: 1, count: count)))
    }

    @Test("bufferedAmount counts UTF-8 and bytes, and neither empty messages nor our own")
    func amount() {
        var outbox = ChannelOutbox(limit: 10_000)
        outbox.append(.init(.text("aé✓")))
        #expect(outbox.bufferedAmount == 6)
        outbox.append(bytes(100))
        #expect(outbox.bufferedAmount == 106)
        outbox.append(.init(.text("")))
        outbox.append(bytes(0))
        outbox.append(.init(.control([1, 2, 3])))
        #expect(outbox.bufferedAmount == 106)
    }

    @Test("there is room up to the limit; what alone exceeds it goes in when nothing else waits")
    func room() {
        var outbox = ChannelOutbox(limit: 10_000)
        #expect(outbox.hasRoom(for: 1_000_000))
        outbox.append(bytes(5_000))
        #expect(outbox.hasRoom(for: 4_800))
        #expect(!outbox.hasRoom(for: 5_001))
        outbox.append(bytes(4_800))
        #expect(!outbox.hasRoom(for: 300))
    }

    @Test("messages without content do not queue without limit", arguments: [0, 1])
    func emptyMessages(size: Int) {
        var outbox = ChannelOutbox(limit: 64 << 10)
        var count = 0
        while outbox.hasRoom(for: size), count < 100_000 {
            outbox.append(bytes(size))
            count += 1
        }
        #expect((500...1024).contains(count))
        // Room comes back as they leave.
        _ = outbox.consume(size)
        outbox.removeFirst()
        #expect(outbox.hasRoom(for: size))
    }

    @Test("a limit of nothing lets one message at a time through")
    func nonsense() {
        for limit in [0, -5, Int.min] {
            var outbox = ChannelOutbox(limit: limit)
            #expect(outbox.hasRoom(for: 100))
            outbox.append(bytes(100))
            #expect(!outbox.hasRoom(for: 0))
        }
    }

    @Test("falling to the threshold is told once for each crossing")
    func threshold() {
        var outbox = ChannelOutbox(limit: 10_000)
        outbox.lowThreshold = 150
        outbox.append(bytes(100))
        var crossings = [outbox.consume(100)]  // it was never above
        outbox.removeFirst()
        outbox.append(bytes(400))
        for count in [249, 1, 150] { crossings.append(outbox.consume(count)) }
        outbox.removeFirst()
        outbox.append(bytes(151))
        crossings.append(outbox.consume(1))
        #expect(crossings == [false, false, true, false, true])
    }

    @Test("the threshold of zero is crossed by the last byte only")
    func thresholdOfZero() {
        var outbox = ChannelOutbox(limit: 10_000)
        outbox.append(bytes(10))
        let crossings = [9, 1, 0].map { outbox.consume($0) }
        #expect(crossings == [false, true, false])
    }

    @Test("messages leave in their order, and after a random run nothing is left over")
    func accounting() {
        var generator = SeededGenerator(seed: 41)
        var outbox = ChannelOutbox(limit: 1 << 16)
        var expected: [Int] = []
        for _ in 0..<5_000 {
            if Bool.random(using: &generator) {
                let size = Int.random(in: 0..<500, using: &generator)
                guard outbox.hasRoom(for: size) else { continue }
                outbox.append(bytes(size))
                expected.append(size)
            } else if let first = outbox.first {
                #expect(first.byteCount == expected.removeFirst())
                let part = Int.random(in: 0...first.byteCount, using: &generator)
                _ = outbox.consume(part)
                _ = outbox.consume(first.byteCount - part)
                outbox.removeFirst()
            }
            #expect(outbox.bufferedAmount == expected.reduce(0, +))
            #expect(outbox.isEmpty == expected.isEmpty)
        }
        while let first = outbox.first {
            _ = outbox.consume(first.byteCount)
            outbox.removeFirst()
        }
        #expect(outbox.bufferedAmount == 0 && outbox.hasRoom(for: 1 << 16))
    }

    @Test("removing all leaves nothing")
    func removal() {
        var outbox = ChannelOutbox(limit: 100)
        outbox.append(bytes(90))
        _ = outbox.removeAll()
        #expect(outbox.isEmpty && outbox.bufferedAmount == 0 && outbox.first == nil && outbox.hasRoom(for: 100))
        outbox.removeFirst()
        let isLow = outbox.consume(10)
        #expect(!isLow && outbox.bufferedAmount == 0)
    }

    @Test("whatever the peer sends on a channel shows that it knows of it (RFC 8832 §6)")
    func acknowledgement() {
        var core = ChannelCore(receiveLimit: 1000, sendLimit: 1)
        #expect(!core.isAcknowledged)
        _ = core.receive(.text("x"))
        #expect(core.isAcknowledged)
    }

    @Test("what SCTP takes while the peer is silent counts as sent when it is heard again, and not if it never is")
    func silence() {
        var core = ChannelCore(receiveLimit: 1, sendLimit: 1)
        core.countSent(10, isUnanswered: false)
        core.countSent(5, isUnanswered: true)
        core.countSent(5, isUnanswered: true)
        #expect(core.messagesSent == 1 && core.bytesSent == 10)
        core.countHeld()
        #expect(core.messagesSent == 3 && core.bytesSent == 20)
        core.countHeld()
        #expect(core.messagesSent == 3)
    }
}
