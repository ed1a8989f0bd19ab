import TestSupport
import Testing

@testable import NetworkLoop

@Suite("the timers of a loop")
struct TimerQueueTests {
    private func timer(_ deadline: UInt64) -> LoopTimer { LoopTimer(nanoseconds: deadline) {} }

    @Test("timers are due in the order of their deadlines, whatever the order they came in")
    func order() {
        var generator = SeededGenerator(seed: 1)
        var queue = TimerQueue()
        let deadlines = (0..<1000).map { _ in UInt64.random(in: 0...500, using: &generator) }
        for deadline in deadlines { queue.insert(timer(deadline)) }
        var popped: [UInt64] = []
        while let timer = queue.popDue(now: 500) { popped.append(timer.nanoseconds) }
        #expect(popped == deadlines.sorted())
        #expect(queue.nextDeadline == nil)
    }

    @Test("only what is due is handed out")
    func due() {
        var queue = TimerQueue()
        queue.insert(timer(10))
        #expect(queue.popDue(now: 9) == nil)
        #expect(queue.nextDeadline == 10)
        #expect(queue.popDue(now: 10)?.nanoseconds == 10)
        #expect(queue.popDue(now: .max) == nil)
    }

    @Test("cancelled timers are skipped, and do not pile up")
    func cancel() {
        var queue = TimerQueue()
        let kept = timer(5)
        queue.insert(kept)
        for deadline in 1...10_000 {
            let timer = timer(UInt64(deadline))
            queue.insert(timer)
            timer.cancel()
        }
        #expect(queue.count < 300)
        #expect(queue.nextDeadline == 5)
        #expect(queue.popDue(now: .max) === kept)
        #expect(queue.popDue(now: .max) == nil)
        queue.insert(timer(1))
        queue.removeAll()
        #expect(queue.nextDeadline == nil)
    }

    @Test("random insertions, cancellations and looks agree with a plain list")
    func model() {
        var generator = SeededGenerator(seed: 2)
        var queue = TimerQueue()
        var model: [LoopTimer] = []
        for now in 0..<5000 as Range<UInt64> {
            switch Int.random(in: 0..<4, using: &generator) {
            case 0, 1:
                let timer = timer(now + .random(in: 0...100, using: &generator))
                queue.insert(timer)
                model.append(timer)
            case 2:
                if let index = model.indices.randomElement(using: &generator) { model.remove(at: index).cancel() }
            default:
                while let timer = queue.popDue(now: now) {
                    #expect(timer.nanoseconds == model.map(\.nanoseconds).min())
                    model.removeAll { $0 === timer }
                }
                #expect(model.allSatisfy { $0.nanoseconds > now })
            }
            #expect(queue.nextDeadline == model.map(\.nanoseconds).min())
        }
    }

    @Test("a timer fires once, and is not active from then on")
    func once() {
        var count = 0
        let timer = LoopTimer(nanoseconds: 1) { count += 1 }
        timer.fire()
        timer.fire()
        #expect(count == 1 && !timer.isActive)
    }
}
