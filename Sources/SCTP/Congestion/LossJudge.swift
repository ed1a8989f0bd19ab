/// Tells losses that mean a full queue from those that come by chance.
///
/// Many do, wherever they come from. So do those that come while a queue stands, if more follow at
/// once, or if the queue shrinks although our window does not: then others, who lost as well, have
/// answered. And so do those that recur while no queue shows. A single one else is no reason for
/// anything.
///
/// A few losses do not prove it. What was found is put to the test: if as much is lost when less is
/// sent and the queue is gone, it was chance, and for some time as much of it does not count.
struct LossJudge {
    enum Verdict: Equatable {
        /// Nothing that counts was lost.
        case none
        /// The next rounds tell: the window has to stay as it is.
        case pending
        /// A queue is full.
        case congestion
        /// That was not so, when it was said last.
        case mistaken
    }

    /// What the control knows of a round.
    struct Circumstances {
        /// How long packets waited in a queue at least, in ns.
        var delay: UInt64
        /// From where on such a wait is more than noise, in ns.
        var visibleDelay: UInt64
        /// The window is clearly smaller than when a queue was found full, not long ago.
        var isLow: Bool
        /// It has not grown beyond that since.
        var isBelow: Bool
        /// The window doubles with every round, which ends soon: losses without a queue do not
        /// count.
        var isStarting: Bool
        /// The queue is known to be another's.
        var isCompeting: Bool
        /// In ns, from any start.
        var now: UInt64
    }

    private struct Tally {
        var sent = 0
        var lost = 0
        var share: Double { sent > 0 ? Double(lost) / Double(sent) : 0 }

        mutating func add(_ round: PathMeter.Round) {
            sent += round.sent
            lost += round.resent
        }
    }

    /// A queue that was found full: how much was lost, and how long packets waited in it.
    private struct Finding {
        var share: Double
        var delay: UInt64
    }

    /// A loss beside a queue, and the shortest queue in the rounds after it.
    private struct Watch {
        var delay: UInt64
        var shortest: UInt64
        var rounds = LossJudge.watchedRounds
        /// Our sending has paused, so a queue of ours has shrunk by that.
        var isDisturbed = false
    }

    private static let watchedRounds = 4
    /// For so long, in ns, losses by chance are believed to go on, …
    private static let trust: UInt64 = 10_000_000_000
    /// … the next single loss beside a queue is not spared, …
    private static let grudge: UInt64 = 5_000_000_000
    /// … and a second one without a queue recurs.
    private static let recurrence: UInt64 = 2_000_000_000

    /// Since the many were last judged.
    private var recent = Tally()
    /// Since a queue was last found full, or was not.
    private var since = Tally()
    /// What of it was sent while the window was low and the queue gone.
    private var calm = Tally()
    private var finding: Finding?
    private var watch: Watch?
    /// Rounds of which losses do not count, as they left before a cut.
    private var pardonedRounds = 0
    private var spared: UInt64?
    private var lonely: UInt64?

    /// What is lost by chance, as it was measured, until when that is believed, and what has come
    /// since.
    private var chance = 0.0
    private var chanceEnds: UInt64 = 0
    private var underChance = Tally()

    /// Judges the losses of a round.
    mutating func judge(_ round: PathMeter.Round, _ seen: Circumstances) -> Verdict {
        guard pardonedRounds == 0 else {
            pardonedRounds -= 1
            return .none
        }
        recent.add(round)
        since.add(round)
        // Long ago counts less.
        if since.sent > 50_000 { since = Tally(sent: since.sent / 2, lost: since.lost / 2) }
        if hasLostMany { return found(seen) }
        if isRefuted(by: round, seen) { return .mistaken }
        return watch == nil ? consider(round, seen) : watch(round, seen)
    }

    /// SCTP's timer has run out, and the window begins anew.
    mutating func timedOut() {
        finding = nil
        calm = Tally()
        forget()
    }

    /// More than 3 in 100 of at least 100, and some for chance.
    private var hasLostMany: Bool {
        mutating get {
            let limit = 3 + 0.03 * Double(recent.sent)
            guard recent.sent >= 100 || Double(recent.lost) > limit else { return false }
            defer { recent = Tally() }
            return Double(recent.lost) > limit
        }
    }

    /// Whether it is clear by now that what was found last was chance.
    private mutating func isRefuted(by round: PathMeter.Round, _ seen: Circumstances) -> Bool {
        guard let finding, seen.isLow, seen.delay < max(seen.visibleDelay, finding.delay / 2) else { return false }
        calm.add(round)
        guard calm.lost >= 4, calm.share >= finding.share / 2 else { return false }
        chance = max(calm.share, since.share)
        chanceEnds = seen.now &+ Self.trust
        underChance = Tally()
        timedOut()
        return true
    }

    private mutating func consider(_ round: PathMeter.Round, _ seen: Circumstances) -> Verdict {
        if isByChance(round, at: seen.now) || round.resent == 0 { return .none }
        if seen.delay > seen.visibleDelay {
            let isSpared = spared.map { seen.now &- $0 >= Self.grudge } ?? true
            guard isSpared, !seen.isCompeting, round.resent <= 5 else { return found(seen) }
            watch = Watch(delay: seen.delay, shortest: seen.delay)
            return .pending
        }
        defer { lonely = seen.now }
        guard !seen.isStarting, finding == nil, let lonely, seen.now &- lonely < Self.recurrence else { return .none }
        return found(seen)
    }

    /// Whether no more is lost than is by chance, as it was measured.
    private mutating func isByChance(_ round: PathMeter.Round, at now: UInt64) -> Bool {
        guard now < chanceEnds else { return false }
        underChance.add(round)
        if Double(underChance.lost) <= 4 + 2 * chance * Double(underChance.sent) { return true }
        chanceEnds = now
        return false
    }

    private mutating func watch(_ round: PathMeter.Round, _ seen: Circumstances) -> Verdict {
        guard var watch else { return .none }
        // What is lost in the first of them may be the loss itself, repeated once more.
        let expected = watch.rounds == Self.watchedRounds ? 2 : 0
        let hasPaused = round.reach > DelayControl.farthestReach
        if !hasPaused, !watch.isDisturbed {
            watch.rounds -= 1
            watch.shortest = min(watch.shortest, seen.delay)
        }
        watch.isDisturbed = hasPaused
        self.watch = watch
        if round.resent > expected || watch.shortest < watch.delay * 2 / 3 { return found(seen, delay: watch.delay) }
        guard watch.rounds == 0 else { return .pending }
        self.watch = nil
        spared = seen.now
        return .none
    }

    private mutating func found(_ seen: Circumstances, delay: UInt64? = nil) -> Verdict {
        // What is lost at smaller windows is evidence against the first finding.
        if finding == nil || !seen.isBelow {
            // The last two ended the count, and would make much of a few.
            let share = Double(max(since.lost - 2, 0)) / Double(max(since.sent, 1))
            finding = Finding(share: share, delay: delay ?? seen.delay)
            calm = Tally()
        }
        pardonedRounds = seen.isStarting ? 2 : 1
        forget()
        return .congestion
    }

    private mutating func forget() {
        (recent, since, watch, lonely) = (Tally(), Tally(), nil, nil)
    }
}
