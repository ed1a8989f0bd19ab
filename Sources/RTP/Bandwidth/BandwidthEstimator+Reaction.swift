/// What is done about it. Times are in microseconds, rates in bit/s.
extension BandwidthEstimator {
    /// What TCP sends more with each round trip, in bits.
    private static let segment = 10_000.0
    /// So many times the estimate is probed, once it is known that there are limits.
    private static let probeFactor = 1.6
    /// For so long losses are those of a queue that is being emptied, in microseconds.
    private static let drainTime: Int64 = 2_000_000
    /// What a probe may make wait, in microseconds.
    private static let probeQueue = 30_000.0

    mutating func react(_ counts: Counts, now: Int64) {
        if let before = beforeTimeout {
            beforeTimeout = nil
            probing.want(0.85 * before, now: now)
        }
        let verdict = loss.judge(
            isQueueing: queue.queue > 50_000 || contest.isOn, response: roundTrip + 50_000, now: now)
        let wasContested = contest.isOn
        contest.note(
            queue: queue.queue, slope: queue.slope,
            packetTime: Int64(8_000_000 * packetSize / max(1_000, estimate, lastProbe)),
            roundTrip: roundTrip, now: now)
        // It need not have given way.
        if contest.isOn, !wasContested { estimate = max(estimate, 0.5 * contest.before) }
        queue.isFrozen = contest.isOn
        markedShare += 0.1 * (Double(counts.marked) / Double(max(1, counts.arrived)) - markedShare)
        if counts.marked > 0 { takeMarks(now: now) }
        if contest.isOn {
            contend(counts, now: now)
        } else if queue.pressure > queue.threshold + (isProbed ? Self.probeQueue : 0), queue.queue > 10_000 {
            drain(now: now)
        } else {
            heed(verdict, now: now)
            goOn(now: now)
        }
        if let probe = counts.probe { take(probe, now: now) }
        estimate = max(Double(settings.minimum), min(estimate, Double(settings.maximum)))
        probe(now: now)
    }

    // MARK: Less

    /// A queue grows: sends less than arrives, by so much that it is soon empty.
    private mutating func drain(now: Int64) {
        lastIncrease = now
        // What the last step does cannot be seen yet.
        if let last = lastDecrease, now - last < roundTrip + 200_000 { return }
        // The path was busy all of the time that the queue is long.
        guard let rate = delivered.rate(over: queue.queue > 40_000 ? 300_000 : 600_000) else { return }
        let step = min(0.4, 0.08 + Double(queue.queue) / 600_000)
        var target = rate * (1 - step)
        if isApplicationLimited { target = max(target, 0.7 * estimate) }
        lastDecrease = now
        contest.noteDecrease(from: estimate)
        // What is lost now was too much for the queue.
        loss.abandon(now: now)
        beforeTrial = nil
        guard target < estimate else { return }
        capacity = rate
        // The queue may be long to empty: what was sent before it grew counts, not what is sent
        // now.
        afterDrain = min(0.92 * rate, max(estimate, 0.95 * (afterDrain ?? 0)))
        if let goal = afterDrain, goal < target { afterDrain = target }
        if target < 0.66 * estimate { probing.postpone(to: now + 2_000_000) }
        estimate = target
    }

    private mutating func heed(_ verdict: LossJudge.Verdict?, now: Int64) {
        switch verdict {
        case .tooMuch where afterDrain != nil && lastDecrease.map { now - $0 < Self.drainTime } ?? false:
            // The queue is still full: it is known what the path takes once it is empty.
            loss.abandon(now: now)
        case .tooMuch(let share):
            beforeTrial = estimate
            let rate = min(estimate, max(offered.rate(over: 1_000_000) ?? estimate, 0.5 * estimate))
            estimate = min(estimate, 0.98 * share * rate)
            (lastDecrease, lastIncrease, afterDrain) = (now, now, nil)
        case .asBefore:
            if let before = beforeTrial { estimate = max(estimate, before) }
            beforeTrial = nil
        case nil:
            guard beforeTrial != nil, !loss.isTrying else { return }
            // It has helped: this is what the path takes.
            beforeTrial = nil
            capacity = estimate
            // If it is so again and again, it is tried less often.
            let isAgain = now < cautiousUntil + 20_000_000
            caution = isAgain ? min(2 * caution, 60_000_000) : 5_000_000
            cautiousUntil = now + max(caution, 5_000_000)
            probing.postpone(to: cautiousUntil)
        }
    }

