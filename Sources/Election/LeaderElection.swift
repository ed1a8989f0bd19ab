/// A bully election: the best contender that is there leads, by the votes of those that it reaches.
///
/// Discovery tells of contenders; links carry the votes. Each node names the best contender it
/// sees, and nodes that see the same name the same. The rest makes it safe:
/// - A new node listens for a settle delay before it names a leader, so it does not name itself in
///   an established group.
/// - Who is to lead asks all it has links to, first whether they would vote for it, then for their
///   vote. Each votes once in a term, for nobody while it hears a leader that is as good, and for
///   nobody worse than itself. So a death is confirmed by all others that could hear the dead.
/// - A leader says every quarter of a second that it leads, with its term. Whoever hears a higher
///   term gives up a lower one: a leader that was stopped and comes back steps down.
/// - A better contender takes over from a leader that is still there only after it has been there
///   for a probation. One that comes and goes, or keeps raising its priority, waits twice as long
///   each time.
/// - Time that this node has not lived through, since its process was stopped or had no processor,
///   is nobody's silence: it doubts itself before anybody else.
/// - Contenders that have no link to this node, or do not speak of votes, are followed as they are
///   seen: that is how the first links come about.
///
/// The parts of a network that is cut elect one each; when they meet, the higher term leads, and
/// the best takes over from it.
///
/// The state is a value and time is an argument: any count of time that does not run backwards, the
/// same one in all calls. Call ``advance(to:)`` when ``nextDeadline`` has come.
public struct LeaderElection: Sendable {
    /// What the node is to do.
    public enum Action: Sendable, Hashable {
        /// Follow this leader; lead if it is the node itself. The leader has claimed the term if
        /// ``Term/leader`` is its id, and is expected to if not.
        case leaderChanged(Contender, Term)
        /// Say something to another node, in order.
        case send(ElectionMessage, to: ContenderID)
    }

    /// This node.
    public internal(set) var own: Contender
    /// The leader; `nil` only until one is known.
    public internal(set) var leader: Contender?
    /// The highest term that is known.
    public internal(set) var term = Term()

    let configuration: ElectionConfiguration
    let settledAt: Duration
    var now: Duration
    var sightings: [ContenderID: Sighting] = [:]
    var voices = Voices()
    /// Whom this node has voted for last.
    var vote: Term?
    var campaign: Campaign?
    /// No campaign before this.
    var campaignsAgainAt: Duration
    var campaignsLost = 0
    /// When the leader itself was heard, and when others said that they hear it.
    var lastBeat: Duration
    var lastRelay: Duration?
    /// Whether this node was stopped since then, and has waited for the leader.
    var hasWaited = false
    /// When the leader counts as gone, unless it is heard before.
    var doubtEnd: Duration?
    /// Since when there is nobody who leads.
    var leaderlessSince: Duration?
    /// When something is said to all: by a leader that it leads, by who hears none that it asks.
    var nextRound: Duration
    var actions: [Action] = []
    private var reported: (leader: ContenderID, term: Term)?

    /// An election that this node enters now.
    public init(own: Contender, configuration: ElectionConfiguration = ElectionConfiguration(), at now: Duration) {
        self.own = own
        self.configuration = configuration
        self.now = now
        settledAt = now + configuration.settleDelay
        (campaignsAgainAt, lastBeat, nextRound) = (now, now, now)
    }

    /// Whether this node leads.
    public var isLeader: Bool { leader?.id == own.id }

    /// The contenders that are there, this node among them, the best first.
    public var contenders: [Contender] {
        ([own] + others).sorted { $0.ballot > $1.ballot }
    }

    // MARK: - Inputs

    /// Another contender was found, is still there, or has another priority than before.
    public mutating func contenderSeen(_ contender: Contender, at time: Duration) -> [Action] {
        guard contender.id != own.id else { return advance(to: time) }
        pass(to: time, hearing: contender.id)
        if sightings[contender.id] != nil {
            sightings[contender.id]?.seen(contender, at: now, configuration: configuration)
            if leader?.id == contender.id { leader = contender }
        } else if makeRoom(for: contender) {
            sightings[contender.id] = Sighting(contender, at: now, configuration: configuration)
        }
        return conclude()
    }

    /// A known contender gave a sign of life, such as anything that it says over its link.
    public mutating func contenderHeard(_ id: ContenderID, at time: Duration) -> [Action] {
        pass(to: time, hearing: id)
        if id == leader?.id, isClaimed, voices.contains(id) { (lastBeat, doubtEnd, hasWaited) = (now, nil, false) }
        return conclude()
    }

    /// A contender did not answer, such as a leader whose server cannot be reached though discovery
    /// still has it. It counts again once it is seen or heard.
    public mutating func contenderFellSilent(_ id: ContenderID, at time: Duration) -> [Action] {
        pass(to: time)
        sightings[id]?.fellSilent(at: now, configuration: configuration)
        return conclude()
    }

    /// A contender withdrew. It counts again once it is seen.
    public mutating func contenderVanished(_ id: ContenderID, at time: Duration) -> [Action] {
        pass(to: time)
        sightings[id]?.vanished(at: now, configuration: configuration)
        return conclude()
    }

    /// Something speaks against a contender, such as a connection to it that broke. A leader that
    /// is doubted has ``ElectionConfiguration/doubtTimeout`` to say something; then it counts as
    /// gone.
    public mutating func contenderDoubted(_ id: ContenderID, at time: Duration) -> [Action] {
        pass(to: time)
        if id == leader?.id, id != own.id, isClaimed, doubtEnd == nil {
            doubtEnd = now + (voices.contains(id) ? configuration.doubtTimeout : .zero)
            if voices.contains(id) { say(.query, to: id) }
        }
        return conclude()
    }

    /// There is a link to a node, who may vote.
    public mutating func linkOpened(to id: ContenderID, at time: Duration) -> [Action] {
        pass(to: time)
        if id != own.id { say(ownState, to: id) }
        return conclude()
    }

    /// There is no link to a node any more.
    public mutating func linkClosed(to id: ContenderID, at time: Duration) -> [Action] {
        pass(to: time)
        voices.remove(id)
        campaign?.waiting.remove(id)
        if id == leader?.id, isClaimed { doubtEnd = now }
        return conclude()
    }

    /// A node that there is a link to has said something.
    public mutating func received(_ message: ElectionMessage, from id: ContenderID, at time: Duration) -> [Action] {
        guard id != own.id else { return advance(to: time) }
        pass(to: time, hearing: id)
        voices.hear(id, at: now)
        if id == leader?.id { doubtEnd = nil }
        // Nobody counts that far.
        if message.number <= UInt64.max / 2 { take(message, from: id) }
        return conclude()
    }

    /// This node has another priority than before.
    public mutating func ownPriorityChanged(_ priority: Priority, at time: Duration) -> [Action] {
        pass(to: time)
        own.priority = priority
        if isLeader { leader = own }
        return conclude()
    }

    /// Time has passed.
    public mutating func advance(to time: Duration) -> [Action] {
        pass(to: time)
        return conclude()
    }

    private mutating func conclude() -> [Action] {
        choose()
        if let leader, reported?.leader != leader.id || reported?.term != term,
            isClaimed || reported?.leader != leader.id
        {
            reported = (leader.id, term)
            actions.append(.leaderChanged(leader, term))
        }
        defer { actions = [] }
        return actions
    }

    // MARK: - Contenders

    var others: [Contender] {
        sightings.values.filter(\.isPresent).map(\.contender)
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
