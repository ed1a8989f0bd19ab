internal import NetworkLoop
internal import SCTP
internal import Synchronization

/// Moves SCTP's timers, which exist once per process, every 10 ms while there is an association.
///
/// It runs on the first loop of the shared pool, which lives as long as the process, whatever pool a connection is of.
final class SCTPTicker: Sendable {
    static let shared = SCTPTicker()

    /// usrsctp's own granularity, in nanoseconds.
    private static let interval: UInt64 = 10_000_000

    private struct Storage {
        var isRunning = false
        var lastTick: UInt64 = 0
    }
    private let storage = Mutex(Storage())

    /// Keeps ticking from now on, while there is an association. To be called when one was made, from any thread.
    func start() {
        let starts = storage.withLock { storage in
            defer { storage.isRunning = true }
            if !storage.isRunning { storage.lastTick = NetworkLoop.now }
            return !storage.isRunning
        }
        guard starts else { return }
        let loop = LoopPool.shared.first
        loop.post { self.schedule(on: loop) }
    }

    private func schedule(on loop: NetworkLoop) {
        _ = loop.schedule(after: Self.interval) { self.tick(on: loop) }
    }

    private func tick(on loop: NetworkLoop) {
        let now = NetworkLoop.now
        let (elapsed, goesOn) = storage.withLock { storage in
            let milliseconds = (now &- storage.lastTick) / 1_000_000
            storage.lastTick &+= milliseconds &* 1_000_000
            storage.isRunning = SCTPRuntime.activeAssociations > 0
            return (UInt32(clamping: milliseconds), storage.isRunning)
        }
        SCTPRuntime.tick(elapsedMilliseconds: elapsed)
        if goesOn { schedule(on: loop) }
    }
}
