import RTP
import TestSupport
import Testing

@testable import Forwarding

@Suite("A watcher's stream")
struct StreamRewriterTests {
    private static let bytes = PacketMaker.packet([1, 2, 3], number: 0, timestamp: 0)

    private static func packet(
        _ source: UInt32, _ number: Int64, timestamp: UInt32, at arrival: Duration = .zero
    ) throws -> SourcePacket {
        var header = try RTPHeader(parsing: bytes.span)
        (header.ssrc, header.timestamp) = (source, timestamp)
        header.sequenceNumber = UInt16(truncatingIfNeeded: number)
        return SourcePacket(
            bytes: bytes, header: header, number: number, arrival: arrival, facts: .plain(beginsKeyFrame: true))
    }

    @Test("has no gap where a packet is left out, and one where a packet is lost")
    func gaps() throws {
        var rewriter = StreamRewriter(ssrc: 9, clockRate: 90_000, firstNumber: 100)
        let first = rewriter.begin(with: try Self.packet(1, 500, timestamp: 10), sender: 1)
        #expect(first.sequenceNumber == 100 && first.ssrc == 9)
        let skipped = rewriter.leaveOut(try Self.packet(1, 501, timestamp: 20))
        #expect(skipped == nil)
        let second = rewriter.forward(try Self.packet(1, 502, timestamp: 30))
        #expect(second?.sequenceNumber == 101)
        // 503 is lost.
        let fourth = rewriter.forward(try Self.packet(1, 504, timestamp: 50))
        #expect(fourth?.sequenceNumber == 103)
        #expect(rewriter.origin(of: 102) == .missing(source: 1, number: 503))
        let late = rewriter.forward(try Self.packet(1, 503, timestamp: 40))
        #expect(late?.sequenceNumber == 102)
        let twice = rewriter.forward(try Self.packet(1, 503, timestamp: 40))
        #expect(twice == nil)
        #expect(rewriter.origin(of: 102) == .sent(source: 1, number: 503))
        #expect(rewriter.origin(of: 99) == nil && rewriter.origin(of: 104) == nil)
    }

    @Test("gets padding in place of a packet that comes late and is to be left out")
    func filling() throws {
        var rewriter = StreamRewriter(ssrc: 9, clockRate: 90_000, payloadType: 100, firstNumber: 0)
        _ = rewriter.begin(with: try Self.packet(1, 10, timestamp: 0), sender: 1)
        _ = rewriter.forward(try Self.packet(1, 12, timestamp: 0))
        let packet = try Self.packet(1, 11, timestamp: 0)
        let left = rewriter.leaveOut(packet)
        let rewrite = try #require(left)
        #expect(rewrite.isFilling && rewrite.sequenceNumber == 1)
        let header = try RTPHeader(parsing: rewrite.applied(to: packet).span)
        #expect(header.payload.isEmpty && header.paddingCount == 1 && header.payloadType == 100)
    }

    @Test("takes the distance of two pictures from the reports of one sender")
    func reports() throws {
        var rewriter = StreamRewriter(ssrc: 9, clockRate: 90_000, firstNumber: 0, firstTimestamp: 1000)
        let base = NTPTime(sinceEpoch: .seconds(1_000_000))
        rewriter.note(
            SenderReport(ssrc: 1, ntpTime: base.rawValue, rtpTimestamp: 0, packetCount: 0, octetCount: 0))
        rewriter.note(
            SenderReport(ssrc: 2, ntpTime: base.rawValue, rtpTimestamp: 700_000, packetCount: 0, octetCount: 0))
        _ = rewriter.begin(with: try Self.packet(1, 1, timestamp: 90_000, at: .seconds(1)), sender: 5)
        // Captured 0.5 s later, and 0.7 s later here.
        let next = rewriter.begin(
            with: try Self.packet(2, 1, timestamp: 700_000 + 135_000, at: .milliseconds(1700)), sender: 5)
        #expect(next.timestamp == 1000 + 45_000)
        let report = rewriter.report(
            from: SenderReport(ssrc: 2, ntpTime: 77, rtpTimestamp: 835_000, packetCount: 0, octetCount: 0))
        #expect(report?.rtpTimestamp == 46_000 && report?.ssrc == 9 && report?.packetCount == 2)
        #expect(report?.ntpTime == 77 && report?.octetCount == 6)
        let other = rewriter.report(
            from: SenderReport(ssrc: 1, ntpTime: 77, rtpTimestamp: 0, packetCount: 0, octetCount: 0))
        #expect(other == nil)
        // Of another sender the arrival counts, and time goes on by a tick at least.
        let third = rewriter.begin(
            with: try Self.packet(1, 30, timestamp: 0, at: .milliseconds(1800)), sender: 6)
        #expect(third.timestamp == 46_000 + 9000)
        let fourth = rewriter.begin(with: try Self.packet(2, 9, timestamp: 0, at: .milliseconds(1800)), sender: 7)
        #expect(fourth.timestamp == 55_001)
        #expect(fourth.sequenceNumber == 3)
    }