    /// Of packets that a queue has marked instead of dropping them a half counts (RFC 8257 §3.3).
    private mutating func takeMarks(now: Int64) {
        if let last = lastDecrease, now - last < roundTrip { return }
        estimate *= 1 - 0.5 * markedShare
        (lastDecrease, lastIncrease, capacity) = (now, now, estimate)
    }

    // MARK: More

    /// Nothing is wrong.
    private mutating func goOn(now: Int64) {
        let time = Double(min(max(0, now - lastIncrease), 500_000)) / 1_000_000
        lastIncrease = now
        guard queue.pressure < 0.5 * queue.threshold else { return }
        if let goal = afterDrain {
            (estimate, afterDrain) = (max(estimate, goal), nil)
            return
        }
        guard !isApplicationLimited, !loss.isTrying, let rate = delivered.rate(over: 500_000) else { return }
        // A packet more each 200 ms, however far it is: all that share a path should gain alike.
        let slow = max(40 * packetSize, 0.02 * estimate)
        if let known = capacity, estimate > 1.2 * known { capacity = nil }
        let isNear = capacity.map { estimate > 0.85 * $0 } ?? false
        let gain = now < cautiousUntil ? 0.04 * estimate : isNear ? min(slow, 0.2 * estimate) : 0.1 * estimate
        let most = 1.5 * rate / (1 - loss.own) + 10_000
        estimate = max(estimate, min(estimate + gain * time, most))
    }

    /// Somebody fills the queue: sends more and more until something is lost.
    private mutating func contend(_ counts: Counts, now: Int64) {
        let time = Double(min(max(0, now - lastIncrease), 500_000)) / 1_000_000
        lastIncrease = now
        afterDrain = nil
        let lost = Double(counts.lost)
        let rate = delivered.rate(over: 1_000_000) ?? estimate
        if lost > 0, lost > 2 * loss.own * Double(counts.lost + counts.arrived) {
            if let last = lastDecrease, now - last < roundTrip + 100_000 { return }
            estimate = 0.8 * min(estimate, rate)
            (lastDecrease, capacity) = (now, nil)
        } else if !isApplicationLimited {
            let trip = max(0.02, Double(roundTrip) / 1_000_000)
            let most = contest.isLow ? 0.05 : 0.5
            let gain = max(0.02 * estimate, min(Self.segment / trip / trip, most * estimate))
            estimate = max(estimate, min(estimate + gain * time, 1.25 * rate + 10_000))
        }
    }

    // MARK: Probes

    private mutating func take(_ result: ProbeResults.Result, now: Int64) {
        lastProbe = result.bitrate
        probing.noteResult(now: now)
        guard !contest.isOn, lastDecrease.map({ now - $0 > roundTrip }) ?? true else { return }
        if result.isFull {
            guard result.bitrate > estimate else { return }
            // What fits in for a moment may be a gap that others have left.
            estimate += (lastDecrease == nil ? 1 : 0.5) * (result.bitrate - estimate)
            capacity = nil
            probing.want(Self.probeFactor * estimate, now: now)
        } else if capacity == nil, lastDecrease == nil {
            estimate = max(estimate, 0.92 * result.bitrate)
        } else if result.bitrate > 1.3 * estimate {
            // Others are there: they are not pushed aside at once.
            estimate += 0.5 * (result.bitrate - estimate)
        }
    }

    /// No probe is faster, in bit/s.
    var mostProbed: Double {
        let ceiling = min(Double(settings.maximum), Double(receiverLimit ?? .max))
        if let wanted { return min(ceiling, 1.25 * Double(wanted)) }
        return min(ceiling, max(10_000_000, 8 * (offered.rate(over: 1_000_000) ?? 0)))
    }

    /// Asks for a probe if it is time for one.
    private mutating func probe(now: Int64) {
        let isCalm = queue.pressure < 0.6 * queue.threshold && afterDrain == nil && !loss.isTrying
        let isEnough = wanted.map { estimate >= Double($0) } ?? false
        let factor = lastDecrease == nil ? 2 : Self.probeFactor
        probing.isLong = lastDecrease != nil
        probing.schedule(
            at: factor * estimate, above: 1.1 * estimate, below: isEnough ? 0 : mostProbed,
            isCalm: isCalm && !contest.isOn && now >= cautiousUntil, now: now)
    }
}
