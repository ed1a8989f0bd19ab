import Foundation
import SCTP
import Synchronization
import Testing

extension SCTPTests {
    @Suite("Threads")
    struct ThreadTests {
        /// A way for packets from one thread to another.
        final class Wire: Sendable {
            private let queue = Mutex<[[UInt8]]>([])
            func push(_ packets: [[UInt8]]) {
                queue.withLock { $0 += packets }
            }
            func take() -> [[UInt8]] {
                queue.withLock { packets in
                    defer { packets = [] }
                    return packets
                }
            }
        }

        /// What one thread does: an end that sends and echoes until it has seen enough, packets
        /// lost every so often.
        private static func run(
            inbound: Wire, outbound: Wire, count: Int, lossEvery: Int, arrived: Shared<Atomic<Int>>,
            stop: Shared<Atomic<Bool>>
        ) throws {
            let wakes = Shared(Atomic(0))
            let end = try TestEnd(wake: { wakes.value.wrappingAdd(1, ordering: .releasing) })
            try end.association?.connect()
            var sent = 0
            var seen = 0
            while !stop.value.load(ordering: .acquiring) {
                for packet in inbound.take() {
                    seen += 1
                    if seen % lossEvery != 0 {
                        end.association?.receive(packet.span)
                    }
                }
                if wakes.value.exchange(0, ordering: .acquiringAndReleasing) > 0 {
                    end.association?.process()
                }
                while end.isConnected, sent < count, try end.send(TestPair.pattern(3000, seed: sent)) > 0 {
                    sent += 1
                }
                if !end.outbox.isEmpty {
                    outbound.push(end.outbox)
                    end.outbox = []
                }
                arrived.value.store(end.messages.count, ordering: .releasing)
            }
            #expect(end.messages.map(\.bytes) == (0..<count).map { TestPair.pattern(3000, seed: $0) })
            end.association?.close()
        }

        @Test("associations on their own threads and a ticker on another, over loss, lose nothing")
        func threads() async throws {
            let pairs = 2
            let count = 150
            let stop = Shared(Atomic(false))
            let arrived = (0..<pairs * 2).map { _ in Shared(Atomic(0)) }
            try await withThrowingTaskGroup(of: Void.self) { group in
                for pair in 0..<pairs {
                    let (there, back) = (Wire(), Wire())
                    for side in 0..<2 {
                        let counter = arrived[pair * 2 + side]
                        group.addTask {
                            try await Self.onThread {
                                try Self.run(
                                    inbound: side == 0 ? back : there, outbound: side == 0 ? there : back, count: count,
                                    lossEvery: 40, arrived: counter, stop: stop)
                            }
                        }
                    }
                }
                group.addTask {
                    try await Self.onThread {
                        var last = ContinuousClock.now
                        let deadline = last + .seconds(120)
                        while arrived.contains(where: { $0.value.load(ordering: .acquiring) < count }),
                            ContinuousClock.now < deadline
                        {
                            let passed = last.duration(to: .now) / .milliseconds(1)
                            if passed >= 10 {
                                SCTPRuntime.tick(elapsed: .milliseconds(Int(passed)))
                                last = last + .milliseconds(Int(passed))
                            }
                        }
                        stop.value.store(true, ordering: .releasing)
                    }
                }
                try await group.waitForAll()
            }
        }

        final class Shared<Value: ~Copyable & Sendable>: Sendable {
            let value: Value
            init(_ value: consuming Value) {
                self.value = value
            }
        }

        /// Runs on a thread of its own.
        private static func onThread(_ body: @escaping @Sendable () throws -> Void) async throws {
            try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
                let thread = Thread { continuation.resume(with: Result { try body() }) }
                thread.start()
            }
        }
    }
}
