import RTP
import EstimatorModel
import Testing

@Suite("Packets that feedback may speak of")
struct SentHistoryTests {
    @Test("a packet that arrived is reported once")
    func arrival() throws {
        var history = SentHistory()
        let number = history.sent(size: 1_200, cluster: 3, now: .milliseconds(5))
        #expect(history.bytesInFlight == 1_200)
        let told = history.report(number: number, arrival: .seconds(9), ecn: 1)
        let report = try #require(told)
        #expect(report.packet == SentPacket(number: 1, size: 1_200, sentAt: .milliseconds(5), cluster: 3))
        #expect(report.arrival == .seconds(9))
        #expect(report.ecn == 1)
        #expect(history.bytesInFlight == 0)
        #expect(history.report(number: number, arrival: .seconds(9)) == nil)
        #expect(history.report(number: number, arrival: nil) == nil)
    }

    @Test("a packet that was told to be lost can be told to have arrived later")
    func lateArrival() {
        var history = SentHistory()
        let number = history.sent(size: 100, now: .zero)
        #expect(history.report(number: number, arrival: nil)?.wasToldLost == false)
        #expect(history.report(number: number, arrival: nil) == nil)
        #expect(history.report(number: number, arrival: .zero)?.wasToldLost == true)
        #expect(history.bytesInFlight == 0)
    }

    @Test("numbers of packets that were never sent are not known")
    func unknown() {
        var history = SentHistory(firstNumber: 10)
        #expect(history.last == nil)
        #expect(history.report(number: 9, arrival: .zero) == nil)
        #expect(history.report(number: 10, arrival: .zero) == nil)
        #expect(history.sent(size: 1, now: .zero) == 10)
        #expect(history.report(number: 11, arrival: .zero) == nil)
        #expect(history.report(number: 9, arrival: .zero) == nil)
    }

    @Test("numbers go on from 65535 to 0")
    func wrap() {
        var history = SentHistory(firstNumber: 65_535)
        #expect(history.sent(size: 1, now: .zero) == 65_535)
        #expect(history.sent(size: 2, now: .zero) == 0)
        let numbers = [65_535, 0].map { history.report(number: $0, arrival: .zero)?.packet.number }
        #expect(numbers == [65_535, 65_536])
    }

    @Test("many packets under way are all found, up to half of the numbers")
    func many() {
        var history = SentHistory()
        for _ in 0..<40_000 { _ = history.sent(size: 10, now: .zero) }
        #expect(history.bytesInFlight == SentHistory.maximumCount * 10)
        var found = 0
        for number in 1...40_000 where history.report(number: UInt16(number), arrival: .zero) != nil { found += 1 }
        #expect(found == SentHistory.maximumCount)
        #expect(history.bytesInFlight == 0)
    }

    @Test("what nothing is said of for three seconds is not under way any more")
    func forgetting() {
        var history = SentHistory()
        let first = history.sent(size: 500, now: .zero)
        _ = history.sent(size: 100, now: .milliseconds(3_001))
        #expect(history.bytesInFlight == 100)
        #expect(history.report(number: first, arrival: .zero) != nil)
        #expect(history.bytesInFlight == 100)
    }

    @Test("any feedback leaves the count of bytes right", arguments: 1...5 as ClosedRange<UInt64>)
    func anything(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        var history = SentHistory(firstNumber: UInt16.random(in: 0...UInt16.max, using: &random))
        var now = Duration.zero
        for _ in 0..<20_000 {
            now += .microseconds(Int.random(in: 0...2_000, using: &random))
            if Bool.random(using: &random) {
                let size = Int.random(in: -5...2_000, using: &random)
                _ = history.sent(size: size, cluster: Bool.random(using: &random) ? .max : nil, now: now)
            } else {
                let near =
                    UInt16(truncatingIfNeeded: history.last?.number ?? 0) &- UInt16.random(in: 0...300, using: &random)
                let number =
                    Int.random(in: 0...9, using: &random) == 0 ? UInt16.random(in: 0...65_535, using: &random) : near
                _ = history.report(number: number, arrival: Bool.random(using: &random) ? now : nil)
            }
            #expect(history.bytesInFlight >= 0)
        }
        _ = history.sent(size: 0, now: now + .seconds(10))
        #expect(history.bytesInFlight == 0)
    }
}
