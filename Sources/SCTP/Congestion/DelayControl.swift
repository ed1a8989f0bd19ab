/// Congestion control by delay: how much may be under way, counted in units of a usual packet.
///
/// A window larger than the path makes a queue, and a queue makes round trips longer. The window is
/// steered to where a small queue stands, as TCP Vegas does it: then the link is full, whatever it
/// loses for other reasons than being full.
///
/// Others fill the queue until packets are lost. Where the queue is theirs, or was full, the window
/// grows and is cut as theirs (``CubicGrowth``), so that each has a share; which losses say so is
/// for ``LossJudge``, and whose queue it is for ``Crowding`` and ``QueueProbe``.
///
/// The path's own round trip is the shortest one of the last seconds; when it has not been seen for
/// long the window is lowered for a moment, so that the queue is gone and it shows.
struct DelayControl {
    private static let smallestWindow = 4.0
    /// While packets are lost all the time, a larger window would only run into ``farthestReach``.
    /// In packets.
    private static let largestLossyWindow = 3200.0
    /// usrsctp, which most peers have, drops what is 4096 TSNs after the first that is missing;
    /// with some to spare.
    static let farthestReach = 3600

    /// For so long, in ns, the shortest round trip is believed; three times as long beside others,
    /// who rarely let it show.
    private static let memory: UInt64 = 10_000_000_000
    /// Beside others it is tried so often, in ns and in rounds, whether they are still there.
    private static let testInterval: (time: UInt64, rounds: UInt64) = (3_000_000_000, 30)

    /// In units.
    private(set) var window: Double
    /// What it was a round ago: it grows from there packet by packet, not by bursts.
    private var opened = Double.infinity
    /// While true the window doubles with every round, …
    private(set) var isStarting = true
    /// … up to here after a timeout.
    private var ceiling = Double.infinity
    /// Whether the queue is another's.
    private(set) var isCompeting = false

    /// How fast the window may grow; nil while there is no reason to fear a full queue, and for who
    /// comes to one and has no share yet.
    private var growth: CubicGrowth?
    private var judge = LossJudge()
    /// What the first of the last cuts was made from, whether it was growing by doubling, and when,
    /// in ns.
    private var uncut = (window: 0.0, isStarting: false, time: UInt64(0))
    /// Whether a loss has shown where the window should end.
    private var hasBeenCut = false
    /// Which of the last rounds had losses: a bit each.
    private var lossyRounds: UInt16 = 0

    /// The path's own round trip, in ns, and when it was last seen.
    private(set) var base = UInt64.max
    private var baseSeen: UInt64 = 0
    private var probe: QueueProbe?
    private var crowding = Crowding()
    /// Rounds in a row in which hardly a queue was seen.
    private var emptyRounds = 0
    /// Beside others: the longest wait in their queue, in ns, when it is tried next whether they
    /// are gone, and how often in a row it seemed so.
    private var others = (delay: UInt64(0), nextTest: UInt64(0), absences: 0)
    private var lastRound: UInt64?

    /// How many bytes the window is counted in.
    private let unit: Int
    /// How many of them a full packet has.
    private var packet = 1.0

    /// - Parameters:
    ///   - initialWindow: in units.
    ///   - unit: bytes of a usual packet.
    init(initialWindow: Int = 10, unit: Int) {
        self.unit = unit
        window = Double(initialWindow)
    }

    /// The window to be set now.
    var current: Int { Int(probe?.window ?? min(window, opened)) }

    /// What the window may grow to until the next round ends, with what is acknowledged.
    var limit: Int { Int(isStarting ? min(window * 2, ceiling) : probe?.window ?? window) }

    /// - Parameters:
    ///   - packetSize: bytes of a full packet, which may be more than a unit.
    ///   - now: in ns, from any start.
    mutating func finished(_ round: PathMeter.Round, packetSize: Int, at now: UInt64) {
        packet = Double(packetSize) / Double(unit)
        let elapsed = lastRound.map { now &- $0 } ?? 0
        lastRound = now
        let probed = probe
        // After a look below the queue what was given up is taken back within a round, with what is
        // acknowledged.
        opened = isStarting ? .infinity : probed.map { max($0.window, window / 2) } ?? window
        if round.roundTrip != .max { see(round.roundTrip, at: now) }
        switch judge.judge(round, circumstances(of: round, at: now)) {
        case .congestion: fallBack(at: now)
        case .mistaken: recover(at: now)
        case .pending: break
        case .none:
            // A window that was not used shows nothing; and while it is lowered on purpose, nothing
            // else is done.
            if Double(round.bytes) >= window * 0.75 * Double(unit), probed == nil, probe == nil {
                grow(round, at: now)
            } else {
                growth?.rest(elapsed)
            }
        }
        lossyRounds = lossyRounds << 1 | (round.resent > 0 ? 1 : 0)
        if lossyRounds.nonzeroBitCount > 2 { window = min(window, Self.largestLossyWindow * packet) }
    }

