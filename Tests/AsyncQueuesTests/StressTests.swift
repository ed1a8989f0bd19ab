import Testing

@testable import AsyncQueues

/// What the thread sanitizer looks at: many threads, cancellation at every moment. A deadlock runs into the time limit.
@Suite("Queues under stress", .timeLimit(.minutes(2)))
struct StressTests {
    private static let rounds = 300

    private typealias Numbered = (producer: Int, number: Int)

    /// What readers have got, by producer.
    private final class Collected: Sendable {
        private let numbers: Lock<[[Int]]>

        init(_ producers: Int) { numbers = Lock(Array(repeating: [], count: producers)) }

        var all: [[Int]] { numbers.withLock { $0 } }

        func add(_ element: Numbered) {
            numbers.withLock { $0[element.producer].append(element.number) }
        }
    }

    @Test("readers that are cancelled while events are sent neither hold up the sender nor lose what others get")
    func cancelledSubscribers() async {
        let source = EventSource<Int>(.live, .init(count: 8, overflow: .dropOldest))
        let steady = source.subscribe()
        let last = Task { () -> Int in
            var last = -1
            while let event = await steady.next() {
                #expect(event > last)
                last = event
            }
            return last
        }
        for round in 0..<Self.rounds {
            let readers = (0..<8).map { _ in
                let events = source.subscribe()
                return Task { while await events.next() != nil {} }
            }
            await withTaskGroup { group in
                group.addTask { _ = source.send(round) }
                for reader in readers { group.addTask { reader.cancel() } }
            }
            for reader in readers { await reader.value }
        }
        source.finish()
        #expect(await last.value == Self.rounds - 1)
    }

    @Test("a source that ends, is subscribed to, read and given up at once comes to its end every time")
    func everythingAtOnce() async {
        for _ in 0..<Self.rounds {
            let source = EventSource<Int>(.kept, .init(count: 4, overflow: .dropOldest))
            await withTaskGroup { group in
                for _ in 0..<3 {
                    group.addTask {
                        let events = source.subscribe()
                        while await events.next() != nil {}
                    }
                    group.addTask { _ = source.subscribe() }
                    group.addTask { for event in 0..<20 { source.send(event) } }
                }
                group.addTask { source.finish() }
            }
        }
    }

    @Test(
        "of many producers and readers, some of them cancelled, each element reaches one reader"
    )
    func manyToMany() async throws {
        let queue = AsyncQueue<Numbered, Never>(.init(count: 16, overflow: .admit))
        let (producers, perProducer) = (4, 1000)
        let read = Collected(producers)
        let steady = Task {
            while let element = await queue.next() {
                read.add(element)
            }
        }
        let fleeting = Task {
            while !Task.isCancelled {
                let reader = Task { await queue.next() }
                reader.cancel()
                if let element = await reader.value {
                    read.add(element)
                }
                await Task.yield()
            }
        }
        await withTaskGroup { group in
            for producer in 0..<producers {
                group.addTask {
                    for number in 0..<perProducer {
                        if !queue.push((producer, number)).hasRoom { await queue.room() }
                    }
                }
            }
        }
        fleeting.cancel()
        await fleeting.value
        queue.finish()
        await steady.value
        for numbers in read.all { #expect(numbers.sorted() == Array(0..<perProducer)) }
        #expect(queue.lost == 0)
    }

    @Test("a slow reader holds its producers back, and one that gives up lets them go")
    func slowReaders() async {
        for _ in 0..<Self.rounds / 10 {
            let source = EventSource<Int>(.live, .init(count: 2, overflow: .admit))
            let slow = source.subscribe()
            var givesUp: EventSource<Int>.Subscription? = source.subscribe()
            await withTaskGroup { group in
                group.addTask {
                    for event in 0..<100 {
                        await source.room()
                        source.send(event)
                        #expect(source.backlog <= 2)
                    }
                    source.finish()
                }
                group.addTask {
                    var events: [Int] = []
                    while let event = await slow.next() {
                        events.append(event)
                        await Task.yield()
                    }
                    #expect(events == Array(0..<100))
                }
                group.addTask { [givesUp] in _ = await givesUp?.next() }
                givesUp = nil
            }
        }
    }
}
