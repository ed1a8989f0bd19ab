package import NetworkLoop
internal import SCTP
internal import Synchronization

/// Moves SCTP's timers, which exist once per process, while there is an association: every 10 ms
/// while one is in use, and the less often the longer none is.
///
/// ``shared`` runs on the first loop of the shared pool, which lives as long as the process,
/// whatever pool a connection is of. A simulation has one on its own loop, and no other connections
/// beside it.
package final class SCTPTicker: Sendable {
    package static let shared = SCTPTicker { LoopPool.shared.first }

    private let loop: @Sendable () -> NetworkLoop
    private let isNeeded: @Sendable () -> Bool

    /// - Parameters:
    ///   - loop: where it ticks, by that loop's clock; asked when first needed.
    ///   - isNeeded: whether it goes on.
    package init(
        on loop: @escaping @Sendable () -> NetworkLoop,
        while isNeeded: @escaping @Sendable () -> Bool = { SCTPRuntime.activeAssociations > 0 }
    ) {
        self.loop = loop
        self.isNeeded = isNeeded
    }

    private struct Storage {
        var isRunning = false
        /// Up to when the timers were moved, and when something happened last.
        var lastTick: UInt64 = 0
        var lastUse: UInt64 = 0
        /// Which row of ticks goes on: a new one begins where an association is used while the next
        /// tick is far off.
        var row = 0
    }
    private let storage = Mutex(Storage())

    /// Keeps ticking from now on, while there is an association. To be called when one was made,
    /// from any thread.
    func start() {
        let now = loop().clock.nanoseconds
        let row: Int? = storage.withLock { storage in
            guard !storage.isRunning else { return nil }
            storage = Storage(isRunning: true, lastTick: now, lastUse: now, row: storage.row + 1)
            return storage.row
        }
        if let row { goOn(row, after: TickPace.interval) }
    }

    private func resume() {
        let row = storage.withLock { storage in
            storage.lastUse = loop().clock.nanoseconds
            storage.row += 1
            return storage.row
        }
        tick(row)
    }

    /// Moves the timers, and sees to the next tick of that row if it is the one that goes on. From
    /// any thread.
    private func tick(_ row: Int) {
        // Several threads may tick at once: the time is read where nobody else moves what was
        // ticked.
        let (now, elapsed, pause) = storage.withLock { storage in
            let now = loop().clock.nanoseconds
            let milliseconds = (now - min(now, storage.lastTick)) / 1_000_000
            storage.lastTick += milliseconds * 1_000_000
            let pause = TickPace.pause(afterSilence: now - min(now, storage.lastUse))
            return (now, Duration.milliseconds(milliseconds), pause)
        }
        let resume: @Sendable () -> Void = { self.resume() }
        let isUsed = SCTPRuntime.tick(
            elapsed: elapsed, resume: pause > TickPace.interval ? resume : nil)
        let goesOn = storage.withLock { storage in
            if isUsed { storage.lastUse = max(now, storage.lastUse) }
            guard storage.row == row else { return false }
            storage.isRunning = isNeeded()
            return storage.isRunning
        }
        if goesOn { goOn(row, after: isUsed ? TickPace.interval : pause) }
    }

    private func goOn(_ row: Int, after pause: UInt64) {
        let loop = loop()
        guard loop.isCurrent else { return loop.post { self.goOn(row, after: pause) } }
        _ = loop.schedule(after: .nanoseconds(pause)) {
            if self.storage.withLock({ $0.row == row }) { self.tick(row) }
        }
    }
}
