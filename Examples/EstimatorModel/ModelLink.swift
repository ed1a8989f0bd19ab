/// A way for packets in virtual time: a queue that drops what does not fit, a rate, a delay and
/// losses. Times are in microseconds, rates in bit/s.
package struct ModelLink: Sendable {
    /// How packets get lost that are not dropped by the queue.
    package enum Loss: Sendable {
        case none
        /// Each with this probability.
        case random(Double)
        /// In bursts (Gilbert and Elliott): the probabilities to go into a bad state and out of it
        /// with a packet, and of a loss there.
        case burst(into: Double, outOf: Double, loss: Double)
    }

    /// What a link is like.
    package struct Settings: Sendable {
        /// From when on which rate holds; the first from 0.
        package var rates: [(from: Int64, rate: Double)]
        /// One way, in microseconds.
        package var delay: Int64
        /// What fits into the queue, as time at the rate, in microseconds.
        package var queue: Int64
        package var loss: Loss
        /// Each packet takes up to so much longer, but overtakes none.
        package var jitter: Int64
        /// A policer drops what is above this rate, in place of a queue, and lets bursts of so many
        /// bytes pass.
        package var policer: (rate: Double, burst: Double)?
        /// Packets that come when the queue is longer than this are marked (ECN).
        package var markAbove: Int64?

        /// - Parameter rate: in bit/s; the rest as above.
        package init(
            rate: Double, delay: Int64 = 25_000, queue: Int64 = 200_000, loss: Loss = .none, jitter: Int64 = 0
        ) {
            (rates, self.delay, self.queue) = ([(0, rate)], delay, queue)
            (self.loss, self.jitter) = (loss, jitter)
        }
    }

    /// What is on the way.
    package struct Packet: Sendable {
        package var flow: Int
        package var number: Int64
        package var size: Int
        package var sentAt: Int64
        package var isMarked = false
    }

    /// What it is like.
    package let settings: Settings
    private var random: SeededRandom
    private var waiting: [Packet] = []
    private var first = 0
    private var byteCount = 0
    /// When the last packet left the queue, and when it arrives.
    private var lastExit: Int64 = 0
    private var lastArrival: Int64 = 0
    private var isBad = false
    private var tokens: Double
    private var tokenTime: Int64 = 0
    /// Packets on the way after the queue.
    private var flying: [(arrival: Int64, packet: Packet)] = []
    private var firstFlying = 0
    /// Packets of each flow that were lost, whichever way.
    package private(set) var lost: [Int: Int] = [:]

    /// An empty link.
    package init(_ settings: Settings, seed: UInt64) {
        self.settings = settings
        random = SeededRandom(seed: seed)
        tokens = settings.policer?.burst ?? 0
    }

    /// In bit/s.
    package func rate(at time: Int64) -> Double {
        var result = settings.rates[0].rate
        for index in 1..<max(1, settings.rates.count) where settings.rates[index].from <= time {
            result = settings.rates[index].rate
        }
        return result
    }

    /// How long a packet would wait that came now.
    package func queueDelay(at time: Int64) -> Int64 {
        byteCount == 0 ? 0 : Int64(Double(byteCount) * 8_000_000 / rate(at: time))
    }

    /// A packet comes in.
    package mutating func send(_ packet: Packet, at time: Int64) {
        if let policer = settings.policer {
            tokens = min(policer.burst, tokens + Double(time - tokenTime) * policer.rate / 8_000_000)
            tokenTime = time
            guard tokens >= Double(packet.size) else { return drop(packet) }
            tokens -= Double(packet.size)
        }
        let delay = queueDelay(at: time)
        let isRoom = waiting.count - first < 2 || delay <= settings.queue
        guard isRoom else { return drop(packet) }
        var packet = packet
        if let mark = settings.markAbove, delay > mark { packet.isMarked = true }
        if first == waiting.count { lastExit = max(lastExit, time) }
        waiting.append(packet)
        byteCount += packet.size
    }

    /// Whether there can be arrivals.
    package var isEmpty: Bool { first == waiting.count && firstFlying == flying.count }

    /// What has arrived by a time, in order, with the exact times.
    package mutating func arrivals(by time: Int64) -> [(arrival: Int64, packet: Packet)] {
        while first < waiting.count {
            let packet = waiting[first]
            let exit = lastExit + Int64(Double(packet.size) * 8_000_000 / rate(at: lastExit))
            guard exit <= time else { break }
            (first, lastExit) = (first + 1, exit)
            byteCount -= packet.size
            guard !isLost() else {
                drop(packet)
                continue
            }
            let jitter = settings.jitter > 0 ? Int64(random.unit() * Double(settings.jitter)) : 0
            lastArrival = max(lastArrival, exit + settings.delay + jitter)
            flying.append((lastArrival, packet))
        }
        if first > 1_000 {
            waiting.removeFirst(first)
            first = 0
        }
        var result: [(arrival: Int64, packet: Packet)] = []
        while firstFlying < flying.count, flying[firstFlying].arrival <= time {
            result.append(flying[firstFlying])
            firstFlying += 1
        }
        if firstFlying > 1_000 {
            flying.removeFirst(firstFlying)
            firstFlying = 0
        }
        return result
    }

    private mutating func drop(_ packet: Packet) { lost[packet.flow, default: 0] += 1 }

    private mutating func isLost() -> Bool {
        switch settings.loss {
        case .none: return false
        case .random(let share): return random.unit() < share
        case .burst(let into, let outOf, let loss):
            isBad = isBad ? random.unit() >= outOf : random.unit() < into
            return isBad && random.unit() < loss
        }
    }
}
