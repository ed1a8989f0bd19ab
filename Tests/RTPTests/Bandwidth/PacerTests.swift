import RTP
import EstimatorModel
import Testing

@Suite("The pacer")
struct PacerTests {
    /// All that leaves until nothing is due, with the time in milliseconds.
    private func drain(_ pacer: inout Pacer<Int>, from start: Duration = .zero) -> [(item: Int, at: Duration)] {
        var result: [(item: Int, at: Duration)] = []
        var now = start
        while true {
            while let packet = pacer.next(now: now) { result.append((packet.item, now)) }
            guard pacer.count > 0, let deadline = pacer.nextDeadline else { return result }
            now = max(now + .microseconds(1), deadline)
        }
    }

    @Test("a packet goes past the queue while there is room, and then no longer")
    func bypass() {
        var pacer = Pacer<Int>(rate: 960_000)
        // 1200 bytes take 10 ms; a burst of 5 ms may have been saved up.
        #expect(pacer.mayBypass(size: 1_200, priority: .video, now: .seconds(1)) == true)
        #expect(pacer.mayBypass(size: 1_200, priority: .video, now: .milliseconds(1_004)) == false)
        #expect(pacer.mayBypass(size: 1_200, priority: .video, now: .milliseconds(1_005)) == true)
        #expect(pacer.mayBypass(size: 1_200, priority: .video, now: .milliseconds(1_014)) == false)
    }

    @Test("nothing goes past what waits, but audio")
    func order() {
        var pacer = Pacer<Int>(rate: 100_000)
        #expect(pacer.mayBypass(size: 1_200, priority: .video, now: .zero) == true)
        pacer.enqueue(1, size: 1_200, priority: .video, now: .zero)
        #expect(pacer.mayBypass(size: 10, priority: .retransmission, now: .milliseconds(80)) == false)
        #expect(pacer.mayBypass(size: 10, priority: .audio, now: .zero) == true)
    }

    @Test("what waits leaves by priority, then in the order in which it came")
    func priorities() {
        var pacer = Pacer<Int>(rate: 1_000_000)
        _ = pacer.mayBypass(size: 1_200, priority: .video, now: .zero)
        pacer.enqueue(1, size: 1_200, priority: .video, now: .zero)
        pacer.enqueue(2, size: 1_200, priority: .padding, now: .zero)
        pacer.enqueue(3, size: 1_200, priority: .video, now: .zero)
        pacer.enqueue(4, size: 1_200, priority: .retransmission, now: .zero)
        pacer.enqueue(5, size: 100, priority: .audio, now: .zero)
        let left = drain(&pacer)
        #expect(left.map(\.item) == [5, 4, 1, 3, 2])
        #expect(left[0].at == .zero)
        #expect(pacer.byteCount == 0)
        #expect(pacer.nextDeadline == nil)
    }

    @Test("a frame leaves at the rate")
    func rate() throws {
        var pacer = Pacer<Int>(rate: 2_000_000)
        for item in 0..<20 { pacer.enqueue(item, size: 1_250, priority: .video, now: .zero) }
        // 20 packets of 5 ms each, the first at once and a burst of 5 ms before it.
        let end = try #require(drain(&pacer).last).at
        #expect(abs((end - .milliseconds(90)) / .milliseconds(1)) < 2)
    }

    @Test("nothing waits much longer than 250 ms, however low the rate is")
    func longest() throws {
        var pacer = Pacer<Int>(rate: 50_000)
        for item in 0..<200 { pacer.enqueue(item, size: 1_200, priority: .video, now: .zero) }
        let times = drain(&pacer).map(\.at)
        #expect(times[100] > .milliseconds(100))
        #expect(times[199] < .milliseconds(260))
    }

    @Test("what is too much leaves at once and is counted")
    func overflow() {
        var pacer = Pacer<Int>(rate: 10_000)
        let count = 2 * Pacer<Int>.maximumBytes / 1_200
        for item in 0..<count { pacer.enqueue(item, size: 1_200, priority: .video, now: .zero) }
        #expect(pacer.nextDeadline == .zero)
        var left = 0
        while pacer.next(now: .zero) != nil { left += 1 }
        #expect(left > count / 3 && left < count)
        #expect(pacer.overflows > UInt64(count) / 3)
        #expect(pacer.byteCount <= Pacer<Int>.maximumBytes)
    }

