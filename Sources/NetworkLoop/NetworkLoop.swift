/// The thread that a connection lives on: one private `GMainContext`, which is libnice's event
/// source, and a Swift `SerialExecutor`, so that an actor of that connection runs on the same
/// thread as libnice's callbacks.
///
/// A callback that arrives on the loop enters the actor with `assumeIsolated`: no hop, no lock.
/// Work from other threads is queued and wakes the loop once per burst, not once per item.
///
/// Thread rules: ``enqueue(_:)``, ``wake(_:)`` and ``post(_:)`` may be called from any thread;
/// everything else only on the loop itself.
@safe package final class NetworkLoop: SerialExecutor {
    /// A number that names the loop in logs and thread names, from 0.
    package let index: Int
    /// What its timers, and all that lives on it, read the time from.
    package let clock: LoopClock
    let native: NativeLoop
    /// Where what is read from its sockets is put. Only on the loop.
    package let readBuffer = ReadBuffer()

    /// Starts a loop with its own thread.
    package init(index: Int = 0, clock: LoopClock = .monotonic) {
        self.index = index
        self.clock = clock
        native = NativeLoop(name: "rtc-loop-\(index)", clock: clock)
        native.start(executor: self)
        if case .manual(let manual) = clock { manual.observe { [weak self] in self?.post {} } }
    }

    /// Makes a loop without a thread, for simulations: whoever calls ``enter(_:)`` or
    /// ``runUntilIdle()`` is its thread meanwhile, and nothing happens in between. Sockets are not
    /// looked at.
    package init(drivenBy clock: ManualClock) {
        index = 0
        self.clock = .manual(clock)
        native = NativeLoop(name: "rtc-loop-driven", clock: .manual(clock))
        native.serve(self)
    }

    /// Has the calling thread be the loop's while `body` runs, so that actors of the loop may be
    /// entered with `assumeIsolated`. Only for a loop that is driven, by one thread at a time.
    package func enter<Result>(_ body: () throws -> Result) rethrows -> Result { try native.enter(body) }

    /// Does what is queued and what is due by now, and what these queue in turn. Only for a loop
    /// that is driven.
    package func runUntilIdle() { native.runUntilIdle() }

    /// When the first of its timers is due; nil if there is none. Only on the loop.
    package var nextDeadline: Duration? { native.nextDeadline.map { .nanoseconds($0) } }

    /// True on the loop's own thread.
    package var isCurrent: Bool { native.isCurrent }

    /// Queues a Swift job. Called by the runtime for actors whose executor this loop is.
    package func enqueue(_ job: consuming ExecutorJob) {
        native.enqueue(.job(UnownedJob(job)))
    }

    /// Traps when the caller is on another thread; this is what makes `assumeIsolated` valid here.
    package func checkIsolated() {
        precondition(isCurrent, "not on network loop \(index)")
    }

    /// Runs `body` on the loop, after what was queued before it. From any thread; allocates one
    /// closure.
    package func post(_ body: @escaping @Sendable () -> Void) {
        native.enqueue(.closure(body))
    }

    /// Asks for one call of `work.run()` on the loop; further calls before it runs are merged into
    /// it. From any thread, without an allocation.
    package func wake(_ work: LoopWork) {
        if work.markPending() { native.enqueue(.work(work)) }
    }

    /// The time by the loop's clock.
    package var now: Duration { clock.now }

    /// Calls `body` on the loop once, that much later than now, unless the timer is cancelled
    /// before. Only on the loop.
    package func schedule(after delay: Duration, _ body: @escaping () -> Void) -> LoopTimer {
        native.schedule(at: clock.nanoseconds + delay.wholeNanoseconds, body)
    }

    /// Stops the loop after everything queued so far has run, and waits until its thread has ended.
    ///
    /// Nothing may be queued afterwards. Not to be called on the loop itself.
    package func shutdown() {
        native.stop()
    }
}
