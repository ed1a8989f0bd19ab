import RTP
import EstimatorModel
import Testing

@Suite("The estimator")
struct BandwidthEstimatorTests {
    /// Sends evenly at a rate over an empty path of 50 ms, with feedback each 50 ms.
    private func send(
        _ estimator: inout BandwidthEstimator, _ history: inout SentHistory, rate: Int = 300_000,
        from start: Int, to end: Int
    ) {
        var numbers: [(UInt16, Int)] = []
        var debt = 0
        for millisecond in start..<end {
            debt += rate / 8
            while debt >= 1_000_000 {
                debt -= 1_000_000
                numbers.append((history.sent(size: 1_000, now: .milliseconds(millisecond)), millisecond))
                if let last = history.last { estimator.sent(last) }
            }
            guard millisecond % 50 == 0 else { continue }
            let reports = numbers.compactMap { history.report(number: $0.0, arrival: .milliseconds($0.1 + 25)) }
            numbers.removeAll()
            estimator.received(reports, now: .milliseconds(millisecond + 49))
        }
    }

    @Test("it begins with what it is told, and two probes")
    func start() {
        var estimator = BandwidthEstimator(now: .seconds(5))
        #expect(estimator.bitrate == 300_000)
        #expect(estimator.pacingRate == 450_000)
        #expect(estimator.nextDeadline == nil)
        let rates = (0..<3).map { _ in estimator.takeProbe()?.bitrate }
        #expect(rates == [900_000, 1_800_000, nil])
    }

    @Test("bounds that make no sense are moved")
    func settings() {
        let settings = BandwidthEstimator.Settings(start: -5, minimum: .min, maximum: .min)
        #expect(settings.minimum == 1_000)
        #expect(settings.maximum == 1_000)
        #expect(settings.start == 1_000)
    }

    @Test("what the receiver wants at most bounds it, but not below the minimum")
    func receiverLimit() {
        var estimator = BandwidthEstimator(now: .zero)
        estimator.update(receiverLimit: 100_000)
        #expect(estimator.bitrate == 100_000)
        estimator.update(receiverLimit: -1)
        #expect(estimator.bitrate == 30_000)
        estimator.update(receiverLimit: nil)
        #expect(estimator.bitrate == 300_000)
    }

    @Test("without feedback less and less is sent, down to the minimum")
    func silence() throws {
        var estimator = BandwidthEstimator(now: .zero)
        var history = SentHistory()
        send(&estimator, &history, from: 0, to: 1_000)
        let before = estimator.bitrate
        _ = history.sent(size: 1_000, now: .milliseconds(1_100))
        estimator.sent(try #require(history.last))
        let first = try #require(estimator.nextDeadline)
        #expect(first >= .milliseconds(1_400) && first < .milliseconds(2_500))
        estimator.handleTimeout(now: first - .milliseconds(1))
        #expect(estimator.bitrate == before)
        estimator.handleTimeout(now: first)
        #expect(abs(estimator.bitrate - before * 4 / 5) <= 1)
        // Nothing is sent, so nothing can be heard.
        #expect(estimator.nextDeadline == nil)
        var now = first
        for _ in 0..<40 {
            estimator.sent(SentPacket(number: 9_999, size: 1_000, sentAt: now))
            now = try #require(estimator.nextDeadline)
            estimator.handleTimeout(now: now)
        }
        #expect(estimator.bitrate == 30_000)
    }

    @Test("of one that sends nothing no feedback is awaited")
    func pause() {
        var estimator = BandwidthEstimator(now: .zero)
        var history = SentHistory()
        send(&estimator, &history, from: 0, to: 1_001)
        #expect(estimator.nextDeadline == nil)
    }

    @Test("one that sends little is limited by itself, and its estimate does not grow without a probe")
    func limited() {
        var estimator = BandwidthEstimator(now: .zero)
        while estimator.takeProbe() != nil {}
        var history = SentHistory()
        send(&estimator, &history, rate: 50_000, from: 0, to: 3_000)
        #expect(estimator.isApplicationLimited)
        #expect(estimator.bitrate == 300_000)
        send(&estimator, &history, rate: 300_000, from: 3_000, to: 4_000)
        #expect(!estimator.isApplicationLimited)
    }

    @Test("nothing is probed beyond what is wanted")
    func wanted() {
        var estimator = BandwidthEstimator(now: .zero)
        while estimator.takeProbe() != nil {}
        estimator.update(wanted: 200_000)
        var history = SentHistory()
        send(&estimator, &history, from: 0, to: 10_000)
        #expect(estimator.takeProbe() == nil)
        estimator.update(wanted: 400_000)
        send(&estimator, &history, from: 10_000, to: 11_000)
        if let probe = estimator.takeProbe() { #expect(probe.bitrate <= 500_000) }
    }

    @Test("marks of congestion make it send less")
    func marks() {
        var estimator = BandwidthEstimator(now: .zero)
        let before = estimator.bitrate
        for index in Int64(0)..<40 {
            let packet = SentPacket(number: index, size: 1_000, sentAt: .milliseconds(index * 27))
            estimator.sent(packet)
            let report = PacketReport(packet: packet, arrival: .milliseconds(index * 27 + 25), ecn: 3)
            estimator.received([report], now: .milliseconds(index * 27 + 50))
        }
        #expect(estimator.bitrate < before / 2)
    }
}
