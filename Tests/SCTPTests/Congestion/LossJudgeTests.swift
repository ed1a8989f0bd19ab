import Testing

@testable import SCTP

extension SCTPTests {
    @Suite("Which losses mean a full queue")
    struct LossJudgeTests {
        /// A judge, and time that passes with each round of 20 ms.
        private struct Court {
            var judge = LossJudge()
            var seen = LossJudge.Circumstances(
                delay: 0, visibleDelay: 1_000_000, isLow: false, isBelow: false, isStarting: false, isCompeting: false,
                now: 1)

            mutating func says(_ lost: Int, of sent: Int = 1000, delay: UInt64 = 0) -> LossJudge.Verdict {
                seen.now += 20_000_000
                seen.delay = delay * 1_000_000
                return judge.judge(PathMeter.Round(sent: sent, resent: lost), seen)
            }
        }

        @Test("many, wherever they come from")
        func many() {
            var court = Court()
            court.seen.isStarting = true
            #expect(court.says(3, of: 50) == .none)
            #expect(court.says(3, of: 50) == .none)
            #expect(court.says(40) == .congestion)
            for _ in 0..<2 { #expect(court.says(40) == .none, "it left before the cut") }
            #expect(court.says(40) == .congestion)
        }

        @Test("not a single one without a queue, but a second one soon after it")
        func withoutQueue() {
            var court = Court()
            #expect(court.says(1) == .none)
            for _ in 0..<110 { #expect(court.says(0) == .none) }
            #expect(court.says(1) == .none)
            for _ in 0..<90 { #expect(court.says(0) == .none) }
            #expect(court.says(1) == .congestion)
        }

        @Test("while the window doubles, only those beside a queue")
        func starting() {
            var court = Court()
            court.seen.isStarting = true
            for _ in 0..<10 { #expect(court.says(1) == .none) }
            #expect(court.says(6, delay: 4) == .congestion)
        }

        @Test("not one beside a queue that stays as it is; the next one within five seconds")
        func stray() {
            var court = Court()
            #expect(court.says(1, delay: 8) == .pending)
            // usrsctp has repeated it once more.
            #expect(court.says(1, delay: 8) == .pending)
            #expect(court.says(0, delay: 7) == .pending)
            #expect(court.says(0, delay: 8) == .pending)
            #expect(court.says(0, delay: 8) == .none)
            #expect(court.says(1, delay: 8) == .congestion)
            for _ in 0..<250 { _ = court.says(0, delay: 8) }
            #expect(court.says(1, delay: 8) == .pending)
        }

        @Test("one after which the queue shrinks, for others have made way")
        func shared() {
            var court = Court()
            #expect(court.says(1, delay: 8) == .pending)
            #expect(court.says(0, delay: 6) == .pending)
            #expect(court.says(0, delay: 5) == .congestion)
        }

        @Test("some beside a queue that go on, or come all at once, or beside another's queue")
        func full() {
            var court = Court()
            #expect(court.says(1, delay: 8) == .pending)
            #expect(court.says(0, delay: 8) == .pending)
            #expect(court.says(1, delay: 8) == .congestion)
            court = Court()
            #expect(court.says(6, delay: 8) == .congestion)
            court = Court()
            court.seen.isCompeting = true
            #expect(court.says(1, delay: 8) == .congestion)
        }

        @Test("what goes on when less is sent and the queue is gone was chance, and is believed for ten seconds")
        func chance() {
            var court = Court()
            #expect(court.says(10, delay: 8) == .congestion)
            (court.seen.isLow, court.seen.isBelow) = (true, true)
            #expect(court.says(8, of: 700) == .none)
            #expect(court.says(3, of: 700) == .none)
            #expect(court.says(7, of: 700) == .mistaken)
            (court.seen.isLow, court.seen.isBelow) = (false, false)
            for _ in 0..<490 { #expect(court.says(10, delay: 8) == .none) }
            for _ in 0..<10 { _ = court.says(0, delay: 8) }
            #expect(court.says(10, delay: 8) == .congestion)
        }

        @Test("what is less when less is sent was no chance")
        func noChance() {
            var court = Court()
            #expect(court.says(10, delay: 8) == .congestion)
            (court.seen.isLow, court.seen.isBelow) = (true, true)
            #expect(court.says(0, of: 700) == .none)
            for _ in 0..<20 { #expect(court.says(1, of: 700) == .none) }
        }

        @Test("clearly more than chance, as it was measured, counts again")
        func moreThanChance() {
            var court = Court()
            #expect(court.says(6, delay: 8) == .congestion)
            (court.seen.isLow, court.seen.isBelow) = (true, true)
            _ = court.says(0)
            #expect(court.says(6) == .mistaken)
            (court.seen.isLow, court.seen.isBelow) = (false, false)
            #expect(court.says(6, delay: 8) == .none)
            let verdicts = (0..<5).map { _ in court.says(20, delay: 8) }
            #expect(verdicts.contains(.congestion))
        }
    }

    @Suite("Growth after a cut")
    struct CubicGrowthTests {
        @Test("it is back where the queue was full after CUBIC's time, stays there, and then grows on")
        func cubic() {
            var growth = CubicGrowth(from: 700, to: 1000, at: 0)
            // ∛(300 ÷ 0.4) s
            let returns: UInt64 = 9_086_000_000
            var windows: [Double] = []
            for second in 1...12 {
                windows.append(growth.advance(roundTrip: 0, at: UInt64(second) * returns / 9))
            }
            #expect(windows == windows.sorted())
            #expect(abs(windows[8] - 1000) < 1)
            #expect(windows[2] > 900 && windows[10] < 1010 && windows[11] > 1010)
        }

        @Test("where windows are small it grows as fast as one that halves has its share")
        func friendly() {
            var growth = CubicGrowth(from: 7, to: 10, at: 0)
            var window = 7.0
            for round in 1...10 { window = growth.advance(roundTrip: 0, at: UInt64(round) * 1_000_000) }
            #expect(window > 11 && window < 17)
        }

        @Test("time in which the window is not used does not count")
        func rest() {
            var (growth, rested) = (CubicGrowth(from: 700, to: 1000, at: 0), CubicGrowth(from: 700, to: 1000, at: 0))
            rested.rest(5_000_000_000)
            let windows = (
                growth.advance(roundTrip: 0, at: 2_000_000_000), rested.advance(roundTrip: 0, at: 7_000_000_000)
            )
            #expect(windows.0 == windows.1)
        }
    }
}
