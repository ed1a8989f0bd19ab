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
                while repairs.take(1_000, estimate: 4_000_000, now: .milliseconds(time)) { sum += 1_000 }
                return sum
            }
        }
        let rate = RepairShare.most * 4_000_000 / 8
        #expect(most(from: 0, to: 1) == 1_000 * Int(rate * (RepairShare.burst / .seconds(1)) / 1_000))
        #expect(abs(Double(most(from: 1, to: 10_001)) - 10 * rate) <= 2_000)
        // A pause is worth no more than a burst.
        #expect(most(from: 60_000, to: 60_001) == 50_000)
        // Less while the path is too full.
        let isTaken = repairs.take(1_000, estimate: 100_000, isCongested: true, now: .milliseconds(60_020))
        #expect(!isTaken)
    }

    @Test("is taken from what the application may send, for as long as it takes place")
    func rest() {
        var repairs = RepairShare()
        let before = repairs.rest(of: 1_000_000, now: .zero)
        for time in 0..<1_000 { _ = repairs.take(500, estimate: 1_000_000, now: .milliseconds(time)) }
        let rest = repairs.rest(of: 1_000_000, now: .seconds(1))
        let ofLittle = repairs.rest(of: 100_000, now: .seconds(1))
        let after = repairs.rest(of: 1_000_000, now: .seconds(3))
        #expect(before == 1_000_000 && after == 1_000_000)
        #expect((500_000...520_000).contains(rest), "\(rest)")
        #expect(ofLittle == 50_000, "never more than its share")
    }

    @Test("is never below some packets, and takes any numbers", arguments: [Int.min, -1, 0, 1, .max])
    func extremes(estimate: Int) {
        var repairs = RepairShare()
        let taken = [5, -5].map { repairs.take(1_200, estimate: estimate, now: .seconds($0)) }
        #expect(taken == [true, true])
        _ = repairs.rest(of: estimate, now: .seconds(Int64.max / 2))
        _ = repairs.rest(of: estimate, now: .seconds(-1))
    }
}
