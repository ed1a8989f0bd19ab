/// A bully election among nodes that all see each other: the best contender that is there leads.
///
/// Discovery tells every node of every other one, so no votes are exchanged. Each node names the
/// best contender it sees, and nodes that see the same name the same. What is left to decide is
/// when to believe what is seen:
/// - A new node listens for a settle delay before it names a leader, so it does not name itself in
///   an established group.
/// - A better contender takes over from a leader that is still there only after it has been there
///   for a probation, which is the settle delay: by then it has heard the others too and is ready
///   to lead. One that comes and goes, or keeps raising its priority, waits twice as long each
///   time.
/// - When the leader goes, the best contender that is there leads at once.
///
/// The state is a value and time is an argument: any count of time that does not run backwards, the
/// same one in all calls. Call ``advance(to:)`` when ``nextDeadline`` has come.
public struct LeaderElection: Sendable {
    /// What the node is to do.
    public enum Action: Sendable, Hashable {
        /// Follow this leader; lead if it is the node itself. The term is larger than that of any
        /// leader before.
        case leaderChanged(Contender, Term)
    }

    /// This node.
    public private(set) var own: Contender
    /// The leader; `nil` only during the settle delay.
    public private(set) var leader: Contender?
    /// The term of the leader.
    public private(set) var term = Term()

    private let configuration: ElectionConfiguration
    private let settledAt: Duration
    private var now: Duration
    private var sightings: [ContenderID: Sighting] = [:]

    /// An election that this node enters now.
    public init(own: Contender, configuration: ElectionConfiguration = ElectionConfiguration(), at now: Duration) {
        self.own = own
        self.configuration = configuration
        self.now = now
        settledAt = now + configuration.settleDelay
    }

    /// Whether this node leads.
    public var isLeader: Bool { leader?.id == own.id }

    /// The contenders that are there, this node among them, the best first.
    public var contenders: [Contender] {
        ([own] + others).sorted { $0.ballot > $1.ballot }
    }

    /// When ``advance(to:)`` has something to do, if nothing happens before.
    public var nextDeadline: Duration? {
        guard now >= settledAt, let leader else { return settledAt }
        var deadline: Duration?
        for sighting in sightings.values where sighting.isPresent {
            let takeover = sighting.contender.ballot > leader.ballot ? sighting.eligibleAt : nil
            let silence = configuration.silenceLimit.map { sighting.lastHeard + $0 }
            for time in [takeover, silence].compactMap({ $0 }) { deadline = min(deadline ?? time, time) }
        }
        return deadline
    }

    // MARK: - Inputs

    /// Another contender was found, is still there, or has another priority than before.
    public mutating func contenderSeen(_ contender: Contender, at time: Duration) -> [Action] {
        guard contender.id != own.id else { return advance(to: time) }
        pass(to: time, hearing: contender.id)
        if sightings[contender.id] != nil {
            sightings[contender.id]?.seen(contender, at: now, configuration: configuration)
        } else if makeRoom(for: contender) {
            sightings[contender.id] = Sighting(contender, at: now, configuration: configuration)
        }
        return elect()
    }

    /// A known contender gave a sign of life, such as a heartbeat.
    public mutating func contenderHeard(_ id: ContenderID, at time: Duration) -> [Action] {
        pass(to: time, hearing: id)
        return elect()
    }

    /// A contender did not answer, such as a leader whose server cannot be reached though discovery
    /// still has it. It counts again once it is seen or heard.
    public mutating func contenderFellSilent(_ id: ContenderID, at time: Duration) -> [Action] {
        pass(to: time)
        sightings[id]?.fellSilent(at: now, configuration: configuration)
        return elect()
    }

    /// A contender withdrew. It counts again once it is seen.
    public mutating func contenderVanished(_ id: ContenderID, at time: Duration) -> [Action] {
        pass(to: time)
        sightings[id]?.vanished(at: now, configuration: configuration)
        return elect()
    }

    /// This node has another priority than before.
    public mutating func ownPriorityChanged(_ priority: Priority, at time: Duration) -> [Action] {
        pass(to: time)
        own.priority = priority
        return elect()
    }

    /// Another node said which term it is in. Ours will not be smaller. A number in the upper half
    /// of the range is not believed: nobody counts that far.
    public mutating func termHeard(_ term: Term) {
        guard term.number <= UInt64.max / 2 else { return }
        self.term = max(self.term, term)
    }

    /// Time has passed.
    public mutating func advance(to time: Duration) -> [Action] {
        pass(to: time)
        return elect()
    }

    // MARK: - Choice

    private var others: [Contender] {
        sightings.values.filter(\.isPresent).map(\.contender)
    }

    private mutating func pass(to time: Duration, hearing id: ContenderID? = nil) {
        now = max(now, time)
        if let id { sightings[id]?.heard(at: now, configuration: configuration) }
        if let limit = configuration.silenceLimit {
            for (id, sighting) in sightings where sighting.isPresent && now - sighting.lastHeard >= limit {
                sightings[id]?.fellSilent(at: now, configuration: configuration)
            }
        }
        for (id, sighting) in sightings where sighting.isForgotten(at: now, configuration: configuration) {
            sightings[id] = nil
        }
    }

    private mutating func elect() -> [Action] {
        guard now >= settledAt else { return [] }
        var best = own
        for sighting in sightings.values where isElectable(sighting) && sighting.contender.ballot > best.ballot {
            best = sighting.contender
        }
        let isNew = best.id != leader?.id
        leader = best
        guard isNew else { return [] }
        term = term.next
        return [.leaderChanged(best, term)]
    }

    /// Probation protects a leader that is there; without one the best is elected at once.
    private func isElectable(_ sighting: Sighting) -> Bool {
        guard let eligibleAt = sighting.eligibleAt else { return false }
        let isLed = leader.map { $0.id == own.id || sightings[$0.id]?.isPresent == true } ?? false
        return !isLed || sighting.contender.id == leader?.id || eligibleAt <= now
    }

    /// Whether a contender that is not known yet may be remembered. When there are too many, those
    /// that are not there go first, then the worst.
    private mutating func makeRoom(for contender: Contender) -> Bool {
        guard sightings.count >= max(configuration.mostContenders, 1) else { return true }
        sightings = sightings.filter { $0.value.isPresent }
        guard sightings.count >= max(configuration.mostContenders, 1) else { return true }
        let removable = sightings.values.map(\.contender).filter { $0.id != leader?.id }
        guard let worst = removable.min(by: { $0.ballot < $1.ballot }) else { return false }
        guard worst.ballot < contender.ballot else { return false }
        sightings[worst.id] = nil
        return true
    }
}
