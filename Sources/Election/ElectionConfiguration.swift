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

    /// Delays for a local network; see the properties.
    public init(
        settleDelay: Duration = .milliseconds(500), longestProbation: Duration = .seconds(8),
        flapMemory: Duration = .seconds(60), silenceLimit: Duration? = nil, mostContenders: Int = 1_024
    ) {
        self.settleDelay = settleDelay
        self.longestProbation = longestProbation
        self.flapMemory = flapMemory
        self.silenceLimit = silenceLimit
        self.mostContenders = mostContenders
    }
}
