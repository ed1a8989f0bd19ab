import Synchronization

/// A clock for tests and simulations.
package final class ManualClock: Sendable {
    private let time: Atomic<UInt64>
    private let observers = Mutex<[@Sendable () -> Void]>([])

    /// - Parameter start: the time at first.
    package init(start: Duration = .seconds(1)) { time = Atomic(start.wholeNanoseconds) }

    /// The time by this clock.
    package var now: Duration { .nanoseconds(nanoseconds) }

    var nanoseconds: UInt64 { time.load(ordering: .acquiring) }

    /// Moves the time on, and wakes the loops that go by it: timers that are due then fire.
    package func advance(by step: Duration) {
        time.wrappingAdd(step.wholeNanoseconds, ordering: .acquiringAndReleasing)
        for observer in observers.withLock({ $0 }) { observer() }
    }

    /// Calls `body` whenever the time has moved.
    func observe(_ body: @escaping @Sendable () -> Void) {
        observers.withLock { $0.append(body) }
    }
}
