/// What is known of another contender.
struct Sighting: Sendable {
    /// Whether it can be elected.
    enum Presence: Sendable, Hashable {
        /// It is there. It can take over from a leader that is there too once `eligibleAt` has
        /// come.
        case present(since: Duration, eligibleAt: Duration)
        /// It was unheard for too long or did not answer; a word from it brings it back.
        case silent(since: Duration)
        /// It said goodbye; only being seen anew brings it back, for words may arrive late.
        case gone(since: Duration)
    }

    private(set) var contender: Contender
    private(set) var presence: Presence
    private(set) var lastHeard: Duration
    private var flaps = 0

    init(_ contender: Contender, at now: Duration, configuration: ElectionConfiguration) {
        self.contender = contender
        lastHeard = now
        presence = .present(since: now, eligibleAt: now + configuration.settleDelay)
    }

    var isPresent: Bool {
        if case .present = presence { true } else { false }
    }

    var eligibleAt: Duration? {
        if case .present(_, let eligibleAt) = presence { eligibleAt } else { nil }
    }

    /// Whether nothing of it needs to be remembered any longer.
    func isForgotten(at now: Duration, configuration: ElectionConfiguration) -> Bool {
        switch presence {
        case .present: false
        case .silent(let since), .gone(let since): now - since >= configuration.flapMemory
        }
    }

    mutating func seen(_ contender: Contender, at now: Duration, configuration: ElectionConfiguration) {
        lastHeard = now
        let isBetter = contender.ballot > self.contender.ballot
        self.contender = contender
        guard case .present(let since, _) = presence else { return arrive(at: now, configuration) }
        guard isBetter else { return }
        // One that keeps improving itself is no more to be trusted at once than one that comes and
        // goes.
        flaps = now - since >= configuration.flapMemory ? 1 : flaps + 1
        arrive(at: now, configuration)
    }

    mutating func heard(at now: Duration, configuration: ElectionConfiguration) {
        lastHeard = now
        if case .silent = presence { arrive(at: now, configuration) }
    }

    mutating func fellSilent(at now: Duration, configuration: ElectionConfiguration) {
        leave(.silent(since: now), at: now, configuration)
    }

    mutating func vanished(at now: Duration, configuration: ElectionConfiguration) {
        leave(.gone(since: now), at: now, configuration)
    }

    /// Time that this node has not lived through is nobody's silence.
    mutating func shift(by time: Duration) { lastHeard += time }

    private mutating func leave(_ next: Presence, at now: Duration, _ configuration: ElectionConfiguration) {
        switch (presence, next) {
        case (.present(let since, _), _):
            flaps = now - since >= configuration.flapMemory ? 1 : flaps + 1
            presence = next
        case (.silent(let since), .gone): presence = .gone(since: since)
        default: break
        }
    }

    private mutating func arrive(at now: Duration, _ configuration: ElectionConfiguration) {
        let longest = max(configuration.longestProbation, configuration.settleDelay)
        var probation = configuration.settleDelay
        for _ in 0..<flaps where probation < longest { probation = min(probation * 2, longest) }
        presence = .present(since: now, eligibleAt: now + probation)
    }
}
