import SCTP
import Synchronization
import Testing

extension SCTPTests {
    @Suite("Ticks that are far apart")
    struct RestTests {
        @Test("whoever uses an association then has it catch up first, and once: its timers have their whole time")
        func resume() throws {
            let pair = try TestPair.connected()
            pair.tick(300)
            let count = Mutex(0)
            let isUsed = SCTPRuntime.tick(elapsed: .milliseconds(10)) {
                count.withLock { $0 += 1 }
                SCTPRuntime.tick(elapsed: .seconds(1))
            }
            #expect(!isUsed && count.withLock { $0 } == 0)
            pair.a.onPacket = { _ in #expect(count.withLock { $0 } == 1, "before the packet") }
            try pair.a.send([1])
            #expect(pair.a.outbox.count == 1)
            pair.exchange()
            try pair.a.send([2])
            pair.exchange()
            #expect(count.withLock { $0 } == 1, "afterwards there are ticks again")
            #expect(pair.b.messages.map(\.bytes) == [[1], [2]])
        }

        @Test("while one is used, and while a timer sends, there is no rest")
        func use() throws {
            let pair = try TestPair.connected()
            pair.tick(300)
            try pair.a.send([1])
            pair.a.outbox = []
            let resume: @Sendable () -> Void = { Issue.record("there was a tick to come") }
            #expect(SCTPRuntime.tick(elapsed: .milliseconds(10), resume: resume))
            // Nothing happens until the timeout sends again, which takes its time on the wall, too.
            for _ in 0..<3000 where pair.a.outbox.isEmpty {
                let start = ContinuousClock.now
                let isUsed = SCTPRuntime.tick(elapsed: .milliseconds(10))
                pair.a.association?.process()
                #expect(isUsed != pair.a.outbox.isEmpty)
                while start.duration(to: .now) < .milliseconds(1) {}
            }
            pair.exchange()
            #expect(pair.b.messages.map(\.bytes) == [[1]])
        }
    }
}