    @Test("a probe takes what waits, then padding, at its rate")
    func probe() {
        var pacer = Pacer<Int>(rate: 100_000)
        pacer.begin(ProbeCluster(id: 7, bitrate: 960_000, minimumPackets: 5, minimumBytes: 6_000))
        pacer.enqueue(1, size: 1_200, priority: .video, now: .zero)
        var (bytes, packets) = (0, 0)
        var now = Duration.zero
        while let deadline = pacer.nextDeadline, now < .seconds(1) {
            now = max(now, deadline)
            if let packet = pacer.next(now: now) {
                #expect(packet.cluster == 7)
                (bytes, packets) = (bytes + packet.size, packets + 1)
            }
            let padding = pacer.paddingDue(now: now)
            if padding > 0 {
                #expect(pacer.cluster == 7)
                (bytes, packets) = (bytes + padding, packets + 1)
                pacer.sent(padding: padding, now: now)
            }
        }
        #expect(bytes >= 6_000 && bytes < 7_200)
        #expect(packets >= 5)
        #expect(now >= .milliseconds(35) && now <= .milliseconds(60))
        #expect(pacer.paddingDue(now: now + .seconds(1)) == 0)
        #expect(pacer.cluster == nil)
    }

    @Test("sound that needs more than the rate does not keep others from leaving")
    func soundAlone() {
        var pacer = Pacer<Int>(rate: 45_000)
        var (now, departures) = (Duration.zero, [Duration]())
        for index in 0..<500 {
            let mayBypass = pacer.mayBypass(size: 234, priority: .audio, now: now)
            #expect(mayBypass)
            if index % 100 == 0 { pacer.enqueue(index, size: 500, priority: .video, now: now) }
            while pacer.next(now: now) != nil { departures.append(now) }
            now += .milliseconds(20)
        }
        #expect(departures.count == 5)
        for (index, departure) in departures.enumerated() {
            #expect(departure - .seconds(2 * index) <= .milliseconds(280), "\(index)")
        }
    }

    @Test("where there is nothing to fill a probe with it ends, and no deadline is left")
    func nothingToFill() {
        var pacer = Pacer<Int>()
        for id in 1...2 { pacer.begin(ProbeCluster(id: id, bitrate: 5_000_000, minimumBytes: 3_000)) }
        #expect(pacer.paddingDue(now: .zero) > 0)
        pacer.endProbes()
        #expect(pacer.nextDeadline == nil && pacer.paddingDue(now: .zero) == 0 && pacer.cluster == nil)
    }

    @Test("a second probe follows the first")
    func probes() {
        var pacer = Pacer<Int>()
        for id in 1...2 { pacer.begin(ProbeCluster(id: id, bitrate: 5_000_000, minimumBytes: 3_000)) }
        var seen: [Int] = []
        var now = Duration.zero
        while let deadline = pacer.nextDeadline, now < .seconds(1) {
            now = max(now + .microseconds(100), deadline)
            let padding = pacer.paddingDue(now: now)
            guard padding > 0, let cluster = pacer.cluster else { continue }
            seen.append(cluster)
            pacer.sent(padding: padding, now: now)
        }
        #expect(seen.first == 1)
        #expect(seen.last == 2)
        #expect(seen == seen.sorted())
    }

    @Test("at a gigabit nearly all goes past the queue")
    func gigabit() {
        var pacer = Pacer<Int>(rate: 2_000_000_000)
        var bypassed = 0
        for index in 0..<10_000 {
            let now = Duration.nanoseconds(index * 6_667)
            if pacer.mayBypass(size: 1_200, priority: .video, now: now) { bypassed += 1 }
        }
        #expect(bypassed == 10_000)
    }

    @Test("no input traps, and nothing is lost", arguments: 1...8 as ClosedRange<UInt64>)
    func anything(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        var pacer = Pacer<Int>(rate: Int.random(in: .min ... .max, using: &random))
        var now = Duration.zero
        var (put, got) = (0, 0)
        for _ in 0..<5_000 {
            switch Int.random(in: 0...6, using: &random) {
            case 0:
                let size = [Int.min, -1, 0, 40, 1_200, 70_000, .max].randomElement(using: &random) ?? 0
                let priority = Pacer<Int>.Priority.allCases.randomElement(using: &random) ?? .video
                pacer.enqueue(put, size: size, priority: priority, now: now)
                put += 1
            case 1: now += .microseconds(Int.random(in: 0...10_000, using: &random))
            case 2: if pacer.next(now: now) != nil { got += 1 }
            case 3:
                let padding = pacer.paddingDue(now: now)
                #expect(padding <= 1_200)
                if padding > 0 { pacer.sent(padding: padding, now: now) }
            case 4: pacer.update(rate: [0, -1, .max, .min, 500_000].randomElement(using: &random) ?? 1)
            case 5:
                let rate = [Int.min, 0, 1_000_000, .max].randomElement(using: &random) ?? 1
                pacer.begin(ProbeCluster(id: put, bitrate: rate, minimumPackets: rate, minimumBytes: rate))
            default: _ = pacer.mayBypass(size: put &* 7_919, priority: .video, now: now)
            }
            #expect(pacer.count == put - got)
        }
        for _ in 0..<100_000 where pacer.count > 0 {
            now += .milliseconds(1)
            while pacer.next(now: now) != nil { got += 1 }
        }
        #expect(put == got)
        #expect(pacer.byteCount == 0)
    }
}
