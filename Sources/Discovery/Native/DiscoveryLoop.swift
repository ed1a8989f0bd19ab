internal import CDNSSD
internal import Glibc
internal import Synchronization

/// The one thread of this process on which everything of `dns_sd` happens, and the sockets and files beside it.
///
/// It starts at first use and stays, asleep in `poll` while nothing is asked. Handlers run on it, one at a time, and
/// must not wait. After ``cancel(_:then:)`` a handler may still be called until the loop has seen the cancellation.
///
/// `@unchecked Sendable`: `inbox` is behind its mutex and `wake` is an immutable descriptor; all else is touched only
/// on the loop's thread, which is the only caller of `run` and of what it calls.
@safe final class DiscoveryLoop: @unchecked Sendable {
    typealias ID = UInt64
    typealias ReplyHandler = @Sendable (DNSServiceReply) -> Void

    private enum Work {
        case start(ID, DNSServiceRequest, ReplyHandler)
        case update(ID, [UInt8])
        case watch(ID, Int32, @Sendable () -> Void)
        case schedule(ID, at: UInt64, @Sendable () -> Void)
        case cancel(ID, then: (@Sendable () -> Void)?)
        case execute(@Sendable () -> Void)
    }

    private struct Inbox {
        var work: [Work] = []
        var lastID: ID = 0
    }

    private struct Operation {
        let handle: DNSServiceHandle
        let handler: ReplyHandler
    }

    private struct Watch {
        let descriptor: Int32
        let handler: @Sendable () -> Void
    }

    private struct Timer {
        let deadline: UInt64
        let body: @Sendable () -> Void
    }

    static let shared = DiscoveryLoop()

    private let inbox = Mutex(Inbox())
    private let wake: Int32
    private var operations: [ID: Operation] = [:]
    private var watches: [ID: Watch] = [:]
    private var timers: [ID: Timer] = [:]

    private init() {
        // Avahi prints a warning to stderr about the compatibility library unless this is set before its first call.
        // SAFETY: plain C calls with literal strings; the thread's argument is retained until the thread takes it over.
        _ = unsafe setenv("AVAHI_COMPAT_NOWARN", "1", 1)
        rtc_discovery_zero_memory()
        wake = rtc_discovery_eventfd()
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
    static var now: UInt64 {
        var time = timespec()
        unsafe clock_gettime(CLOCK_MONOTONIC, &time)
        return UInt64(time.tv_sec) &* 1_000_000_000 &+ UInt64(time.tv_nsec)
    }

    /// Asks the daemon; `.failed` is the last reply.
    func start(_ request: DNSServiceRequest, _ handler: @escaping ReplyHandler) -> ID {
        add { .start($0, request, handler) }
    }

    /// Replaces the TXT record of a registration.
    func updateTXT(of id: ID, _ txt: [UInt8]) { _ = add { _ in .update(id, txt) } }

    /// Calls `handler` whenever the descriptor is readable. Close it only in `then` of ``cancel(_:then:)``.
    func watch(_ descriptor: Int32, _ handler: @escaping @Sendable () -> Void) -> ID {
        add { .watch($0, descriptor, handler) }
    }

    /// Calls `body` once, after `duration`.
    func schedule(after duration: Duration, _ body: @escaping @Sendable () -> Void) -> ID {
        let deadline = Self.now &+ duration.clampedNanoseconds
        return add { .schedule($0, at: deadline, body) }
    }

    /// Ends a request, a watch or a timer, then calls `then` on the loop's thread.
    func cancel(_ id: ID, then: (@Sendable () -> Void)? = nil) { _ = add { _ in .cancel(id, then: then) } }

    /// Runs `body` on the loop's thread.
    func execute(_ body: @escaping @Sendable () -> Void) { _ = add { _ in .execute(body) } }

    /// Asks for a browse and drops it: tells whether the daemon takes requests.
    func probe(_ answer: @escaping @Sendable (DiscoveryError?) -> Void) {
        execute {
            do throws(DiscoveryError) {
                try DNSServiceHandle(.browse(type: "_services._dns-sd._udp")).close()
                answer(nil)
            } catch {
                answer(error)
            }
        }
    }

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
        rtc_discovery_name_thread()
        while true {
            var descriptors = [pollfd(fd: wake, events: Int16(POLLIN), revents: 0)]
            var owners: [ID] = [0]
            for (id, operation) in operations {
                descriptors.append(pollfd(fd: operation.handle.descriptor, events: Int16(POLLIN), revents: 0))
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
        for reply in operation.handle.process() {
            let isLast: Bool
            if case .failed = reply { isLast = true } else { isLast = false }
            if isLast { operations.removeValue(forKey: id)?.handle.close() }
            operation.handler(reply)
            if isLast { return }
        }
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
        case .start(let id, let request, let handler):
            do throws(DiscoveryError) {
                operations[id] = Operation(handle: try DNSServiceHandle(request), handler: handler)
            } catch {
                handler(.failed(error))
            }
        case .update(let id, let txt):
            guard let operation = operations[id], !operation.handle.updateTXT(txt) else { return }
            operations.removeValue(forKey: id)?.handle.close()
            operation.handler(.failed(DiscoveryError(.daemonFailed, "the mDNS daemon refused a new TXT record")))
        case .watch(let id, let descriptor, let handler): watches[id] = Watch(descriptor: descriptor, handler: handler)
        case .schedule(let id, let deadline, let body): timers[id] = Timer(deadline: deadline, body: body)
        case .cancel(let id, let then):
            operations.removeValue(forKey: id)?.handle.close()
            watches[id] = nil
            timers[id] = nil
            then?()
        case .execute(let body): body()
        }
    }
}
