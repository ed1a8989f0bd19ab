import Synchronization
import Testing

@testable import AsyncQueues

@Suite("A bounded queue", .timeLimit(.minutes(1)))
struct AsyncQueueTests {
    private struct Broken: Error, Equatable {
        let number: Int
    }

    private typealias Queue = AsyncQueue<Int, Broken>

    private func rest(_ queue: Queue) async throws(Broken) -> [Int] {
        var found: [Int] = []
        while let element = try await queue.next() { found.append(element) }
        return found
    }

    @Test("elements leave in the order in which they came, and then the end")
    func order() async throws {
        let queue = Queue(.init(count: 4, overflow: .refuse))
        for number in 0..<3 { #expect(queue.push(number).isAdmitted) }
        queue.finish()
        queue.finish(throwing: Broken(number: 1))
        #expect(!queue.push(3).isAdmitted)
        #expect(try await rest(queue) == [0, 1, 2])
        #expect(try await queue.next() == nil)
    }

    @Test("elements are read before the error at the end, which every reader gets")
    func failure() async throws {
        let queue = Queue(.init(count: 4, overflow: .refuse))
        queue.push(7)
        queue.finish(throwing: Broken(number: 1))
        #expect(try await queue.next() == 7)
        for _ in 0..<2 { await #expect(throws: Broken(number: 1)) { try await queue.next() } }
    }

    @Test("a full queue refuses, and says so")
    func refusal() async throws {
        let queue = Queue(.init(count: 2, overflow: .refuse))
        let pushes = (0..<4).map { queue.push($0) }
        #expect(pushes.map(\.isAdmitted) == [true, true, false, false])
        #expect(pushes.map(\.hasRoom) == [true, false, false, false])
        #expect(queue.lost == 2)
        queue.finish()
        #expect(try await rest(queue) == [0, 1])
    }

    @Test("a full queue drops the oldest, and says how many")
    func dropping() async throws {
        let queue = Queue(.init(count: 2, overflow: .dropOldest))
        #expect((0..<5).map { queue.push($0).lost } == [0, 0, 1, 1, 1])
        #expect(queue.lost == 3)
        queue.finish()
        #expect(try await rest(queue) == [3, 4])
    }

    @Test("bytes count as elements do, and one that is larger than the bound waits alone")
    func bytes() async throws {
        let queue = Queue(.init(count: 100, bytes: 10, overflow: .dropOldest, cost: { $0 }))
        #expect([4, 4, 4, 2].map { queue.push($0).lost } == [0, 0, 1, 0])
        #expect(queue.push(1000).lost == 3)
        #expect(queue.count == 1)
        #expect(queue.push(.max).lost == 1)
        queue.finish()
        #expect(try await rest(queue) == [.max])
    }

    /// Tens begin a chain; the units name it.
    private static let chained = BoundedBuffer<Int>.Policy(
        count: 4, bytes: 1000, overflow: .dropOldest, cost: { _ in 1 },
        link: { .init(chain: "\($0 % 10)", isFirst: $0 % 100 / 10 == 0) })

    @Test("what needs others begins with one that needs none, and what is before that is not lost")
    func chains() async throws {
        let queue = Queue(Self.chained)
        let pushes = [111, 1, 11, 112, 2].map { queue.push($0) }
        #expect(pushes.map(\.isAdmitted) == [false, true, true, false, true])
        #expect(pushes.allSatisfy { $0.lost == 0 })
        queue.finish()
        #expect(try await rest(queue) == [1, 11, 2])
        #expect(queue.lost == 0)
    }

    @Test("what is dropped takes with it what needs it, up to the next that needs nothing, and no other chain")
    func brokenChains() async throws {
        let queue = Queue(Self.chained)
        for number in [1, 11, 2, 201] { queue.push(number) }
        #expect(queue.push(12).lost == 2)
        #expect(queue.push(211).isAdmitted)
        #expect(queue.waiting == [2, 201, 12, 211])
        // The oldest of the other chain goes, and what comes needs it.
        let push = queue.push(22)
        #expect(!push.isAdmitted && push.lost == 3)
        #expect(queue.push(32).lost == 1)
        #expect(queue.push(102).isAdmitted && queue.push(132).isAdmitted)
        #expect(queue.lost == 6)
        queue.finish()
        #expect(try await rest(queue) == [201, 211, 102, 132])
    }

    @Test("what is superseded leaves a full queue first, the oldest before the others, and does not count as lost")
    func superseding() async throws {
        let queue = Queue(.init(count: 4, overflow: .admit, supersedes: { new, old in new % 10 == old % 10 }))
        for number in [1, 2, 11, 3] { queue.push(number) }
        #expect(queue.push(21).lost == 0)
        #expect(queue.push(4).lost == 0)
        queue.finish()
        #expect(try await rest(queue) == [2, 11, 3, 21, 4])
        #expect(queue.lost == 0)
    }

    @Test("a producer waits from full until half empty, and is told once")
    func room() async throws {
        let queue = Queue(.init(count: 4, overflow: .admit))
        let told = Mutex(0)
        queue.onRoom { told.withLock { $0 += 1 } }
        #expect((0..<5).map { queue.push($0).hasRoom } == [true, true, true, false, false])
        let producer = Task { await queue.room() }
        #expect(try await queue.next() == 0)
        #expect(try await queue.next() == 1)
        #expect(!queue.hasRoom)
        #expect(told.withLock { $0 } == 0)
        #expect(try await queue.next() == 2)
        await producer.value
        #expect(queue.hasRoom)
        #expect(told.withLock { $0 } == 1)
        queue.onRoom(nil)
        for number in 5..<9 { queue.push(number) }
        queue.finish()
        await queue.room()
        #expect(try await rest(queue) == Array(3..<9))
        #expect(told.withLock { $0 } == 1)
    }

    @Test(
        "a producer that waits for room goes on when it is cancelled, and when the queue ends",
        arguments: [true, false])
    func producersGoOn(isCancelled: Bool) async {
        let queue = Queue(.init(count: 1, overflow: .admit))
        queue.push(1)
        let producer = Task { await queue.room() }
        if isCancelled { producer.cancel() } else { queue.finish() }
        await producer.value
        #expect(queue.count == 1)
    }

    @Test("a task that is cancelled already gets what is there, and then nil at once")
    func cancelledBefore() async throws {
        let queue = Queue(.init(count: 4, overflow: .refuse))
        queue.push(1)
        let reader = Task { () throws(Broken) -> Int? in
            unsafe withUnsafeCurrentTask { unsafe $0?.cancel() }
            let first = try await queue.next()
            let second = try await queue.next()
            return second == nil ? first : nil
        }
        #expect(try await reader.value == 1)
    }

    @Test("a task that is cancelled while it waits gets nil, and the next in line gets the element")
    func cancelledWhile() async throws {
        let queue = Queue(.init(count: 4, overflow: .refuse))
        let first = Task { try await queue.next() }
        let second = Task { try await queue.next() }
        first.cancel()
        #expect(try await first.value == nil)
        queue.push(1)
        #expect(try await second.value == 1)
    }

    @Test("the end wakes a producer that waits for room")
    func endWakes() async throws {
        let queue = Queue(.init(count: 1, overflow: .admit))
        queue.push(1)
        let producer = Task { await queue.room() }
        while queue.state.withLock({ $0.producers.isEmpty }) { await Task.yield() }
        queue.finish()
        await producer.value
    }

    @Test("what is taken out of the middle does not count any more")
    func takenOut() {
        let queue = Queue(.init(count: 10, bytes: 100, overflow: .refuse, cost: { $0 }))
        #expect(queue.push(60).isAdmitted && !queue.push(50).isAdmitted)
        #expect(queue.removeFirst { $0 == 60 } == 60)
        #expect(queue.push(50).isAdmitted && queue.push(50).isAdmitted && !queue.push(1).isAdmitted)
    }
}
