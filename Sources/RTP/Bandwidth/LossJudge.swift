/// Whether packets are lost because too many are sent.
///
/// A radio link loses some of what passes, however little that is; a full queue or a policer loses
/// what is too much. So when more is lost than was known of the path, less is sent for a while, as
/// much as arrived. If as much is lost then, the path is just like that: this share is held
/// for its own, and nothing was gained by sending less. Else it is a limit.
///
/// Pure; times are in microseconds by the sender's clock, rates in bit/s.
struct LossJudge: Sendable {
    enum Verdict: Sendable, Equatable {
        /// More is lost than the path's own share: this much of what is sent arrives and could
        /// go on doing so.
        case tooMuch(share: Double)
        /// The last complaint was wrong.
        case asBefore
    }

    private struct Trial: Sendable {
        let loss: Double
        /// What it should be now, if there was too much.
        let hoped: Double
        let since: Int64
    }

    /// What is measured at once takes from so long to so long.
    private static let shortest: Int64 = 250_000
    private static let longest: Int64 = 2_000_000
    /// A path that loses more by itself is of no use.
    private static let greatestOwn = 0.25

    private var arrived = 0
    private var lost = 0
    private var since: Int64?
    /// Packets that were sent before do not count.
    private var from: Int64 = .min
    private var trial: Trial?

    /// The share of packets that the path loses by itself.
    private(set) var own = 0.0

    /// Whether it is being found out if sending less helps.
    var isTrying: Bool { trial != nil }

    /// - Parameter wasToldLost: it was noted as lost before.
    mutating func add(isLost: Bool, wasToldLost: Bool, sentAt: Int64) {
        guard sentAt >= from else { return }
        if isLost { lost += 1 } else { arrived += 1 }
        if wasToldLost, lost > 0 { lost -= 1 }
    }

    /// What there is to say now, if anything.
    ///
    /// - Parameters:
    ///   - isQueueing: whether packets wait, too: then losses are certainly not the path's own.
    ///   - response: the time in microseconds until what was sent can be told.
    mutating func judge(isQueueing: Bool, response: Int64, now: Int64) -> Verdict? {
        if let trial, now < trial.since + response { return nil }
        guard let start = since else {
            since = now
            return nil
        }
        let count = arrived + lost
        let time = now - start
        guard time >= Self.shortest, count >= 10 else { return nil }
        let loss = Double(lost) / Double(count)
        // By chance it is more than that once in a long while.
        let expected = Double(count) * own
        let chance = expected + 0.02 * Double(count)
        let isTooMuch = Double(lost) >= chance + 2 * chance.squareRoot() + 1
        if let trial {
            guard count >= 150 || time >= Self.longest || isTooMuch && count >= 60 else { return nil }
            self.trial = nil
            begin(now)
            if !isQueueing, loss > 0.5 * (trial.hoped + trial.loss), loss < 2 * Self.greatestOwn {
                own = min(max(own, 0.5 * (loss + min(trial.loss, loss))), Self.greatestOwn)
                return .asBefore
            }
            return isTooMuch ? complain(loss, now) : nil
        }
        if isTooMuch { return complain(loss, now) }
        if count >= 400 || time >= Self.longest {
            // Only a trial tells that it is more.
            own += 0.3 * min(0, loss - own)
            begin(now)
        }
        return nil
    }

    private mutating func complain(_ loss: Double, _ now: Int64) -> Verdict {
        begin(now)
        let share = max(0.3, min((1 - loss) / max(0.01, 1 - own), 1))
        from = now
        trial = Trial(loss: loss, hoped: max(own, 1 - (1 - loss) / share), since: now)
        return .tooMuch(share: share)
    }

    /// Forgets what was counted: nothing can be said of it.
    mutating func abandon(now: Int64) {
        trial = nil
        from = now
        begin(now)
    }

    private mutating func begin(_ now: Int64) { (arrived, lost, since) = (0, 0, now) }
}
