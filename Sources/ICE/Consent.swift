/// Consent of the peer to be sent to: RFC 7675 §5.1. Pure; time is a parameter.
///
/// An answer to a check of ours proves it, one that the peer's password has signed, and so does
/// what only the peer can have encrypted: senders that do not answer checks while they stream, such
/// as ffmpeg's WHIP, would be given up otherwise. RFC 7675 has the first alone; other stacks count
/// what they receive, too. Whatever else arrives may be anybody's, and is at most a reason to check
/// sooner.
struct Consent {
    enum Verdict: Hashable, Sendable {
        /// Proved a short time ago.
        case fresh
        /// Not proved for longer than the checks allow; the peer may be sent to, and may come back.
        case silent
        /// Not proved for ``expiry``: nothing may be sent.
        case expired
    }

    /// After this time without a proof a peer is silent: a check every 4 to 6 s, and a second for
    /// the answer.
    static let limit = Duration.seconds(7)
    /// How often to look.
    static let interval = Duration.seconds(2)
    /// The least time between two checks, RFC 7675 §5.1; looks at common times make of it 4 to 6 s.
    static let pause = Duration.seconds(4)
    /// The same while a check is unanswered and something is heard on the path: the check may have
    /// been lost.
    static let retry = Duration.milliseconds(500)
    /// How long the answer to a check may take before the check counts as unanswered.
    static let answerTimeout = Duration.seconds(1)
    /// Checks that may still be answered; the oldest are forgotten.
    static let maximumWaiting = 8

    /// How long until the next look: all connections look at the same times, so that a loop wakes
    /// once for all of its own.
    static func delay(at now: Duration) -> Duration {
        // `Duration` has no remainder.
        let (seconds, attoseconds) = now.components
        let (step, _) = interval.components
        return interval - Duration(secondsComponent: seconds % step, attosecondsComponent: attoseconds)
    }

    let expiry: Duration
    private(set) var lastProof: Duration
    private var lastCheck: Duration
    private var waiting: [(id: STUNBinding.TransactionID, sent: Duration)] = []
    private var arrival: Int64
    private var isHeardSinceProof = false
    private var isHeardSinceCheck = false

    /// - Parameters:
    ///   - expiry: how long a proof holds.
    ///   - arrival: see ``note(arrival:)``.
    init(expiry: Duration, arrival: Int64, now: Duration) {
        self.expiry = expiry
        self.arrival = arrival
        lastProof = now
        lastCheck = now
    }

    /// Whether an answer is awaited.
    var isWaiting: Bool { !waiting.isEmpty }

    /// Something has been heard on the path if the number is another than before.
    mutating func note(arrival: Int64) {
        guard arrival != self.arrival else { return }
        self.arrival = arrival
        isHeardSinceProof = true
        isHeardSinceCheck = true
    }

    /// Whether to check now.
    ///
    /// - Parameter atOnce: there is a reason to.
    func isDue(now: Duration, atOnce: Bool = false) -> Bool {
        let hasReason = atOnce || isWaiting && isHeardSinceCheck
        return now - min(now, lastCheck) >= (hasReason ? Self.retry : Self.pause)
    }

    /// A check leaves.
    mutating func check(_ id: STUNBinding.TransactionID, now: Duration) {
        if waiting.count == Self.maximumWaiting { waiting.removeFirst() }
        waiting.append((id, now))
        lastCheck = now
        isHeardSinceCheck = false
    }

    /// The peer has answered with success; false if no check has that number.
    mutating func prove(_ id: STUNBinding.TransactionID, now: Duration) -> Bool {
        guard isAwaited(id) else { return false }
        lastProof = now
        waiting = []
        isHeardSinceProof = false
        return true
    }

    /// Something has come since the last look that only the peer can have encrypted.
    mutating func hear(now: Duration) {
        lastProof = now
        isHeardSinceProof = false
    }

    /// The peer has answered, and says nothing about consent.
    mutating func forget(_ id: STUNBinding.TransactionID) { waiting.removeAll { $0.id == id } }

    func isAwaited(_ id: STUNBinding.TransactionID) -> Bool { waiting.contains { $0.id == id } }

    /// - Note: one lost check is no silence while something is heard.
    func verdict(now: Duration) -> Verdict {
        let silence = now - min(now, lastProof)
        if silence >= expiry { return .expired }
        let unanswered = waiting.count { now - min(now, $0.sent) >= Self.answerTimeout }
        return silence >= Self.limit && unanswered >= (isHeardSinceProof ? 2 : 1) ? .silent : .fresh
    }

    /// How long until there is something to do.
    func delay(now: Duration) -> Duration {
        let left = max(.zero, lastProof + expiry - now)
        return min(Self.delay(at: now), left)
    }
}
