import Dispatch
import Synchronization
import Testing

@testable import NetworkLoop

/// A list that any thread may add to.
private final class Record<Element: Sendable>: Sendable {
    private let list = Mutex<[Element]>([])
    func add(_ element: Element) { list.withLock { $0.append(element) } }
    var elements: [Element] { list.withLock { $0 } }
}

/// An actor that lives on a loop.
private actor Resident {
    private let loop: NetworkLoop
    private(set) var count = 0

    init(_ loop: NetworkLoop) { self.loop = loop }

    // SAFETY: the loop outlives the actor, which holds it.
    nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe loop.asUnownedSerialExecutor() }

    func increment() -> Bool {
        count += 1
        return loop.isCurrent
    }

    func startTimer(_ done: CheckedContinuation<Bool, Never>) {
        _ = loop.schedule(after: .milliseconds(1)) { [self] in
            assumeIsolated { $0.count += 100 }
            done.resume(returning: loop.isCurrent)
        }
    }
}

@Suite("a network loop", .timeLimit(.minutes(1)))
struct NetworkLoopTests {
    /// Runs `body` with a loop and ends it off the test's threads.
    private func withLoop(_ body: (NetworkLoop) async throws -> Void) async rethrows {
        let loop = NetworkLoop()
        try await body(loop)
        await end(loop)
    }

