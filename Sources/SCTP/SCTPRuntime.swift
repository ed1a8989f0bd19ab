/// usrsctp, which exists once in a process.
///
/// It runs without threads of its own: its timers move only when somebody calls
/// ``tick(elapsed:resume:)``, so the interval of those calls is the granularity of every timeout
/// (delayed SACK, retransmission, path failure). 10 ms is what usrsctp itself uses where it has a
/// timer thread; the longer nothing has happened, the longer the interval may be. Round-trip times
/// and packet lifetimes are read from the wall clock.
package enum SCTPRuntime {
    /// Moves the timers of all associations. Safe from any thread; calls do not overlap. What the
    /// timers send reaches its owner through the association's `wake`. A tick of an idle process
    /// costs a walk over the timers, of which each association has one, always.
    ///
    /// - Parameters:
    ///   - elapsed: since the tick before; whole milliseconds of it count.
    ///   - resume: given when the next tick is late: called, unless usrsctp has been in use, once
    ///     an association is, on its thread and perhaps on several at once. It has to tick then,
    ///     for a timer is started from the last tick on.
    /// - Returns: whether an association was used since the tick before, or a timer has done
    ///   something.
    @discardableResult
    package static func tick(elapsed: Duration, resume: (@Sendable () -> Void)? = nil) -> Bool {
        NativeStack.shared.tick(elapsed: elapsed, resume: resume)
    }

    /// How many associations are open. With none, nothing needs to be ticked.
    package static var activeAssociations: Int {
        NativeStack.shared.registry.count
    }
}