    @Test(
        "gives each packet one number, without unexplained gaps, whatever is lost, late, doubled or left out",
        arguments: 1...8)
    func model(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        var rewriter = StreamRewriter(ssrc: 9, clockRate: 90_000)
        var source: UInt32 = 0
        var next: [UInt32: Int64] = [1: 65_000, 2: 100_000, 3: 70_000]
        var numbers = NumberUnwrapper()
        /// By the watcher's numbers, what was sent; and what the source's packets were to become.
        var sent: [Int64: (UInt32, Int64)] = [:]
        var lost: Set<Int64> = []
        var lastTimestamp: UInt32?
        var now = Duration.zero
        for _ in 0..<100 {
            // Another source, or the same one after a pause.
            source = UInt32.random(in: 1...3, using: &random)
            var start = (next[source] ?? 0) + Int64.random(in: 0...300, using: &random)
            let first = try Self.packet(source, start, timestamp: UInt32(truncatingIfNeeded: start * 300), at: now)
            let begin = rewriter.begin(with: first, sender: UInt64(source))
            let beginning = numbers.unwrap(begin.sequenceNumber) ?? -1
            if let lastTimestamp { #expect(Int32(bitPattern: begin.timestamp &- lastTimestamp) > 0) }
            lastTimestamp = begin.timestamp
            #expect(sent.isEmpty || beginning == (sent.keys.max() ?? 0) + 1 || lost.contains(beginning - 1))
            sent[beginning] = (source, start)
            var pending: [(due: Int, Int64, isWanted: Bool)] = []
            for step in 0..<Int.random(in: 1...120, using: &random) {
                start += 1
                now += .milliseconds(3)
                let isWanted = Int.random(in: 0..<3, using: &random) > 0
                if Int.random(in: 0..<10, using: &random) > 0 {
                    let delay = Int.random(in: 0..<8, using: &random) == 0 ? 5 : 0
                    pending.append((step + delay, start, isWanted))
                    if Int.random(in: 0..<10, using: &random) == 0 { pending.append((step + 2, start, isWanted)) }
                }
                for (_, number, isWanted) in pending.filter({ $0.due <= step }) {
                    let packet = try Self.packet(
                        source, number, timestamp: UInt32(truncatingIfNeeded: number * 300), at: now)
                    let rewrite = isWanted ? rewriter.forward(packet) : rewriter.leaveOut(packet)
                    guard let rewrite else { continue }
                    let outgoing = numbers.unwrap(rewrite.sequenceNumber) ?? -1
                    #expect(sent[outgoing] == nil, "a number is used once")
                    #expect(rewrite.isFilling == !isWanted)
                    sent[outgoing] = (source, number)
                    guard rewriter.origin(of: rewrite.sequenceNumber) == .sent(source: source, number: number) else {
                        Issue.record("a packet that was sent is not found")
                        continue
                    }
                    lastTimestamp = rewrite.timestamp
                }
                pending.removeAll { $0.due <= step }
            }
            // What is missing is known to be, and why.
            let highest = sent.keys.max() ?? 0
            for number in max(beginning, highest - 500)...highest where sent[number] == nil {
                guard case .missing(let origin, let original)? = rewriter.origin(of: UInt16(truncatingIfNeeded: number))
                else {
                    Issue.record("a gap has no reason")
                    continue
                }
                #expect(origin == source && original > 0)
            }
            // In the order of the source, numbers grow with its numbers.
            let mine = sent.filter { $0.key >= beginning }.sorted { $0.key < $1.key }.map(\.value.1)
            #expect(mine == mine.sorted())
            next[source] = start
            let top = rewriter.origin(of: UInt16(truncatingIfNeeded: highest + 1))
            if top != nil { lost.insert(highest + 1) }
            for extra in 1...130 where rewriter.origin(of: UInt16(truncatingIfNeeded: highest + Int64(extra))) != nil {
                lost.insert(highest + Int64(extra))
            }
        }
    }

    @Test("goes on through all wraps for 24 hours")
    func day() throws {
        var rewriter = StreamRewriter(ssrc: 9, clockRate: 90_000, firstNumber: 65_530, firstTimestamp: .max - 5)
        var numbers: [UInt32: Int64] = [1: 65_536, 2: 65_536 + 60_000]
        var last: PacketRewrite?
        var total: Int64 = -1
        var (sum, gaps): (Int64, Int) = (0, 0)
        // One picture each half second; the source changes each ten minutes.
        for step in 0..<172_800 {
            let source: UInt32 = step / 1200 % 2 == 0 ? 1 : 2
            let now = Duration.milliseconds(500 * step)
            let number = (numbers[source] ?? 0) + 1
            numbers[source] = number
            let timestamp = UInt32(truncatingIfNeeded: Int64(step) * 45_000 + Int64(source) * 1_000_000_000)
            let packet = try Self.packet(source, number, timestamp: timestamp, at: now)
            let next = step % 1200 == 0 ? rewriter.begin(with: packet, sender: 1) : rewriter.forward(packet)
            guard let rewrite = next else { continue }
            if let last {
                if rewrite.sequenceNumber != last.sequenceNumber &+ 1 { gaps += 1 }
                if rewrite.timestamp &- last.timestamp != 45_000 { gaps += 1 }
                sum += Int64(rewrite.timestamp &- last.timestamp)
            }
            total += 1
            last = rewrite
        }
        #expect(gaps == 0 && total == 172_799)
        #expect(sum == total * 45_000 && sum > 1 << 32)
    }
}
