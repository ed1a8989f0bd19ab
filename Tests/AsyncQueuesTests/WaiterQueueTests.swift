import Synchronization
import Testing

@testable import AsyncQueues

@Suite("Tasks that wait")
struct WaiterQueueTests {
    private final class Queue: Sendable {
        let waiters = Mutex(WaiterQueue<Int>())

        func wait(_ added: (UInt64) -> Void = { _ in }) async -> Int {
            let id = waiters.withLock { $0.makeID() }
            return await withCheckedContinuation { continuation in
                waiters.withLock { $0.add(continuation, id: id) }
                added(id)
            }
        }
    }

    /// Adds `count` waiters, one after another, and gives their numbers and tasks.
    private func fill(_ queue: Queue, _ count: Int) async -> [(id: UInt64, task: Task<Int, Never>)] {
        var added: [(UInt64, Task<Int, Never>)] = []
        for _ in 0..<count {
            let (ids, feed) = AsyncStream.makeStream(of: UInt64.self)
            let task = Task { await queue.wait { feed.yield($0) } }
            for await id in ids {
                added.append((id, task))
                break
            }
        }
        return added
    }

    @Test("first come, first served")
    func order() async {
        let queue = Queue()
        let waiting = await fill(queue, 3)
        for value in 0..<3 { queue.waiters.withLock { $0.popFirst() }?.resume(returning: value) }
        for (value, waiter) in waiting.enumerated() { #expect(await waiter.task.value == value) }
        #expect(queue.waiters.withLock { $0.popFirst() } == nil)
        #expect(queue.waiters.withLock { $0.isEmpty })
    }

    @Test("one that gives up leaves the others where they are, and is gone for good")
    func removal() async {
        let queue = Queue()
        let waiting = await fill(queue, 3)
        queue.waiters.withLock { $0.remove(waiting[1].id) }?.resume(returning: -1)
        #expect(queue.waiters.withLock { $0.remove(waiting[1].id) } == nil)
        #expect(await waiting[1].task.value == -1)
        for value in 0..<2 { queue.waiters.withLock { $0.popFirst() }?.resume(returning: value) }
        #expect(await waiting[0].task.value == 0)
        #expect(await waiting[2].task.value == 1)
    }

    @Test("all are taken at once, in their order")
    func removalOfAll() async {
        let queue = Queue()
        let waiting = await fill(queue, 4)
        for (value, waiter) in queue.waiters.withLock({ $0.removeAll() }).enumerated() {
            waiter.resume(returning: value)
        }
        for (value, waiter) in waiting.enumerated() { #expect(await waiter.task.value == value) }
        #expect(queue.waiters.withLock { $0.removeAll() }.isEmpty)
    }

    @Test("a number that was never added is nobody's")
    func unknown() {
        var queue = WaiterQueue<Int>()
        let ids = [queue.makeID(), queue.makeID()]
        #expect(ids[0] != ids[1])
        for id in ids {
            let removed = queue.remove(id)
            #expect(removed == nil)
        }
    }
}
