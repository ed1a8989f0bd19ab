internal import Synchronization

/// Keeps usrsctp's timers apart from the calls of the threads.
///
/// usrsctp 0.9.5 takes a timer off its queue before it has the association's lock. If the association is told to start the
/// same timer in between, a counter of running timers is one too high for ever, and the safeguard that restarts a lost
/// retransmission timer never works again: some time later the association stands still with data unacknowledged.
///
/// So each thread holds a gate of its own while it is inside of usrsctp, and a tick, every 10 ms, passes only when it holds
/// all of them. A thread's own gate is free but for those moments: taking it costs about 20 ns.
final class TimerGate: Sendable {
    private static let all = Mutex<[TimerGate]>([])

    private let inside = Mutex(())

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
        inside.withLock { _ in body() }
    }

    /// Runs the timers while nobody is inside. Ticks do not overlap: usrsctp keeps its place in the list of timers in a
    /// global variable. A thread that makes its gate meanwhile waits.
    static func tick(_ body: () -> Void) {
        all.withLock { gates in holding(gates[...], body) }
    }

    private static func holding(_ gates: ArraySlice<TimerGate>, _ body: () -> Void) {
        guard let first = gates.first else { return body() }
        first.inside.withLock { _ in holding(gates.dropFirst(), body) }
    }
}
