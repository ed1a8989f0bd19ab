import Synchronization

/// What a loop, its timers and all that lives on it read the time from. It is handed down from the
/// top, so that one clock that is moved by hand moves everything.
///
/// libnice's own timers, OpenSSL's and the round trips of usrsctp go by the system's clock in any
/// case.
package enum LoopClock: Sendable {
    /// The system's, which never goes back.
    case monotonic
    /// One that stands still until somebody moves it.
    case manual(ManualClock)

    /// The time since the clock's origin, which means nothing.
    package var now: Duration { .nanoseconds(nanoseconds) }

    /// The same in nanoseconds, for what looks at the time with each packet or turn: half as wide
    /// as a `Duration`.
    package var nanoseconds: UInt64 {
        switch self {
        case .monotonic: NativeLoop.now
        case .manual(let clock): clock.nanoseconds
        }
    }
}

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
