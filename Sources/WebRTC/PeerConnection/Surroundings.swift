package import ICE
package import NetworkLoop

/// What a connection stands on. An application has no say in it; a simulation has others of each.
package struct Surroundings: Sendable {
    /// The loops, and with them the clock.
    package var pool: LoopPool
    /// How a transport gets its way to the peer.
    package var makePath: PathMaker
    /// What moves the timers of SCTP; nil if somebody else does, or nobody.
    package var ticker: SCTPTicker?
    /// Where tasks run that belong to no actor; nil for wherever Swift has them run.
    package var executor: (any TaskExecutor)?

    /// Those of an application, but for what is given.
    package init(
        pool: LoopPool = .shared, makePath: @escaping PathMaker = ICEAgent.paths, ticker: SCTPTicker? = .shared,
        executor: (any TaskExecutor)? = nil
    ) {
        self.pool = pool
        self.makePath = makePath
        self.ticker = ticker
        self.executor = executor
    }
}
