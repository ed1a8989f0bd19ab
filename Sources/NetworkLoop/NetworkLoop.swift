/// The thread that a connection lives on: one private `GMainContext`, which is libnice's event source, and a Swift
/// `SerialExecutor`, so that an actor of that connection runs on the same thread as libnice's callbacks.
///
/// A callback that arrives on the loop enters the actor with `assumeIsolated`: no hop, no lock. Work from other threads
/// is queued and wakes the loop once per burst, not once per item.
///
/// Thread rules: ``enqueue(_:)``, ``wake(_:)`` and ``post(_:)`` may be called from any thread; everything else only on
/// the loop itself.
@safe package final class NetworkLoop: SerialExecutor {
    /// A number that names the loop in logs and thread names, from 0.
    package let index: Int
    let native: NativeLoop

    /// Starts a loop with its own thread.
    package init(index: Int = 0) {
        self.index = index
        native = NativeLoop(name: "rtc-loop-\(index)")
        native.start(executor: self)
    }

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

    /// Runs `body` on the loop, after what was queued before it. From any thread; allocates one closure.
    package func post(_ body: @escaping @Sendable () -> Void) {
        native.enqueue(.closure(body))
    }

    /// Asks for one call of `work.run()` on the loop; further calls before it runs are merged into it. From any thread,
    /// without an allocation.
    package func wake(_ work: LoopWork) {
        if work.markPending() { native.enqueue(.work(work)) }
    }

    /// Nanoseconds of the monotonic clock.
    package static var now: UInt64 { NativeLoop.now }

    /// Calls `body` on the loop once, `delay` nanoseconds from now, unless the timer is cancelled before.
    /// Only on the loop.
    package func schedule(after delay: UInt64, _ body: @escaping () -> Void) -> LoopTimer {
        native.schedule(at: NativeLoop.now + min(delay, .max / 2), body)
    }

    /// Stops the loop after everything queued so far has run, and waits until its thread has ended.
    ///
    /// Nothing may be queued afterwards. Not to be called on the loop itself.
    package func shutdown() {
        native.stop()
    }
}
