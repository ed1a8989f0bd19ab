import RTP
import EstimatorModel
import Testing

@Suite("Feedback that lies")
struct EstimatorFuzzTests {
    private static let settings = BandwidthEstimator.Settings(start: 300_000, minimum: 30_000, maximum: 5_000_000)

    private func anyTime(_ random: inout SeededRandom) -> Duration {
        switch Int.random(in: 0...5, using: &random) {
        case 0: .seconds(Int64.max)
        case 1: .seconds(Int64.min)
        case 2: Duration(attoseconds: Int128.random(in: .min ... .max, using: &random))
        default: .microseconds(Int64.random(in: -5_000_000...5_000_000, using: &random))
        }
    }

    @Test("whatever it says, the estimate stays within its bounds", arguments: 1...8 as ClosedRange<UInt64>)
    func anything(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        var estimator = BandwidthEstimator(Self.settings, now: .zero)
        var now = Duration.zero
        for _ in 0..<1_500 {
            now += .microseconds(Int.random(in: 0...60_000, using: &random))
            var reports: [PacketReport] = []
            for _ in 0..<Int.random(in: 0...8, using: &random) {
                let packet = SentPacket(
                    number: Bool.random(using: &random) ? .random(in: .min ... .max, using: &random) : 5,
                    size: [Int.min, -1, 0, 1_200, .max].randomElement(using: &random) ?? 0,
                    sentAt: Bool.random(using: &random) ? now : anyTime(&random),
                    cluster: Bool.random(using: &random) ? Int.random(in: 0...5, using: &random) : nil)
                estimator.sent(packet)
                reports.append(
                    PacketReport(
                        packet: packet, arrival: Bool.random(using: &random) ? anyTime(&random) : nil,
                        ecn: UInt8.random(in: 0...255, using: &random), wasToldLost: Bool.random(using: &random)))
            }
            estimator.received(reports, now: now)
            estimator.handleTimeout(now: Bool.random(using: &random) ? now : anyTime(&random))
            estimator.update(roundTrip: anyTime(&random))
            estimator.update(wanted: Bool.random(using: &random) ? .random(in: .min ... .max, using: &random) : nil)
            estimator.update(receiverLimit: Int.random(in: 0...9, using: &random) == 0 ? .min : nil)
            while let probe = estimator.takeProbe() { #expect(probe.bitrate > 0 && probe.minimumBytes <= 2 << 20) }
            #expect((30_000...5_000_000).contains(estimator.bitrate))
            #expect(estimator.pacingRate >= estimator.bitrate)
            _ = (estimator.nextDeadline, estimator.isApplicationLimited, estimator.queueDelay)
        }
    }

    @Test("feedback out of order, twice and torn is survived", arguments: 1...4 as ClosedRange<UInt64>)
    func disorder(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        var estimator = BandwidthEstimator(Self.settings, now: .zero)
        var history = SentHistory()
        var waiting: [(number: UInt16, arrival: Duration)] = []
        for millisecond in 0..<20_000 {
            let now = Duration.milliseconds(millisecond)
            if millisecond % 20 == 0 {
                let number = history.sent(size: 800, now: now)
                if let last = history.last { estimator.sent(last) }
                waiting.append((number, now + .milliseconds(Int.random(in: 20...60, using: &random))))
            }
            guard millisecond % 70 == 0 else { continue }
            waiting.shuffle(using: &random)
            var reports: [PacketReport] = []
            for (number, arrival) in waiting.prefix(4) + waiting.prefix(2) {
                let isLost = random.unit() < 0.1
                if let report = history.report(number: number, arrival: isLost ? nil : arrival) {
                    reports.append(report)
                }
            }
            waiting.removeFirst(min(4, waiting.count))
            estimator.received(reports, now: now)
            if let deadline = estimator.nextDeadline, deadline <= now { estimator.handleTimeout(now: now) }
        }
        #expect(estimator.bitrate >= 100_000)
        #expect(history.bytesInFlight < 40_000)
    }
}
