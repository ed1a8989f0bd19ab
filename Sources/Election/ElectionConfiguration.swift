/// The delays and limits of an election.
public struct ElectionConfiguration: Sendable, Hashable {
    /// How long a new node listens before it takes anyone, itself included, for the leader; and how
    /// long a better contender must be there before it takes over from a leader that is still
    /// there.
    public var settleDelay: Duration
    /// A contender that comes and goes waits twice as long each time before it can take over, up to
    /// this.
    public var longestProbation: Duration
    /// How long a contender must stay, or stay away, until its coming and going is forgotten.
    public var flapMemory: Duration
    /// How long a contender may be unheard before it counts as gone; `nil` to leave that to whoever
    /// sees it vanish.
    public var silenceLimit: Duration?
    /// How many other contenders are known at most. The best ones are kept.
    public var mostContenders: Int
    /// How often a leader says that it leads, to each node that it has a link to.
    public var beatInterval: Duration
    /// How long nothing may be heard of a leader before it counts as gone.
    public var beatTimeout: Duration
    /// How long a vote is waited for; who has not answered by then has none.
    public var answerTimeout: Duration
    /// How long a leader that is doubted has to say something.
    public var doubtTimeout: Duration

    /// Delays for a local network; see the properties.
    public init(
        settleDelay: Duration = .milliseconds(500), longestProbation: Duration = .seconds(8),
        flapMemory: Duration = .seconds(60), silenceLimit: Duration? = nil, mostContenders: Int = 1_024,
        beatInterval: Duration = .milliseconds(250), beatTimeout: Duration = .milliseconds(1_000),
        answerTimeout: Duration = .milliseconds(200), doubtTimeout: Duration = .milliseconds(150)
    ) {
        self.settleDelay = settleDelay
        self.longestProbation = longestProbation
        self.flapMemory = flapMemory
        self.silenceLimit = silenceLimit
        self.mostContenders = mostContenders
        self.beatInterval = beatInterval
        self.beatTimeout = beatTimeout
        self.answerTimeout = answerTimeout
        self.doubtTimeout = doubtTimeout
    }
}
