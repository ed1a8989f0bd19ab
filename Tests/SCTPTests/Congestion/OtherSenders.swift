/// CUBIC as Linux has it (RFC 9438), with slow start that ends when round trips grow.
final class CubicSender: LinkSender {
    private(set) var congestionWindow = 10.0
    private var threshold = Double.infinity
    private var largest = 0.0
    /// While the window grows since a cut: since when, how long until it is the largest again, and
    /// Reno's window.
    private var epoch: (begin: UInt64, seconds: Double, origin: Double)?
    private var friendly = 0.0
    private var lastCut: UInt64 = 0
    private var base = UInt64.max
    /// It stops without a word.
    var hasLeft = false

    override var window: Int { hasLeft ? 1 : Int(congestionWindow) }

    override func misses(sentAt: UInt64, at now: UInt64) {
        guard sentAt > lastCut else { return }
        lastCut = now
        largest = congestionWindow < largest ? congestionWindow * 0.85 : congestionWindow
        congestionWindow = max(congestionWindow * 0.7, 2)
        threshold = congestionWindow
        epoch = nil
    }

    override func acknowledged(_ answer: Answer, at now: UInt64) {
        base = min(base, answer.roundTrip)
        guard answer.firstMissing == nil else { return }
        guard congestionWindow >= threshold else {
            congestionWindow += Double(answer.count)
            let allowance = min(max(base / 8, 4_000_000), 16_000_000)
            if congestionWindow >= 16, answer.roundTrip > base + allowance { threshold = congestionWindow }
            return
        }
        let epoch = epoch ?? begin(at: now)
        self.epoch = epoch
        let seconds = Double(now - epoch.begin + base) / 1e9 - epoch.seconds
        let target = min(epoch.origin + 0.4 * seconds * seconds * seconds, congestionWindow * 1.5)
        friendly += 3 * 0.3 / 1.7 * Double(answer.count) / congestionWindow
        congestionWindow += max(target - congestionWindow, 0) / congestionWindow * Double(answer.count)
        congestionWindow = max(congestionWindow, friendly)
    }

    private func begin(at now: UInt64) -> (begin: UInt64, seconds: Double, origin: Double) {
        friendly = congestionWindow
        var seconds = 0.0
        while 0.4 * seconds * seconds * seconds < largest - congestionWindow { seconds += 0.01 }
        return (now, seconds, max(largest, congestionWindow))
    }
}

/// Like the first version of BBR: it has a model of the path's rate and length, and losses are
/// nothing to it.
final class RateSender: LinkSender {
    private enum Phase { case startup, drain, cycle, search(until: UInt64) }
    private var phase = Phase.startup
    private var rates: [(round: Int, rate: Double)] = []
    private var base = UInt64.max
    private var baseSeen: UInt64 = 0
    private var round = (number: 0, end: 0)
    private var fullest = (rate: 0.0, rounds: 0)
    private var step = (number: 0, end: UInt64(0))

    private var rate: Double { max(rates.map(\.rate).max() ?? 0, 10) }
    private var product: Double { base == .max ? 10 : rate * Double(base) / 1e9 }

    private var gain: Double {
        switch phase {
        case .startup: 2.89
        case .drain: 1 / 2.89
        case .search: 1
        case .cycle: step.number == 0 ? 1.25 : step.number == 1 ? 0.75 : 1
        }
    }

    override var window: Int {
        switch phase {
        case .search: 4
        case .startup: max(Int(2.89 * product), 10)
        case .drain, .cycle: Int(2 * product) + 4
        }
    }

    override func sent(_ tsn: UInt32, at now: UInt64) {
        guard base != .max else { return }
        mayLeave = max(mayLeave, now - 1_000_000) + UInt64(1e9 / (rate * gain))
    }

    override func acknowledged(_ answer: Answer, at now: UInt64) {
        if answer.roundTrip <= base || now - baseSeen > 10_000_000_000 {
            if answer.roundTrip > base { phase = .search(until: now + 200_000_000 + answer.roundTrip) }
            (base, baseSeen) = (answer.roundTrip, now)
        }
        rates.removeAll { $0.round <= round.number - 10 || $0.rate <= answer.rate }
        rates.append((round.number, answer.rate))
        if delivered >= round.end { endRound() }
        let isDrained = Double(inFlight) <= product
        switch phase {
        case .drain where isDrained: cycle(from: 2, at: now)
        case .search(let until) where now > until: cycle(from: 2, at: now)
        case .cycle where now > step.end || step.number == 1 && isDrained: cycle(from: (step.number + 1) % 8, at: now)
        default: break
        }
    }

    private func endRound() {
        round = (round.number + 1, delivered + inFlight)
        guard case .startup = phase else { return }
        fullest = rate > fullest.rate * 1.25 ? (rate, 0) : (fullest.rate, fullest.rounds + 1)
        if fullest.rounds >= 3 { phase = .drain }
    }

    private func cycle(from number: Int, at now: UInt64) {
        phase = .cycle
        step = (number, now + base)
    }
}
