internal import CLinux
internal import Glibc
internal import Synchronization

/// What the loop polls for a library: made, asked and closed on the loop's thread, and nowhere
/// else.
package protocol LoopOperation: AnyObject {
    /// Readable when there is something to take.
    var descriptor: Int32 { get }
    /// Takes what has come, and tells its owner. False if it is over.
    func process() -> Bool
    /// Ends it.
    func close()
}

/// The one thread of this process on which everything of multicast DNS happens, and the sockets and
/// files beside it.
///
/// It starts at first use and stays, asleep in `poll` while nothing is asked. Handlers run on it,
/// one at a time, and must not wait. After ``cancel(_:then:)`` a handler may still be called until
/// the loop has seen the cancellation.
///
/// `@unchecked Sendable`: `inbox` is behind its mutex and `wake` is an immutable descriptor; all
/// else is touched only on the loop's thread, which is the only caller of `run` and of what it
/// calls.
@safe package final class DiscoveryLoop: @unchecked Sendable {
    package typealias ID = UInt64

    private enum Work {
        case start(ID, @Sendable () -> (any LoopOperation)?)
        case update(ID, @Sendable (any LoopOperation) -> Bool)
        case watch(ID, Int32, @Sendable () -> Void)
        case schedule(ID, at: UInt64, @Sendable () -> Void)
        case cancel(ID, then: (@Sendable () -> Void)?)
        case execute(@Sendable () -> Void)
    }

    private struct Inbox {
        var work: [Work] = []
        var lastID: ID = 0
    }

    private struct Watch {
        let descriptor: Int32
        let handler: @Sendable () -> Void
    }

    private struct Timer {
        let deadline: UInt64
        let body: @Sendable () -> Void
    }

    package static let shared = DiscoveryLoop()

    private let inbox = Mutex(Inbox())
    private let wake: Int32
    private var operations: [ID: any LoopOperation] = [:]
    private var watches: [ID: Watch] = [:]
    private var timers: [ID: Timer] = [:]

    private init() {
        wake = rtc_linux_eventfd()
        // SAFETY: the thread's argument is retained until the thread takes it over.
        let box = unsafe Unmanaged.passRetained(self).toOpaque()
        var thread = pthread_t()
        let status = unsafe pthread_create(
            &thread, nil,
            { argument in
                guard let argument = unsafe argument else { return nil }
                unsafe Unmanaged<DiscoveryLoop>.fromOpaque(argument).takeRetainedValue().run()
            }, box)
        precondition(status == 0 && wake >= 0, "no thread or descriptor for service discovery: error \(status)")
        pthread_detach(thread)
    }

    /// Nanoseconds of the monotonic clock.
    // SAFETY: the system writes into a local variable.
    package static var now: UInt64 {
        var time = timespec()
        unsafe clock_gettime(CLOCK_MONOTONIC, &time)
        return UInt64(time.tv_sec) &* 1_000_000_000 &+ UInt64(time.tv_nsec)
    }

    /// Polls what `make` gives; nil for nothing.
    package func start(_ make: @escaping @Sendable () -> (any LoopOperation)?) -> ID { add { .start($0, make) } }

    /// Changes an operation; it is over if `change` returns false.
    package func update(_ id: ID, _ change: @escaping @Sendable (any LoopOperation) -> Bool) {
        _ = add { _ in .update(id, change) }
    }

    /// Calls `handler` whenever the descriptor is readable. Close it only in `then` of
    /// ``cancel(_:then:)``.
    package func watch(_ descriptor: Int32, _ handler: @escaping @Sendable () -> Void) -> ID {
        add { .watch($0, descriptor, handler) }
    }

    /// Calls `body` once, after `duration`.
    package func schedule(after duration: Duration, _ body: @escaping @Sendable () -> Void) -> ID {
        let deadline = Self.now &+ duration.clampedNanoseconds
        return add { .schedule($0, at: deadline, body) }
    }

    /// Ends a request, a watch or a timer, then calls `then` on the loop's thread.
    package func cancel(_ id: ID, then: (@Sendable () -> Void)? = nil) { _ = add { _ in .cancel(id, then: then) } }

    /// Runs `body` on the loop's thread.
    package func execute(_ body: @escaping @Sendable () -> Void) { _ = add { _ in .execute(body) } }

    private func add(_ make: (ID) -> Work) -> ID {
        let (id, isFirst) = inbox.withLock { inbox in
            inbox.lastID += 1
            inbox.work.append(make(inbox.lastID))
            return (inbox.lastID, inbox.work.count == 1)
        }
        // SAFETY: writes eight bytes from a local variable.
        var one: UInt64 = 1
        if isFirst { _ = unsafe write(wake, &one, 8) }
        return id
    }

    private func run() -> Never {
        rtc_linux_name_discovery_thread()
        while true {
            var descriptors = [pollfd(fd: wake, events: Int16(POLLIN), revents: 0)]
            var owners: [ID] = [0]
            for (id, operation) in operations {
                descriptors.append(pollfd(fd: operation.descriptor, events: Int16(POLLIN), revents: 0))
                owners.append(id)
            }
            for (id, watch) in watches {
                descriptors.append(pollfd(fd: watch.descriptor, events: Int16(POLLIN), revents: 0))
                owners.append(id)
            }
            // SAFETY: the array holds `count` entries; the event counter is eight bytes.
            let count = unsafe poll(&descriptors, nfds_t(descriptors.count), timeUntilNextTimer())
            if count > 0 {
                for (descriptor, owner) in zip(descriptors, owners) where descriptor.revents != 0 {
                    if owner == 0 {
                        var value: UInt64 = 0
                        _ = unsafe read(wake, &value, 8)
                    } else {
                        dispatch(owner)
                    }
                }
            }
            fireTimers()
            takeWork()
        }
    }

    private func timeUntilNextTimer() -> Int32 {
        guard let deadline = timers.values.map(\.deadline).min() else { return -1 }
        let now = Self.now
        return deadline <= now ? 0 : Int32(clamping: (deadline - now) / 1_000_000 + 1)
    }

    private func dispatch(_ id: ID) {
        if let watch = watches[id] { return watch.handler() }
        guard let operation = operations[id] else { return }
        if !operation.process() { operations.removeValue(forKey: id)?.close() }
    }

    private func fireTimers() {
        let now = Self.now
        for (id, timer) in timers.sorted(by: { $0.value.deadline < $1.value.deadline }) where timer.deadline <= now {
            timers[id] = nil
            timer.body()
        }
    }

    private func takeWork() {
        let work = inbox.withLock { inbox in
            defer { inbox.work.removeAll() }
            return inbox.work
        }
        for item in work { perform(item) }
    }

    private func perform(_ work: Work) {
        switch work {
        case .start(let id, let make): operations[id] = make()
        case .update(let id, let change):
            if let operation = operations[id], !change(operation) { operations.removeValue(forKey: id)?.close() }
        case .watch(let id, let descriptor, let handler): watches[id] = Watch(descriptor: descriptor, handler: handler)
        case .schedule(let id, let deadline, let body): timers[id] = Timer(deadline: deadline, body: body)
        case .cancel(let id, let then):
            operations.removeValue(forKey: id)?.close()
            watches[id] = nil
            timers[id] = nil
            then?()
        case .execute(let body): body()
        }
    }
}
