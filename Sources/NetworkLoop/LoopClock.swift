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
