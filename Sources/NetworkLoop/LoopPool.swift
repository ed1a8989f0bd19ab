import Synchronization

/// The process's loops. Each connection is pinned to one, the one that carries the fewest; loops
/// are started when the first connection needs them and stay.
package final class LoopPool: Sendable {
    /// The pool that connections use unless they are given another.
    package static let shared = LoopPool()

    /// At most this many connections share a loop before the pool starts another, up to
    /// ``maximumLoops``.
    package let connectionsPerLoop: Int
    /// The most threads the pool starts.
    package let maximumLoops: Int

    private let clock: LoopClock

    private struct Slot {
        let loop: NetworkLoop
        var connections = 0
    }
    private let slots = Mutex<[Slot]>([])

    /// - Parameters:
    ///   - connectionsPerLoop: GLib looks at all sources and descriptors of a context on each turn,
    ///     so a loop carries a bounded number cheaply; beyond it the pool grows.
    ///   - maximumLoops: the ceiling, by default sixteen for each processor. With 500 connections a
    ///     loop, opening one costs three times as much as with ten; a thread that waits costs next
    ///     to nothing.
    ///   - clock: what all its loops go by.
    package init(
        connectionsPerLoop: Int = 64, maximumLoops: Int = 16 * NativeLoop.processorCount, clock: LoopClock = .monotonic
    ) {
        self.clock = clock
        self.connectionsPerLoop = connectionsPerLoop
        self.maximumLoops = maximumLoops
    }

    /// A pool of this one loop.
    package init(_ loop: NetworkLoop) {
        clock = loop.clock
        connectionsPerLoop = .max
        maximumLoops = 1
        slots.withLock { $0 = [Slot(loop: loop)] }
    }

    /// Chooses the loop for a new connection and counts it there until ``release(_:)``.
    package func acquire() -> NetworkLoop {
        slots.withLock { slots in
            let least = slots.indices.min { slots[$0].connections < slots[$1].connections }
            // The first loops are opened one per processor, so that a few connections already run
            // in parallel.
            let target = NativeLoop.processorCount
            if let least,
                slots[least].connections == 0 || slots.count >= maximumLoops
                    || (slots.count >= target && slots[least].connections < connectionsPerLoop)
            {
                slots[least].connections += 1
                return slots[least].loop
            }
            let loop = NetworkLoop(index: slots.count, clock: clock)
            slots.append(Slot(loop: loop, connections: 1))
            return loop
        }
    }

    /// The pool's first loop, started if there is none yet: for work that belongs to no connection.
    package var first: NetworkLoop {
        slots.withLock { slots in
            if let slot = slots.first { return slot.loop }
            let loop = NetworkLoop(index: 0, clock: clock)
            slots.append(Slot(loop: loop))
            return loop
        }
    }

    /// Says that a connection of `loop` is gone.
    package func release(_ loop: NetworkLoop) {
        slots.withLock { slots in
            guard let index = slots.firstIndex(where: { $0.loop === loop }) else { return }
            slots[index].connections -= 1
        }
    }

    /// The number of threads running now.
    package var loopCount: Int { slots.withLock { $0.count } }

    /// Stops every loop and waits for the threads. Only for a pool of its own, when its connections
    /// are closed.
    package func shutdown() {
        let loops = slots.withLock { slots in
            defer { slots = [] }
            return slots.map(\.loop)
        }
        for loop in loops { loop.shutdown() }
    }
}
