import TestSupport
import Testing

@testable import RTP

@Suite("Arrivals that are told by source")
struct SourceArrivalsTests {
    /// What is told at a time, as whoever reads it sees it.
    private func tell(_ arrivals: inout SourceArrivals, at now: Duration) throws -> [CongestionControlFeedback.Metric] {
        try arrivals.tell(from: 1, timestamp: 0, now: now).flatMap { writer in
            #expect(writer.bytes.count <= SourceArrivals.maximumSize)
            let plain = try RTCPTests.feedback(writer.bytes)
            return try #require(CongestionControlFeedback(plain, in: writer.bytes)).metrics(in: writer.bytes)
        }
    }

    /// The numbers that are told, each with how long ago it came in 1/1024 s; `-` where it has not.
    private func text(_ metrics: [CongestionControlFeedback.Metric]) -> [String] {
        metrics.map { metric in
            guard metric.isReceived else { return "\(metric.sequenceNumber) -" }
            return "\(metric.sequenceNumber) " + (metric.offset.map { "\($0)" } ?? "?")
        }
    }

    @Test("each packet is told of once, behind the one before, and those between that have not come")
    func once() throws {
        var arrivals = SourceArrivals()
        #expect(arrivals.deadline == nil)
        for number in [65_534, 65_535, 1] as [UInt16] { arrivals.note(number, of: 7, ecn: 0, now: .seconds(1)) }
        #expect(arrivals.deadline == .seconds(1) + .milliseconds(50))
        let first = try tell(&arrivals, at: .seconds(1) + .milliseconds(500))
        #expect(text(first) == ["65534 512", "65535 512", "0 -", "1 512"])
        #expect(arrivals.deadline == nil)
        #expect(try tell(&arrivals, at: .seconds(2)).isEmpty)
        arrivals.note(4, of: 7, ecn: 0, now: .seconds(2))
        #expect(try text(tell(&arrivals, at: .seconds(2))) == ["2 -", "3 -", "4 0"])
    }

    @Test("one that comes late is told with all from it on, which came when they came (RFC 8888 §3.1)")
    func late() throws {
        var arrivals = SourceArrivals()
        for number in [10, 11, 13, 14] as [UInt16] { arrivals.note(number, of: 7, ecn: 0, now: .seconds(1)) }
        _ = try tell(&arrivals, at: .seconds(1))
        arrivals.note(12, of: 7, ecn: 0, now: .seconds(2))
        #expect(try text(tell(&arrivals, at: .seconds(2))) == ["12 0", "13 1024", "14 1024"])
        // Before the first one, too.
        arrivals.note(9, of: 7, ecn: 0, now: .seconds(3))
        let all = try tell(&arrivals, at: .seconds(3))
        #expect(text(all) == ["9 0", "10 2048", "11 2048", "12 1024", "13 2048", "14 2048"])
    }

    @Test("of copies the first one's time counts, and a mark of congestion that any of them has (RFC 8888 §3.1)")
    func copies() throws {
        var arrivals = SourceArrivals()
        arrivals.note(5, of: 7, ecn: 1, now: .seconds(1))
        arrivals.note(5, of: 7, ecn: 2, now: .seconds(2))
        let first = try tell(&arrivals, at: .seconds(2))
        #expect(text(first) == ["5 1024"] && first[0].ecn == 1)
        arrivals.note(5, of: 7, ecn: 1, now: .seconds(3))
        #expect(arrivals.deadline == nil)
        arrivals.note(5, of: 7, ecn: 3, now: .seconds(3))
        let marked = try tell(&arrivals, at: .seconds(3))
        #expect(text(marked) == ["5 2048"] && marked[0].ecn == 3)
    }

    @Test("what came more than eight seconds ago has come at no time that could be told")
    func longAgo() throws {
        var arrivals = SourceArrivals()
        arrivals.note(5, of: 7, ecn: 0, now: .seconds(1))
        #expect(try text(tell(&arrivals, at: .seconds(9))) == ["5 ?"])
    }

    @Test("numbers that are far from those before are of another count")
    func farAway() throws {
        var arrivals = SourceArrivals()
        for number in [10, 5000, 5002] as [UInt16] { arrivals.note(number, of: 7, ecn: 0, now: .seconds(1)) }
        #expect(try text(tell(&arrivals, at: .seconds(1))) == ["5000 0", "5001 -", "5002 0"])
        for number in [100, 101] as [UInt16] { arrivals.note(number, of: 7, ecn: 0, now: .seconds(1)) }
        #expect(try text(tell(&arrivals, at: .seconds(1))) == ["100 0", "101 0"])
    }

    @Test("however many come of however many sources, what is told at once is bounded, and the rest is told later")
    func many() throws {
        var arrivals = SourceArrivals()
        for number in 0..<20 as Range<UInt16> {
            for source in 1...300 as ClosedRange<UInt32> {
                arrivals.note(number, of: source, ecn: 0, now: .seconds(1))
            }
        }
        #expect(arrivals.isFull)
        var counts: [Int] = []
        var sources: Set<UInt32> = []
        while arrivals.deadline != nil {
            let told = try tell(&arrivals, at: .seconds(1))
            #expect(!arrivals.isFull && told.allSatisfy(\.isReceived))
            counts.append(told.count)
            sources.formUnion(told.map(\.ssrc))
        }
        #expect(counts == [2048, 2048, 256 * 20 - 4096] && sources.count == SourceArrivals.maximumSources)
        // One that is silent makes room.
        arrivals.note(0, of: 1000, ecn: 0, now: .seconds(2))
        #expect(arrivals.deadline == nil)
        arrivals.note(0, of: 1000, ecn: 0, now: .seconds(3))
        #expect(try tell(&arrivals, at: .seconds(3)).map(\.ssrc) == [1000])
    }

    @Test("whatever comes, what is told is true, and nothing that came is left out", arguments: 1...20)
    func model(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        var arrivals = SourceArrivals()
        // By source and number, without an end: when the first came, and whether any was marked.
        var (came, marked) = ([[Int64]: Duration](), Set<[Int64]>())
        var newest: [Int64] = [65_000, 10, 40_000]
        var told: Set<[Int64]> = []
        var now = Duration.seconds(1)
        for _ in 0..<3000 {
            now += .microseconds(Int.random(in: 0...3000, using: &random))
            let source = Int.random(in: 0..<3, using: &random)
            let isLate = Int.random(in: 0..<5, using: &random) == 0
            let step = isLate ? -Int64.random(in: 0...20, using: &random) : .random(in: 1...4, using: &random)
            let number = newest[source] + step
            newest[source] = max(newest[source], number)
            let ecn = UInt8.random(in: 0...3, using: &random)
            arrivals.note(UInt16(truncatingIfNeeded: number), of: UInt32(source), ecn: ecn, now: now)
            let key = [Int64(source), number]
            if came[key] == nil { came[key] = now }
            if ecn == 3 { marked.insert(key) }
            guard Int.random(in: 0..<40, using: &random) == 0 else { continue }
            for metric in try tell(&arrivals, at: now) {
                let highest = newest[Int(metric.ssrc)]
                let number = highest - Int64(UInt16(truncatingIfNeeded: highest) &- metric.sequenceNumber)
                let key = [Int64(metric.ssrc), number]
                #expect(metric.isReceived == (came[key] != nil))
                guard let time = came[key], let offset = metric.offset else { continue }
                #expect(abs((now - time) / .seconds(1) * 1024 - Double(offset)) <= 0.51)
                #expect((metric.ecn == 3) == marked.contains(key))
                told.insert(key)
            }
            #expect(told.count == came.count)
        }
    }
}
