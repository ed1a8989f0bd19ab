import Testing

@testable import AsyncQueues

@Suite("Events", .timeLimit(.minutes(1)))
struct EventSourceTests {
    private func all<Element>(_ events: EventSource<Element>.Subscription) async -> [Element] {
        var found: [Element] = []
        while let event = await events.next() { found.append(event) }
        return found
    }

    @Test("a state's subscription begins with the present value, then gives each change")
    func state() async {
        let source = EventSource<Int>(.state, .init(count: 4096, overflow: .dropOldest), initial: 0)
        let early = source.subscribe()
        source.send(1)
        let late = source.subscribe()
        source.send(2)
        source.finish()
        #expect(await all(early) == [0, 1, 2])
        #expect(await all(late) == [1, 2])
        #expect(await all(source.subscribe()) == [2])
    }

    @Test("what happened before the first subscription is kept for it, and for it only")
    func kept() async {
        let source = EventSource<Int>(.kept, .init(count: 4096, overflow: .dropOldest))
        source.send(1)
        source.send(2)
        let first = source.subscribe()
        let second = source.subscribe()
        source.send(3)
        source.finish()
        #expect(await all(first) == [1, 2, 3])
        #expect(await all(second) == [3])
    }

    @Test("a first subscription after the end still gets what was kept")
    func keptToTheEnd() async {
        let source = EventSource<Int>(.kept, .init(count: 4096, overflow: .dropOldest))
        source.send(1)
        source.finish()
        source.send(2)
        #expect(await all(source.subscribe()) == [1])
        #expect(await all(source.subscribe()) == [])
    }

    @Test("a live source gives what happens from then on")
    func live() async {
        let source = EventSource<Int>(.live, .init(count: 4096, overflow: .dropOldest))
        source.send(1)
        let events = source.subscribe()
        source.send(2)
        source.finish()
        source.finish()
        #expect(await all(events) == [2])
    }

    @Test("what has come together is sent in one go, to whoever waits and to whoever does not")
    func several() async {
        let source = EventSource<Int>(.live, .init(count: 3, overflow: .dropOldest))
        #expect(source.send(contentsOf: [0]) == 0, "nobody reads yet")
        let (waiting, other) = (source.subscribe(), source.subscribe())
        async let first = waiting.next()
        while waiting.queue.state.withLock(\.readers.isEmpty) { await Task.yield() }
        #expect(source.send(contentsOf: []) == 0)
        #expect(source.send(contentsOf: [1, 2, 3]) == 0)
        #expect(await first == 1)
        #expect(source.send(contentsOf: [4, 5]) == 3, "the first has room for one more, the other for none")
        source.finish()
        #expect(await all(waiting) == [3, 4, 5])
        #expect(await all(other) == [3, 4, 5])
        #expect(source.send(contentsOf: [6]) == 0)
        let state = EventSource<Int>(.state, .init(count: 8, overflow: .dropOldest), initial: 0)
        state.send(contentsOf: [1, 2])
        state.finish()
        #expect(await all(state.subscribe()) == [2], "a state is the last of them")
    }

    @Test("two readers both see every event")
    func readers() async {
        let source = EventSource<Int>(.live, .init(count: 4096, overflow: .dropOldest))
        let subscriptions = [source.subscribe(), source.subscribe()]
        for event in 0..<100 { source.send(event) }
        source.finish()
        for events in subscriptions { #expect(await all(events) == Array(0..<100)) }
    }

    @Test("a reader that does not read loses the oldest, which is counted and told", arguments: [true, false])
    func bound(isSubscribed: Bool) async {
        let source = EventSource<Int>(.kept, .init(count: 100, overflow: .dropOldest))
        let early = isSubscribed ? source.subscribe() : nil
        let lost = (0..<1000).reduce(0) { $0 + source.send($1) }
        source.finish()
        let events = early ?? source.subscribe()
        #expect(lost == 900)
        #expect(events.lost == 900)
        #expect(await all(events) == Array(900..<1000))
    }

    @Test("what may not be lost is not, however slow its reader", arguments: [true, false])
    func nothingLost(isSubscribed: Bool) async {
        let source = EventSource<Int>(.kept, .init(count: 10, overflow: .admit))
        let early = isSubscribed ? source.subscribe() : nil
        #expect((0..<10_000).allSatisfy { source.send($0) == 0 })
        #expect(source.backlog == 10_000)
        source.finish()
        let events = early ?? source.subscribe()
        #expect(await all(events) == Array(0..<10_000))
        #expect(events.lost == 0)
    }

    @Test("a source that nobody holds any more ends its subscriptions")
    func deallocation() async {
        var source: EventSource<Int>? = EventSource(.live, .init(count: 4, overflow: .dropOldest))
        let events = source?.subscribe()
        let reader = Task { await events?.next() }
        source?.send(1)
        #expect(await reader.value == 1)
        let last = Task { await events?.next() }
        source = nil
        #expect(await last.value == nil)
    }

    @Test("an event's last reference may use the source that drops it: no lock is held then")
    func reentrantRelease() {
        final class Event: Sendable {
            let source: EventSource<Event>
            init(_ source: EventSource<Event>) { self.source = source }
            deinit { _ = source.backlog }
        }
        let kept = EventSource<Event>(.live, .init(count: 1, overflow: .dropOldest))
        var events: EventSource<Event>.Subscription? = kept.subscribe()
        for _ in 0..<10 { kept.send(Event(kept)) }
        #expect(events?.lost == 9)
        events = nil
        let state = EventSource<Event>(.state, .init(count: 1, overflow: .dropOldest))
        for _ in 0..<10 { state.send(Event(state)) }
        state.send(Event(kept))
        state.finish()
    }

    @Test("a cancelled reader gets nil, and the others go on")
    func cancellation() async {
        let source = EventSource<Int>(.live, .init(count: 4096, overflow: .dropOldest))
        let events = source.subscribe()
        let other = source.subscribe()
        let reader = Task { await all(events) }
        reader.cancel()
        #expect(await reader.value == [])
        source.send(1)
        source.finish()
        #expect(await all(other) == [1])
    }

    @Test("what no reader holds any more costs nothing")
    func abandonment() async {
        let source = EventSource<Token>(.live, .init(count: 4096, overflow: .dropOldest))
        weak var weakToken: Token?
        do {
            let token = Token()
            weakToken = token
            let events = source.subscribe()
            source.send(token)
            _ = events
        }
        #expect(weakToken == nil)
    }

    @Test("room is made of what is superseded, and there is some as long as one subscription has it")
    func room() async {
        let source = EventSource<Int>(
            .kept, .init(count: 2, overflow: .refuse, supersedes: { _, old in old < 0 }))
        #expect(source.makeRoom(for: 1) == (true, 0))
        for event in [-1, 1] { source.send(event) }
        #expect(source.makeRoom(for: 2) == (true, 1))
        source.send(2)
        #expect(source.makeRoom(for: 3) == (false, 0))
        let full = source.subscribe()
        let other = source.subscribe()
        #expect(source.makeRoom(for: 3) == (true, 0))
        #expect(source.send(3) == 1)
        #expect(source.waiting.sorted() == [1, 2, 3])
        source.removeFirst { $0 == 2 }
        source.finish()
        #expect(await all(full) == [1])
        #expect(await all(other) == [3])
        #expect(full.lost == 1 && other.lost == 0)
    }

    private final class Token: Sendable {}
}
