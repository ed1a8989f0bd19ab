import Testing

@testable import NetworkLoop

@Suite("Timers that are not in a hurry")
struct TimerSlackTests {
    @Test("wait for the next half of a second, those that are soon do not, and never stays never")
    func common() {
        let start: UInt64 = 10_100_000_000
        #expect(TimerSlack.timeout(1000, exact: nil, at: start) == 1400)
        #expect(TimerSlack.timeout(1400, exact: nil, at: start) == 1400)
        #expect(TimerSlack.timeout(1401, exact: nil, at: start) == 1900)
        #expect(TimerSlack.timeout(21, exact: nil, at: start) == 400)
        for timeout in [0, 1, 20, -1] as [Int32] {
            #expect(TimerSlack.timeout(timeout, exact: nil, at: start) == timeout)
        }
        #expect(TimerSlack.timeout(.max, exact: nil, at: start) == .max)
    }

    @Test("a timer that is exact is not waited beyond, and wakes at once when it is late")
    func exact() {
        let start: UInt64 = 10_100_000_000
        #expect(TimerSlack.timeout(1000, exact: start + 1_000_500_000, at: start) == 1001)
        #expect(TimerSlack.timeout(1000, exact: start + 5_000_000_000, at: start) == 1400)
        #expect(TimerSlack.timeout(1000, exact: start - 1, at: start) == 0)
    }
}