    /// SCTP's timer has run out: nothing has come for long. Begins anew, to half of what was (RFC
    /// 9260 §7.2.3).
    mutating func timedOut() {
        guard window > Self.smallestWindow else { return }
        ceiling = max(window / 2, Self.smallestWindow)
        growth = CubicGrowth(from: ceiling / packet, to: ceiling / packet, at: lastRound ?? 0)
        window = Self.smallestWindow
        isStarting = true
        uncut.window = 0
        hasBeenCut = true
        judge.timedOut()
    }

    private func circumstances(of round: PathMeter.Round, at now: UInt64) -> LossJudge.Circumstances {
        LossJudge.Circumstances(
            delay: round.roundTrip == .max ? 0 : round.roundTrip - min(base, round.roundTrip),
            visibleDelay: visibleDelay, isLow: isBelow(uncut.window * 0.85, at: now),
            isBelow: isBelow(uncut.window, at: now), isStarting: isStarting,
            isCompeting: isCompeting, now: now)
    }

    /// Whether the window is smaller than that, and the last cuts are not long ago.
    private func isBelow(_ former: Double, at now: UInt64) -> Bool {
        window < former && now &- uncut.time < 3 * Self.memory
    }

    /// Less than this is noise, in ns.
    private var visibleDelay: UInt64 { max(1_000_000, base / 32) }
}

// How the window grows and falls.
extension DelayControl {
    private mutating func grow(_ round: PathMeter.Round, at now: UInt64) {
        guard !isStarting else { return start(round) }
        guard round.roundTrip != .max else { return }
        let cap = growth?.advance(roundTrip: base, at: now)
        if let cap, let growth, cap > 2 * growth.largest, !isCompeting { self.growth = nil }
        let allowed = cap.map { $0 * packet } ?? .infinity
        if isCompeting {
            // Where it was long in coming it comes by steps, for the queue may be full meanwhile.
            window = max(window, min(window * 1.125, allowed))
            testWhetherAlone(round.roundTrip, at: now)
        } else {
            steer(round, allowed: allowed, at: now)
        }
    }

    /// Doubles, until a queue shows. Then it looks whose that is.
    private mutating func start(_ round: PathMeter.Round) {
        // Round trips grow within a round: the last one tells of what the window is now.
        let queue = queue(at: round.lastRoundTrip)
        let isShown = queue > wantedQueue(at: round.lastRoundTrip)
        guard isShown || window * 2 > ceiling else {
            window *= 2
            return
        }
        isStarting = false
        ceiling = .infinity
        if isShown { lookBelow(round.lastRoundTrip) }
        window = max(window - queue, Self.smallestWindow)
    }

    /// Goes half of the way to where the queue is as wanted.
    private mutating func steer(_ round: PathMeter.Round, allowed: Double, at now: UInt64) {
        let (queue, wanted) = (queue(at: round.roundTrip), wantedQueue(at: round.roundTrip))
        emptyRounds = queue < wanted / 4 ? emptyRounds + 1 : 0
        if crowding.isFound(
            window: window, queue: (queue, wanted), roundTrip: (round.roundTrip, base), at: now)
        {
            compete(as: crowding.window, since: crowding.time, delay: round.roundTrip - base, at: now)
            return
        }
        // A queue that does not show for long says that the path is much larger: doubling ended too
        // early.
        let step = emptyRounds > 3 ? window / 4 : (wanted - queue) / 2
        if step > 0 {
            window = max(window, min(window + step, allowed))
        } else {
            window = max(window + max(step, -window / 4), Self.smallestWindow)
        }
    }

    /// How many of the window's packets wait in a queue.
    private func queue(at roundTrip: UInt64) -> Double {
        roundTrip > base && roundTrip != .max ? window * (1 - Double(base) / Double(roundTrip)) : 0
    }

