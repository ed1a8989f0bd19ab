import Testing

@testable import RTP

@Suite("What may be sent again")
struct RepairShareTests {
    @Test("is a burst at once, and then a share of the estimate")
    func share() {
        var repairs = RepairShare()
        func most(from start: Int, to end: Int) -> Int {
            (start..<end).reduce(0) { sum, time in
                var sum = sum
                while repairs.take(1_000, estimate: 1_000_000, now: .milliseconds(time)) { sum += 1_000 }
                return sum
            }
        }
        let rate = RepairShare.most * 1_000_000 / 8
        #expect(most(from: 0, to: 1) == 1_000 * Int(rate * (RepairShare.burst / .seconds(1)) / 1_000))
        #expect(abs(Double(most(from: 1, to: 10_001)) - 10 * rate) <= 2_000)
        // A pause is worth no more than a burst.
        #expect(most(from: 60_000, to: 60_001) == 7_000)
    }

    @Test("is taken from what the application may send, for as long as it takes place")
    func rest() {
        var repairs = RepairShare()
        #expect(repairs.rest(of: 1_000_000, now: .zero) == 1_000_000)
        for time in 0..<1_000 { _ = repairs.take(500, estimate: 1_000_000, now: .milliseconds(time)) }
        let rest = repairs.rest(of: 1_000_000, now: .seconds(1))
        #expect((690_000...720_000).contains(rest), "\(rest)")
        #expect(repairs.rest(of: 100_000, now: .seconds(1)) == 70_000, "never more than its share")
        #expect(repairs.rest(of: 1_000_000, now: .seconds(3)) == 1_000_000)
    }

    @Test("is never below some packets, and takes any numbers", arguments: [Int.min, -1, 0, 1, .max])
    func extremes(estimate: Int) {
        var repairs = RepairShare()
        #expect(repairs.take(1_200, estimate: estimate, now: .seconds(5)))
        #expect(repairs.take(1_200, estimate: estimate, now: .seconds(-5)))
        _ = repairs.rest(of: estimate, now: .seconds(Int64.max / 2))
        _ = repairs.rest(of: estimate, now: .seconds(-1))
    }
}
