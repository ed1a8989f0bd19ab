import EstimatorModel
import Testing

@testable import RTP

@Suite("Packets that feedback speaks of by source")
struct SentSourcesTests {
    @Test("is found by its source and number, and told of once")
    func found() throws {
        var history = SentHistory()
        history.sent(of: 7, 65_535, size: 100, now: .zero)
        history.sent(of: 8, 65_535, size: 200, cluster: 2, now: .seconds(1))
        history.sent(of: 7, 0, size: 300, now: .seconds(2))
        #expect(history.report(of: 9, 65_535, arrival: .zero) == nil && history.report(of: 8, 0, arrival: .zero) == nil)
        let told = history.report(of: 8, 65_535, arrival: .seconds(9), ecn: 3)
        let report = try #require(told)
        #expect(report.packet == SentPacket(number: 2, size: 200, sentAt: .seconds(1), cluster: 2))
        #expect(report.ecn == 3 && history.bytesInFlight == 400)
        #expect(history.report(of: 8, 65_535, arrival: .seconds(9)) == nil)
        #expect(history.report(of: 7, 0, arrival: nil)?.wasToldLost == false)
        #expect(history.report(of: 7, 0, arrival: .zero)?.wasToldLost == true)
    }

    @Test("a number that is used again is that of the newest packet, and one of a packet sent again of none")
    func again() {
        var history = SentHistory()
        history.sent(of: 7, 5, size: 100, now: .zero)
        history.sent(of: 7, 5, size: 200, now: .zero)
        #expect(history.report(of: 7, 5, arrival: .zero)?.packet.size == 200)
        #expect(history.report(of: 7, 5, arrival: .zero) == nil)
        history.sent(of: 7, 6, size: 100, now: .zero)
        history.forget(6, of: 7)
        #expect(history.report(of: 7, 6, arrival: .zero) == nil)
        history.forget(6, of: 8)
    }

    @Test("how many of a source were not spoken of before one, up to the first that was")
    func unspoken() {
        var history = SentHistory()
        for number in 65_530..<65_540 { history.sent(of: 7, UInt16(truncatingIfNeeded: number), size: 1, now: .zero) }
        _ = history.report(of: 7, 65_531, arrival: .zero)
        let counts = [
            history.takeUnspoken(before: 65_532, of: 7, limit: 100), history.takeUnspoken(before: 2, of: 8, limit: 100),
            history.takeUnspoken(before: 2, of: 7, limit: 100),
            // They count once.
            history.takeUnspoken(before: 2, of: 7, limit: 100),
        ]
        #expect(counts == [0, 0, 6, 0])
    }

    @Test("what is found is what a dictionary of the last packets has", arguments: 1...5 as ClosedRange<UInt64>)
    func model(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        var sources = SentSources()
        var (known, order) = ([UInt64: Int64](), [UInt64]())
        var numbers = (0..<40).map { _ in UInt16.random(in: 0...UInt16.max, using: &random) }
        var (capacity, number) = (512, Int64(0))
        for turn in 0..<60_000 {
            if turn % 9000 == 8999, capacity < 1 << 15 { capacity *= 4 }
            number += 1
            let index = Int.random(in: 0..<40, using: &random)
            let isJump = Int.random(in: 0..<50, using: &random) == 0
            numbers[index] &+= isJump ? UInt16.random(in: 0...9, using: &random) : 1
            let name = UInt64(index) << 16 | UInt64(numbers[index])
            sources.note(number, of: UInt32(index), numbers[index], capacity: capacity)
            known[name] = number
            order.append(name)
            let asked = order[max(0, order.count - Int.random(in: 1...1000, using: &random))]
            let found = sources.number(of: UInt32(asked >> 16), UInt16(truncatingIfNeeded: asked))
            let expected = known[asked].flatMap { number - $0 < 512 ? $0 : nil }
            if let expected { #expect(found == expected) }
            if let found { #expect(found == known[asked]) }
        }
    }

    @Test("numbers that are chosen to be in one place cost no more than a few steps, and the newest are found")
    func chosen() {
        var history = SentHistory()
        for turn in 0..<100 { history.sent(of: UInt32(turn) << 16, 7, size: 1, now: .zero) }
        #expect(history.report(of: 99 << 16, 7, arrival: .zero) != nil)
    }
}
