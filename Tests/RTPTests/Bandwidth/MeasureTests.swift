import EstimatorModel
import Testing

@testable import RTP

@Suite("What is measured")
struct MeasureTests {
    @Test("a steady rate is measured as it is")
    func rate() throws {
        var meter = RateMeter()
        for time in stride(from: Int64(0), to: 1_000_000, by: 10_000) { meter.add(1_250, at: time) }
        #expect(abs(try #require(meter.rate(over: 500_000)) - 1_000_000) < 60_000)
        // Then nothing passes.
        meter.add(0, at: 1_500_000)
        #expect(try #require(meter.rate(over: 400_000)) < 50_000)
    }

    @Test("a clock that leaps makes the rate begin anew")
    func leap() {
        var meter = RateMeter()
        for time in stride(from: Int64(0), to: 1_000_000, by: 10_000) { meter.add(1_250, at: time) }
        meter.add(1_250, at: -5_000_000)
        #expect(meter.rate(over: 500_000) == nil)
        for time in [Int64.min / 8, Int64.max / 8, 0] { meter.add(.max, at: time) }
        #expect(meter.rate(over: 500_000) == nil)
    }

    /// Packets each 10 ms with a delay that is a function of the time in milliseconds.
    private func queue(_ delay: (Int64) -> Int64, to end: Int64 = 2_000) -> QueueDelay {
        var queue = QueueDelay()
        for time in stride(from: Int64(0), to: end, by: 10) {
            queue.add(sentAt: time * 1_000, arrival: time * 1_000 + 7_000_000 + delay(time))
        }
        return queue
    }

    @Test("a delay that stays is no queue, and jitter neither")
    func steady() {
        #expect(queue { _ in 30_000 }.pressure == 0)
        var random = SeededRandom(seed: 3)
        let jittery = queue({ _ in Int64.random(in: 0...20_000, using: &random) }, to: 5_000)
        #expect(jittery.pressure < jittery.threshold)
    }

    @Test("a queue that grows is seen early")
    func growing() {
        let growing = queue({ time in max(0, time - 1_000) * 200 }, to: 1_260)
        #expect(growing.pressure > growing.threshold)
        #expect(growing.queue < 60_000)
        #expect(growing.slope > 0.05)
    }

    @Test("a queue that shrinks presses less than it is long")
    func shrinking() {
        let shrinking = queue({ time in max(0, 200_000 - time * 200) }, to: 800)
        #expect(shrinking.slope < -0.15)
        #expect(shrinking.pressure < Double(shrinking.queue))
    }

    @Test("a receiver's clock that leaps is no queue", arguments: [-2_000_000, 500_000, 2_000_000, 100_000_000])
    func clockLeap(leap: Int64) {
        var queue = queue { time in time < 1_000 ? 0 : leap }
        for _ in 0..<3 { queue.limit(50_000) }
        #expect(queue.queue == 0)
    }

    @Test("losses that go away with less are too many")
    func congestion() {
        var judge = LossJudge()
        var share = 1.0
        var verdicts = 0
        // 130 packets a second, of which 100 pass.
        for millisecond in Int64(0)..<10_000 where millisecond % 7 == 0 {
            let isLost = share > 0.9 && millisecond % 28 == 0
            judge.add(isLost: isLost, wasToldLost: false, sentAt: millisecond * 1_000)
            let verdict = judge.judge(isQueueing: false, response: 100_000, now: millisecond * 1_000)
            guard let verdict else { continue }
            verdicts += 1
            guard case .tooMuch(let less) = verdict else { continue }
            share = less
        }
        #expect(verdicts == 1)
        #expect(abs(share - 0.75) < 0.1)
        #expect(judge.own == 0)
    }

    @Test("losses that stay with less are the path's own")
    func ownLoss() {
        var judge = LossJudge()
        var random = SeededRandom(seed: 8)
        var last: LossJudge.Verdict?
        for millisecond in Int64(0)..<20_000 where millisecond % 7 == 0 {
            judge.add(isLost: random.unit() < 0.1, wasToldLost: false, sentAt: millisecond * 1_000)
            let verdict = judge.judge(isQueueing: false, response: 100_000, now: millisecond * 1_000)
            if let verdict { last = verdict }
        }
        #expect(last == .asBefore)
        #expect(abs(judge.own - 0.1) < 0.05)
    }

    @Test("a packet that was only late is no loss")
    func late() {
        var judge = LossJudge()
        for index in Int64(0)..<400 {
            judge.add(isLost: true, wasToldLost: false, sentAt: index * 5_000)
            judge.add(isLost: false, wasToldLost: true, sentAt: index * 5_000)
            #expect(judge.judge(isQueueing: false, response: 0, now: index * 5_000) == nil)
        }
    }

    @Test("a probe that passes whole is full, and one that is slowed tells the path's rate")
    func probes() throws {
        var results = ProbeResults()
        let cluster = ProbeCluster(id: 1, bitrate: 960_000, minimumPackets: 5, minimumBytes: 6_000)
        results.begin(cluster)
        var result: ProbeResults.Result?
        for index in Int64(0)..<5 {
            let told = results.add(1, size: 1_200, sentAt: index * 10_000, arrival: 99_000_000 + index * 10_000)
            if let told { result = told }
        }
        #expect(try #require(result).isFull)
        #expect(abs(try #require(result).bitrate - 960_000) < 1_000)
        results.begin(ProbeCluster(id: 2, bitrate: 960_000, minimumPackets: 5, minimumBytes: 6_000))
        result = nil
        for index in Int64(0)..<5 {
            result = result ?? results.add(2, size: 1_200, sentAt: index * 10_000, arrival: index * 20_000)
        }
        #expect(try !#require(result).isFull)
        #expect(abs(try #require(result).bitrate - 480_000) < 1_000)
    }

    @Test("probes that were never sent, or arrive all at once, tell nothing")
    func falseProbes() {
        var results = ProbeResults()
        #expect(results.add(1, size: 1_200, sentAt: 0, arrival: 0) == nil)
        results.begin(ProbeCluster(id: 1, bitrate: 960_000, minimumBytes: 6_000))
        for index in Int64(0)..<50 {
            #expect(results.add(1, size: 1_200, sentAt: index * 10_000, arrival: index) == nil)
        }
    }
}
