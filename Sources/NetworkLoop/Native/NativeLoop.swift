internal import CGLib
internal import Glibc
internal import Synchronization

/// The thread, the `GMainContext` and the queue behind a ``NetworkLoop``.
///
/// `@unchecked Sendable`: `inbox` is behind its mutex, `thread` is written before the loop is
/// published; `timers`, `eagerness` and `running` are touched only on the loop's thread, which is
/// whoever drives a loop that has none.
@safe final class NativeLoop: @unchecked Sendable {
    enum Item {
        case job(UnownedJob)
        case taskJob(UnownedJob, LoopTaskExecutor)
        case closure(@Sendable () -> Void)
        case work(LoopWork)
        case stop
    }

    private struct Inbox {
        var items: [Item] = []
        /// The thread waits, or is about to.
        var isWaiting = false
    }

    let context: OpaquePointer
    private let name: String
    private let clock: LoopClock
    private let source: UnsafeMutablePointer<GSource>
    private let inbox = Mutex(Inbox())
    private let identity = Atomic<UInt>(0)
    private var thread: pthread_t?
    private var executor: UnownedSerialExecutor?
    private var timers = TimerQueue()
    private var draining: [Item] = []
    private var running = true
    private var eagerness = Eagerness()

    init(name: String, clock: LoopClock) {
        self.name = name
        self.clock = clock
        // SAFETY: plain allocations of GLib; both are released in deinit, after the thread has
        // ended.
        unsafe context = g_main_context_new()
        unsafe source = rtc_loop_source_new(
            { unsafe NativeLoop.of($0).wait(isBeforePoll: $1 != 0) },
            {
                unsafe NativeLoop.of($0).dispatch()
                return 1
            })
        unsafe rtc_loop_source_set_context(source, Unmanaged.passUnretained(self).toOpaque())
        unsafe g_source_set_priority(source, gint(G_PRIORITY_DEFAULT))
        unsafe g_source_attach(source, context)
        unsafe g_main_context_set_poll_func(context) { descriptors, count, timeout in
            guard let loop = unsafe pthread_getspecific(NativeLoop.ownLoop) else {
                return unsafe g_poll(descriptors, count, timeout)
            }
            return unsafe NativeLoop.of(loop).poll(descriptors, count, timeout)
        }
    }

    deinit {
        // SAFETY: the thread has ended (it retains the loop while it runs), so nothing polls these
        // any more.
        unsafe g_source_destroy(source)
        unsafe g_source_unref(source)
        unsafe g_main_context_unref(context)
    }

    private static func of(_ context: UnsafeMutableRawPointer?) -> NativeLoop {
        guard let context = unsafe context else { preconditionFailure("a loop's source has its loop") }
        // SAFETY: the context is the loop that installed the source; it outlives its thread, which
        // is the only caller.
        return unsafe Unmanaged<NativeLoop>.fromOpaque(context).takeUnretainedValue()
    }

    /// What a thread knows its loop by, for the poll of a context is not told whose it is.
    // SAFETY: the system writes into a local variable; the key has no destructor, and so frees
    // nothing.
    private static let ownLoop: pthread_key_t = {
        var key = pthread_key_t()
        unsafe pthread_key_create(&key, nil)
        return key
    }()

    /// How many loops look for events without sleeping: at most one for each processor.
    private static let looking = Atomic<Int>(0)

    // SAFETY: the system writes into a local variable.
    static var now: UInt64 {
        var time = timespec()
        unsafe clock_gettime(CLOCK_MONOTONIC, &time)
        return UInt64(time.tv_sec) &* 1_000_000_000 &+ UInt64(time.tv_nsec)
    }

