import SharedState
import TestSupport
import Testing

@Suite("Hybrid clocks")
struct HybridClockTests {
    private static func id(_ name: String) throws -> ReplicaID { try #require(ReplicaID(name)) }

    private static func time(_ milliseconds: UInt64) -> StateTime {
        StateTime(monotonic: .zero, milliseconds: 1_800_000_000_000 + milliseconds)
    }

    @Test("each timestamp is later than all before and all heard, though the wall clock jumps", arguments: 1...50)
    func order(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        var clocks = [HybridClock(replica: try Self.id("a")), HybridClock(replica: try Self.id("b"))]
        var last: [HybridTimestamp?] = [nil, nil]
        for _ in 0..<200 {
            let index = Int.random(in: 0...1, using: &random)
            let time = Self.time(UInt64.random(in: 0...50_000, using: &random))
            if let heard = last[1 - index], Bool.random(using: &random) {
                let isHeard = clocks[index].hear(heard, at: time)
                #expect(isHeard)
                last[index] = max(last[index] ?? heard, heard)
            }
            let next = clocks[index].tick(at: time)
            if let last = last[index] { #expect(next > last) }
            #expect(next.replica == clocks[index].replica)
            last[index] = next
        }
    }

    @Test("a time up to a minute ahead is believed, a later one is not")
    func tolerance() throws {
        var clock = HybridClock(replica: try Self.id("a"))
        let other = try Self.id("b")
        let now = Self.time(0)
        func stamp(_ ahead: UInt64) -> HybridTimestamp {
            HybridTimestamp(milliseconds: now.milliseconds + ahead, counter: 7, replica: other)
        }
        let isBelieved = clock.hear(stamp(60_001), at: now)
        #expect(!isBelieved)
        #expect(clock.tick(at: now).milliseconds == now.milliseconds)
        let isTaken = clock.hear(stamp(60_000), at: now)
        #expect(isTaken)
        let next = clock.tick(at: now)
        #expect(next.milliseconds == now.milliseconds + 60_000 && next.counter == 8)
        #expect(HybridClock.advance(of: stamp(5), at: now) == 5)
        #expect(HybridClock.advance(of: next, at: Self.time(70_000)) == 0)
    }

    @Test("a clock that was never set counts as 2020, and one of another age as that age")
    func limits() {
        #expect(StateTime(monotonic: .zero, milliseconds: 0).milliseconds == 1_577_836_800_000)
        #expect(StateTime(monotonic: .zero, milliseconds: .max).milliseconds == 1 << 47)
    }

    @Test("timestamps are ordered by time, counter, and replica; and read as they were written")
    func texts() throws {
        let texts = ["5.0.a", "5.0.b", "5.2.a", "5.10.a", "40.0.A", "281474976710655.4294967295.~"]
        let stamps = texts.compactMap { HybridTimestamp($0) }
        #expect(stamps.map(\.description) == texts)
        #expect(stamps.sorted() == stamps)
        let bad = [
            "", "5", "5.0", "5.0.", "5..a", ".0.a", "05.0.a", "5.00.a", "-5.0.a", "+5.0.a", "5.4294967296.a",
            "281474976710656.0.a", "5.0.a b", "5.0.\u{E9}", "5.0." + String(repeating: "a", count: 65), "\u{664}.0.a",
        ]
        for text in bad { #expect(HybridTimestamp(text) == nil, "\(text)") }
    }
}
