import Testing

@testable import WebRTC

@Suite("Events")
struct EventSourceTests {
    private func all<Element>(_ events: EventSequence<Element>) async -> [Element] {
        var found: [Element] = []
        for await event in events { found.append(event) }
        return found
    }

    @Test("a state's subscription begins with the present value, then gives each change")
    func state() async {
        let source = EventSource<Int>(.state, initial: 0)
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
        let source = EventSource<Int>(.kept)
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
        let source = EventSource<Int>(.kept)
        source.send(1)
        source.finish()
        source.send(2)
        #expect(await all(source.subscribe()) == [1])
        #expect(await all(source.subscribe()) == [])
    }

    @Test("a live source gives what happens from then on")
    func live() async {
        let source = EventSource<Int>(.live)
        source.send(1)
        let events = source.subscribe()
        source.send(2)
        source.finish()
        source.finish()
        #expect(await all(events) == [2])
    }

    @Test("two readers both see every event")
    func readers() async {
        let source = EventSource<Int>(.live)
        let subscriptions = [source.subscribe(), source.subscribe()]
        for event in 0..<100 { source.send(event) }
        source.finish()
        for events in subscriptions { #expect(await all(events) == Array(0..<100)) }
    }

    @Test("a reader that does not read loses the oldest, and memory stays bounded", arguments: [true, false])
    func bound(isSubscribed: Bool) async {
        let source = EventSource<Int>(.kept)
        let early = isSubscribed ? source.subscribe() : nil
        for event in 0..<10_000 { source.send(event) }
        source.finish()
        let found = await all(early ?? source.subscribe())
        #expect(found.count == 4096)
        #expect(found.last == (isSubscribed ? 9_999 : 4_095))
    }

    @Test("a cancelled reader gets nil, and the others go on")
    func cancellation() async {
        let source = EventSource<Int>(.live)
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
        let source = EventSource<Token>(.live)
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

    private final class Token: Sendable {}
}
