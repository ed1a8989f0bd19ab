/// usrsctp, which exists once in a process.
///
/// It runs without threads of its own: its timers move only when somebody calls ``tick(elapsedMilliseconds:)``, so the
/// interval of those calls is the granularity of every timeout (delayed SACK, retransmission, path failure). 10 ms is
/// what usrsctp itself uses where it has a timer thread. Round-trip times and packet lifetimes are read from the wall clock.
package enum SCTPRuntime {
    /// Moves the timers of all associations. Safe from any thread; calls do not overlap. What the timers send reaches
    /// its owner through the association's `wake`. A tick of an idle process costs a walk over the running timers.
    package static func tick(elapsedMilliseconds: UInt32) {
        NativeStack.shared.tick(elapsedMilliseconds: elapsedMilliseconds)
    }

    /// How many associations are open. With none, nothing needs to be ticked.
    package static var activeAssociations: Int {
        NativeStack.shared.registry.count
    }
}
