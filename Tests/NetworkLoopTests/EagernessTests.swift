import Testing

@testable import NetworkLoop

@Suite("When a loop looks again before it sleeps")
struct EagernessTests {
    /// Turns of a loop: each waits so long, and then has so much to do, in nanoseconds.
    private func after(_ count: Int, waiting: UInt64, working: UInt64, from start: UInt64 = 0) -> (Eagerness, UInt64) {
        var eagerness = Eagerness()
        var now = start
        eagerness.wakes(at: now, hasLooked: false)
        for _ in 0..<count {
            now += working
            eagerness.waits(at: now)
            now += waiting
            eagerness.wakes(at: now, hasLooked: false)
        }
        return (eagerness, now)
    }

    @Test("after a row of short waits with little to do in between it does, until nothing comes in time")
    func pingPong() {
        #expect(!after(14, waiting: 100_000, working: 20_000).0.isEager)
        var (eagerness, now) = after(17, waiting: 100_000, working: 20_000)
        #expect(eagerness.isEager)
        eagerness.waits(at: now + 20_000)
        now += 20_000 + Eagerness.span
        eagerness.wakes(at: now, hasLooked: true)
        #expect(!eagerness.isEager)
    }

    @Test("events that come now and then, or many at once, do not make it eager")
    func others() {
        #expect(!after(1000, waiting: 1_000_000, working: 20_000).0.isEager)
        #expect(!after(1000, waiting: 100_000, working: 400_000).0.isEager)
    }
}