    private func end(_ loop: NetworkLoop) async {
        await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
            DispatchQueue.global().async {
                loop.shutdown()
                continuation.resume()
            }
        }
    }

    private func pass(_ loop: NetworkLoop) async {
        await withCheckedContinuation { continuation in loop.post { continuation.resume() } }
    }

    @Test("what is posted runs on the loop's thread, in order")
    func order() async {
        await withLoop { loop in
            #expect(!loop.isCurrent)
            let record = Record<Int>()
            for number in 0..<1000 {
                loop.post {
                    #expect(loop.isCurrent)
                    record.add(number)
                }
            }
            await pass(loop)
            #expect(record.elements == Array(0..<1000))
        }
    }

    @Test("work from many threads all arrives, in order for each thread")
    func threads() async {
        await withLoop { loop in
            let record = Record<(thread: Int, number: Int)>()
            await withTaskGroup(of: Void.self) { group in
                for thread in 0..<8 {
                    group.addTask {
                        await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
                            DispatchQueue.global().async {
                                for number in 0..<500 { loop.post { record.add((thread, number)) } }
                                continuation.resume()
                            }
                        }
                    }
                }
            }
            await pass(loop)
            let elements = record.elements
            #expect(elements.count == 4000)
            for thread in 0..<8 {
                #expect(elements.filter { $0.thread == thread }.map(\.number) == Array(0..<500))
            }
        }
    }

    @Test("an actor on the loop runs there, also when a timer enters it without a hop")
    func actor() async {
        await withLoop { loop in
            let resident = Resident(loop)
            for _ in 0..<100 { #expect(await resident.increment()) }
            let isOnLoop = await withCheckedContinuation { done in
                Task { await resident.startTimer(done) }
            }
            #expect(isOnLoop)
            #expect(await resident.count == 200)
        }
    }

    @Test("on a clock that is moved by hand timers fire when it has come so far, and not before")
    func manualClock() async {
        let clock = ManualClock()
        let loop = NetworkLoop(clock: .manual(clock))
        let record = Record<Int>()
        // Each of these ends with a pass of the loop after what was asked for.
        func pass(_ body: @escaping @Sendable () -> Void) async {
            await withCheckedContinuation { continuation in
                loop.post {
                    body()
                    loop.post { loop.post { continuation.resume() } }
                }
            }
        }
        await pass {
            _ = loop.schedule(after: .seconds(60)) { record.add(60) }
            _ = loop.schedule(after: .seconds(30)) { record.add(30) }
        }
        #expect(loop.now == .seconds(1))
        clock.advance(by: .seconds(30) - .nanoseconds(1))
        await pass {}
        #expect(record.elements == [])
        clock.advance(by: .nanoseconds(1))
        await pass {}
        #expect(record.elements == [30])
        // The loop sleeps, and has to be woken by the clock.
        await withCheckedContinuation { continuation in
            loop.post {
                _ = loop.schedule(after: .seconds(10)) { continuation.resume() }
                DispatchQueue.global().async { clock.advance(by: .seconds(41)) }
            }
        }
        await pass {}
        #expect(record.elements == [30, 60] && loop.now == .seconds(72))
        await withCheckedContinuation { continuation in
            DispatchQueue.global().async {
                loop.shutdown()
                continuation.resume()
            }
        }
    }

    @Test("timers fire once, in order, not early, and not when cancelled")
    func timers() async {
        await withLoop { loop in
            let record = Record<Int>()
            let early = Record<Duration>()
            await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
                loop.post {
                    let start = loop.now
                    for delay in [5, 1, 3, 2, 4] {
                        _ = loop.schedule(after: .milliseconds(2 * delay)) {
                            record.add(delay)
                            let passed = loop.now - start
                            if passed < .milliseconds(2 * delay) { early.add(passed) }
                        }
                    }
                    let cancelled = loop.schedule(after: .milliseconds(1)) { record.add(-1) }
                    #expect(cancelled.isActive)
                    cancelled.cancel()
                    #expect(!cancelled.isActive)
                    let far = loop.schedule(after: .seconds(Int64.max)) { record.add(-2) }
                    _ = loop.schedule(after: .milliseconds(12)) {
                        #expect(far.isActive)
                        far.cancel()
                        continuation.resume()
                    }
                }
            }
            #expect(record.elements == [1, 2, 3, 4, 5])
            #expect(early.elements == [])
        }
    }

    @Test("a timer may set and cancel others when it fires")
    func nestedTimers() async {
        await withLoop { loop in
            let record = Record<String>()
            await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
                loop.post {
                    let victim = loop.schedule(after: .milliseconds(3)) { record.add("victim") }
                    _ = loop.schedule(after: .milliseconds(1)) {
                        record.add("first")
                        victim.cancel()
                        _ = loop.schedule(after: .zero) { record.add("second") }
                        _ = loop.schedule(after: .milliseconds(4)) { continuation.resume() }
                    }
                }
            }
            #expect(record.elements == ["first", "second"])
        }
    }

    @Test("many wake-ups before a run are one run, and one during a run is another")
    func wake() async {
        await withLoop { loop in
            let runs = Record<Int>()
            let again = Record<Bool>()
            let work = Mutex<LoopWork?>(nil)
            let made = LoopWork {
                runs.add(1)
                if again.elements.isEmpty {
                    again.add(true)
                    if let own = work.withLock({ $0 }) { loop.wake(own) }
                }
            }
            work.withLock { $0 = made }
            let gate = DispatchSemaphore(value: 0)
            loop.post { gate.wait() }
            for _ in 0..<1000 { loop.wake(made) }
            gate.signal()
            await pass(loop)
            await pass(loop)
            #expect(runs.elements.count == 2)
            work.withLock { $0 = nil }
        }
    }

    @Test("shutdown runs what was queued before it, and what that queued in turn")
    func shutdown() async {
        for _ in 0..<20 {
            let loop = NetworkLoop()
            let record = Record<Int>()
            let gate = DispatchSemaphore(value: 0)
            loop.post { gate.wait() }
            for number in 0..<100 { loop.post { record.add(number) } }
            loop.post { loop.post { record.add(100) } }
            DispatchQueue.global().async { gate.signal() }
            await end(loop)
            #expect(record.elements == Array(0...100))
        }
    }

    @Test("a pool gives each new connection the loop with the fewest")
    func pool() async {
        let pool = LoopPool(connectionsPerLoop: 2, maximumLoops: NativeLoop.processorCount + 1)
        let count = NativeLoop.processorCount
        let first = (0..<count).map { _ in pool.acquire() }
        #expect(Set(first.map(ObjectIdentifier.init)).count == count)
        #expect(pool.loopCount == count)
        pool.release(first[0])
        #expect(pool.acquire() === first[0])
        let more = (0..<count + 3).map { _ in pool.acquire() }
        #expect(pool.loopCount == count + 1)
        #expect(Set(more.map(\.index)).isSubset(of: Set(0...count)))
        await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
            DispatchQueue.global().async {
                pool.shutdown()
                continuation.resume()
            }
        }
        #expect(pool.loopCount == 0)
    }

    @Test("a loop that was given back is taken again before another is made")
    func givenBack() async {
        let pool = LoopPool(connectionsPerLoop: 1, maximumLoops: 8)
        let first = pool.acquire()
        for _ in 0..<3 {
            pool.release(first)
            #expect(pool.acquire() === first)
        }
        #expect(pool.loopCount == 1)
        await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
            DispatchQueue.global().async {
                pool.shutdown()
                continuation.resume()
            }
        }
    }
}
