internal import Synchronization

/// Keeps usrsctp's timers apart from the calls of the threads.
///
/// usrsctp 0.9.5 takes a timer off its queue before it has the association's lock. If the
/// association is told to start the same timer in between, a counter of running timers is one too
/// high for ever, and the safeguard that restarts a lost retransmission timer never works again:
/// some time later the association stands still with data unacknowledged.
///
/// So each thread holds a gate of its own while it is inside of usrsctp, and a tick passes only
/// when it holds all of them. A thread's own gate is free but for those moments: taking it costs
/// about 20 ns.
final class TimerGate: Sendable {
    private static let all = Mutex<[TimerGate]>([])

    /// Locked while its thread is inside; true once it has been since the last tick.
    private let inside = Mutex(false)

    /// A gate for a thread, from now on part of every tick.
    static func add() -> TimerGate {
        let gate = TimerGate()
        all.withLock { $0.append(gate) }
        return gate
    }

    /// The thread has ended.
    func remove() {
        Self.all.withLock { gates in gates.removeAll { $0 === self } }
    }

    /// Runs a thread's call into usrsctp. It does not nest.
    func pass<Result>(_ body: () -> Result) -> Result {
        inside.withLock { wasInside in
            wasInside = true
            return body()
        }
    }

    /// Runs the timers while nobody is inside. Ticks do not overlap: usrsctp keeps its place in the
    /// list of timers in a global variable. A thread that makes its gate meanwhile waits.
    ///
    /// - Parameter body: is told whether anybody has been inside since the tick before.
    static func tick(_ body: (Bool) -> Void) {
        all.withLock { gates in holding(gates[...], false, body) }
    }

    private static func holding(_ gates: ArraySlice<TimerGate>, _ wasUsed: Bool, _ body: (Bool) -> Void) {
        guard let first = gates.first else { return body(wasUsed) }
        first.inside.withLock { wasInside in
            holding(gates.dropFirst(), wasUsed || wasInside, body)
            wasInside = false
        }
    }
}
