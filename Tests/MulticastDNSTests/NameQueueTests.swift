import Testing
import TransportTypes

@testable import MulticastDNS

@Suite("turns of those who ask for .local names")
struct NameQueueTests {
    private let hostile = NameRequester()
    private let honest = NameRequester()

    private func started(_ queue: inout NameQueue) -> [String] {
        var names: [String] = []
        while let name = queue.next() { names.append(name) }
        return names
    }

    @Test("256 invented names of one requester leave another's name its turn at once")
    func fairness() {
        var queue = NameQueue(maximumConcurrency: 16)
        var refused = 0
        for number in 0..<256 {
            if queue.hasRoom(for: hostile) { queue.add("x\(number).local", for: hostile) } else { refused += 1 }
        }
        #expect(refused == 256 - NameQueue.waitingEach)
        #expect(started(&queue).count == NameQueue.limitEach)
        #expect(queue.hasRoom(for: honest))
        queue.add("real.local", for: honest)
        #expect(started(&queue) == ["real.local"])
    }

    @Test("when all places are taken by many, one who has none gets a place all the same")
    func manyRequesters() {
        var queue = NameQueue(maximumConcurrency: 4)
        for number in 0..<8 {
            let requester = NameRequester()
            for name in 0..<8 { queue.add("\(number)-\(name).local", for: requester) }
        }
        #expect(started(&queue).count == 8)
        queue.add("real.local", for: honest)
        #expect(started(&queue) == ["real.local"])
        for _ in 0..<100 { queue.add("y\(UInt64.random(in: 0...UInt64.max)).local", for: NameRequester()) }
        #expect(started(&queue).count == 16 - 9, "and that has an end, too")
    }

    @Test("turns go round: with one place, names of two are asked for in alternation")
    func alternation() {
        var queue = NameQueue(maximumConcurrency: 1)
        for number in 0..<3 { queue.add("a\(number).local", for: hostile) }
        for number in 0..<3 { queue.add("b\(number).local", for: honest) }
        var order = started(&queue)
        #expect(order == ["a0.local", "b0.local"])
        while let name = order.last, order.count < 6 {
            queue.remove(order[order.count - 2])
            queue.remove(name)
            let next = started(&queue)
            order += next
            #expect(next.count == 2 && next.map { $0.first } == ["a", "b"])
        }
    }

    @Test("a name that two want is asked for once, at the first of their turns, and its end frees both")
    func sharedName() {
        var queue = NameQueue(maximumConcurrency: 16)
        for number in 0..<6 { queue.add("x\(number).local", for: hostile) }
        queue.add("real.local", for: hostile)
        #expect(started(&queue).count == NameQueue.limitEach)
        queue.add("real.local", for: honest)
        #expect(started(&queue) == ["real.local"])
        queue.add("real.local", for: hostile)
        #expect(started(&queue).isEmpty)
        queue.remove("real.local")
        queue.remove("x0.local")
        #expect(started(&queue) == ["x4.local"])
    }
}