    /// How many should. What grows slower than the window makes connections over one link share it
    /// alike: who has more is content with less. The rest bridges the time in which a processor is
    /// elsewhere: 2 ms.
    private func wantedQueue(at roundTrip: UInt64) -> Double {
        4 * window.squareRoot() + window * 2_000_000 / Double(max(roundTrip, 2_000_000))
    }

    /// A queue is full.
    private mutating func fallBack(at now: UInt64) {
        hasBeenCut = true
        if !isBelow(uncut.window, at: now) { uncut = (window, isStarting, now) }
        let packets = window / packet
        let largest =
            if isStarting {
                // It was enough a round ago, when it was half of this.
                packets * 0.75
            } else if let growth, packets < growth.largest {
                // Others have come: leave them something (RFC 9438 §4.7).
                packets * (1 + CubicGrowth.cut) / 2
            } else {
                packets
            }
        window = max(window * (isStarting ? 0.5 : CubicGrowth.cut), Self.smallestWindow)
        (isStarting, ceiling) = (false, .infinity)
        opened = window
        growth = growth(to: largest, at: now)
    }

    /// From the window that is now. Beside others it is four times as fast as theirs: they had the
    /// queue first, and each look below it gives them some of ours.
    private func growth(to largest: Double, at now: UInt64) -> CubicGrowth {
        CubicGrowth(
            from: window / packet, to: largest, speed: CubicGrowth.usualSpeed * (isCompeting ? 4 : 1), at: now)
    }

    /// It was none: what was taken away is given back.
    private mutating func recover(at now: UInt64) {
        window = max(window, uncut.window)
        isStarting = uncut.isStarting
        growth = isCompeting ? growth(to: window / packet, at: now) : nil
    }
}

// Whose the queue is.
extension DelayControl {
    /// Takes part in filling the queue, as if it had never begun to give way.
    ///
    /// - Parameters:
    ///   - former: the window before, in units, and when it was that.
    private mutating func compete(as former: Double, since time: UInt64, delay: UInt64, at now: UInt64) {
        isCompeting = true
        window = max(window, former * 0.75)
        // Who comes to a full queue and was never cut has no share yet that it could grow to: it
        // goes on until a loss shows one.
        growth = !hasBeenCut && crowding.window == 0 ? nil : growth(to: max(former, window) / packet, at: time)
        others = (delay, now &+ Self.testInterval.time, 0)
    }

    /// Now and then, while their queue is long, looks whether they are still there.
    private mutating func testWhetherAlone(_ roundTrip: UInt64, at now: UInt64) {
        let delay = roundTrip - base
        others.delay = max(others.delay - others.delay / 64, delay)
        guard now > others.nextTest, others.absences > 0 || Double(delay) > 0.6 * Double(others.delay) else { return }
        others.nextTest = now &+ max(Self.testInterval.time, Self.testInterval.rounds &* roundTrip)
        lookBelow(roundTrip)
    }

    private mutating func lookBelow(_ roundTrip: UInt64) {
        probe = QueueProbe(
            window: max((window - queue(at: roundTrip)) * 0.75, Self.smallestWindow),
            delayBefore: roundTrip - min(base, roundTrip),
            wantedDelay: UInt64(wantedQueue(at: roundTrip) / window * Double(roundTrip)))
    }

    private mutating func see(_ roundTrip: UInt64, at now: UInt64) {
        if roundTrip <= base { (base, baseSeen) = (roundTrip, now) }
        if var probe {
            let isFinished = probe.isFinished(by: roundTrip)
            self.probe = isFinished ? nil : probe
            if isFinished { conclude(probe, at: now) }
        } else if now &- baseSeen > Self.memory, !isCompeting {
            lookBelow(roundTrip)
        }
    }

    private mutating func conclude(_ probe: QueueProbe, at now: UInt64) {
        let remaining = probe.remaining(above: base)
        guard isCompeting else {
            if remaining > max(probe.delayBefore / 2, probe.wantedDelay, 2 * visibleDelay) {
                compete(
                    as: max(crowding.window, window), since: crowding.window > window ? crowding.time : now,
                    delay: remaining, at: now)
            } else {
                (base, baseSeen) = (probe.shortest, now)
            }
            return
        }
        if now &- baseSeen > 3 * Self.memory { (base, baseSeen) = (probe.shortest, now) }
        others.absences = remaining < probe.delayBefore / 4 ? others.absences + 1 : 0
        if others.absences == 1 { others.nextTest = now &+ 8 &* base }
        guard others.absences > 1 else { return }
        isCompeting = false
        window = probe.window
        growth = nil
        crowding = Crowding()
    }
}