    static let processorCount = max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN)))

    var isCurrent: Bool { identity.load(ordering: .relaxed) == UInt(pthread_self()) }

    // SAFETY: the executor owns this object, so it is there for as long as this is asked for it.
    func serve(_ executor: NetworkLoop) { unsafe self.executor = UnownedSerialExecutor(ordinary: executor) }

    func start(executor: NetworkLoop) {
        serve(executor)
        // SAFETY: through its retained box the executor lives as long as the thread.
        let box = unsafe Unmanaged.passRetained(executor).toOpaque()
        var thread = pthread_t()
        let status = unsafe pthread_create(
            &thread, nil,
            { argument in
                guard let argument = unsafe argument else { return nil }
                // SAFETY: the one retain of `start` is balanced here, when the thread ends.
                let loop = unsafe Unmanaged<NetworkLoop>.fromOpaque(argument).takeRetainedValue()
                loop.native.run()
                return nil
            }, box)
        precondition(status == 0, "no thread for a network loop: error \(status)")
        self.thread = thread
    }

    /// Has the calling thread be the loop's for as long as `body` runs. For a loop without a thread
    /// of its own, by one thread at a time.
    func enter<Result>(_ body: () throws -> Result) rethrows -> Result {
        precondition(thread == nil, "a loop with a thread of its own is not driven")
        let own = UInt(pthread_self())
        let (isFree, owner) = identity.compareExchange(expected: 0, desired: own, ordering: .acquiringAndReleasing)
        precondition(isFree || owner == own, "a loop is driven by one thread at a time")
        defer { if isFree { identity.store(0, ordering: .releasing) } }
        return try body()
    }

    /// Runs what is queued and due, and what that queues in turn. For a loop without a thread.
    func runUntilIdle() {
        enter {
            repeat { dispatch() } while wait(isBeforePoll: false) == 0
        }
    }

    /// When the first timer is due, in nanoseconds. On the loop.
    var nextDeadline: UInt64? { timers.nextDeadline }

    // SAFETY: the context is freed in deinit; GLib lets any thread wake it.
    func enqueue(_ item: Item) {
        let wakes = inbox.withLock { inbox in
            inbox.items.append(item)
            defer { inbox.isWaiting = false }
            return inbox.isWaiting
        }
        if wakes { unsafe g_main_context_wakeup(context) }
    }

    func schedule(at deadline: UInt64, _ body: @escaping () -> Void) -> LoopTimer {
        let timer = LoopTimer(nanoseconds: deadline, body: body)
        timers.insert(timer)
        return timer
    }

    func stop() {
        guard let thread else {
            runUntilIdle()
            return timers.removeAll()
        }
        precondition(!isCurrent, "a loop cannot wait for its own end")
        enqueue(.stop)
        pthread_join(thread, nil)
    }

    private func run() {
        identity.store(UInt(pthread_self()), ordering: .relaxed)
        unsafe rtc_name_this_thread(name)
        // SAFETY: the thread retains the loop, and nobody asks on it after it has ended.
        unsafe pthread_setspecific(Self.ownLoop, Unmanaged.passUnretained(self).toOpaque())
        unsafe g_main_context_push_thread_default(context)
        while running { unsafe g_main_context_iteration(context, 1) }
        // Last passes without waiting, so that sources destroyed by the last jobs release their
        // descriptors.
        while unsafe g_main_context_iteration(context, 0) != 0 {}
        unsafe g_main_context_pop_thread_default(context)
        timers.removeAll()
    }

    /// For how many milliseconds there is nothing to do, -1 for ever. The context asks on each
    /// turn, before its poll and after it; only in between does it have to be woken, which takes
    /// two system calls.
    private func wait(isBeforePoll: Bool) -> Int32 {
        var milliseconds: Int32 = -1
        if let deadline = timers.nextDeadline {
            let now = clock.nanoseconds
            if deadline <= now {
                milliseconds = 0
            } else if case .monotonic = clock {
                milliseconds = Int32(clamping: (deadline - now + 999_999) / 1_000_000)
            }
        }
        return inbox.withLock { inbox in
            if !inbox.items.isEmpty { milliseconds = 0 }
            inbox.isWaiting = isBeforePoll && milliseconds != 0
            return milliseconds
        }
    }

    /// The context's poll: waits for an event, and looks for a moment first if the next one is
    /// likely to come soon.
    private func poll(_ descriptors: UnsafeMutablePointer<GPollFD>?, _ count: guint, _ timeout: gint) -> gint {
        // SAFETY: as many descriptors as the context says, for the time of the call.
        guard timeout != 0 else { return unsafe g_poll(descriptors, count, 0) }
        let start = Self.now
        var exact: UInt64?
        if case .monotonic = clock { exact = timers.nextDeadline }
        let patience = TimerSlack.timeout(timeout, exact: exact, at: start)
        eagerness.waits(at: start)
        guard eagerness.isEager, count <= Self.mostLookedAt else {
            defer { eagerness.wakes(at: Self.now, hasLooked: false) }
            return unsafe g_poll(descriptors, count, patience)
        }
        let ready = unsafe look(descriptors, count, since: start)
        defer { eagerness.wakes(at: Self.now, hasLooked: ready == 0) }
        return ready != 0 ? ready : unsafe g_poll(descriptors, count, patience)
    }

    /// With more descriptors each look takes too long.
    private static let mostLookedAt: guint = 8

    /// Looks for events for ``Eagerness/span``; 0 if there was none. Other threads go first.
    // SAFETY: as many descriptors as the context says, for the time of the call.
    private func look(
        _ descriptors: UnsafeMutablePointer<GPollFD>?, _ count: guint, since start: UInt64
    ) -> gint {
        let others = Self.looking.add(1, ordering: .relaxed).oldValue
        defer { Self.looking.subtract(1, ordering: .relaxed) }
        guard others < Self.processorCount else { return 0 }
        repeat {
            let ready = unsafe g_poll(descriptors, count, 0)
            if ready != 0 { return ready }
            sched_yield()
        } while Self.now &- start < Eagerness.span
        return 0
    }

    /// Runs what was queued and what is due. On the loop's thread, from the context.
    ///
    /// What these queue in turn waits for the next pass, so sockets get their turn in between.
    private func dispatch() {
        inbox.withLock { swap(&$0.items, &draining) }
        for item in draining { run(item) }
        draining.removeAll(keepingCapacity: draining.capacity <= 1024)
        let now = clock.nanoseconds
        while let timer = timers.popDue(now: now) { timer.fire() }
    }

    // SAFETY: the executor owns this object and is retained by the thread, which is where this
    // runs; each job was handed over to be run once.
    private func run(_ item: Item) {
        switch item {
        case .job(let job): if let executor = unsafe executor { unsafe job.runSynchronously(on: executor) }
        case .taskJob(let job, let executor): unsafe job.runSynchronously(on: executor.asUnownedTaskExecutor())
        case .closure(let body): body()
        case .work(let work): work.run()
        case .stop: running = false
        }
    }
}
