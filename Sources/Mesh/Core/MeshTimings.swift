/// How long ``MeshCore`` waits for what.
package struct MeshTimings: Sendable {
    /// A node listens this long before it takes anyone for the leader, itself included, and a
    /// better one has to be there this long before it takes over (see
    /// `ElectionConfiguration.settleDelay`).
    package var settle: Duration = .milliseconds(500)
    /// An attempt to open a link ends after this long.
    package var linkTimeout: Duration = .seconds(15)
    /// The first wait before a lost link is tried again; it doubles.
    package var linkRetry: Duration = .milliseconds(250)
    package var linkRetryLimit: Duration = .seconds(30)
    /// A link open this long is sound: the next loss starts with a short wait again.
    package var linkSound: Duration = .seconds(5)
    /// The smaller id offers after all when the larger has not for this long.
    package var patience: Duration = .seconds(20)
    /// The first wait before the signaling server is tried again; it doubles.
    package var signalingRetry: Duration = .milliseconds(200)
    package var signalingRetryLimit: Duration = .seconds(5)
    /// A leader whose server has not answered for this long, and at least three times, is passed
    /// over …
    package var leaderPatience: Duration = .seconds(3)
    /// … and probed after this long, twice as long each time, until it answers.
    package var probe: Duration = .seconds(3)
    package var probeLimit: Duration = .seconds(60)
    /// How long a peer that may be gone has to answer a ping.
    package var pingTimeout: Duration = .seconds(3)
    /// How long leaving may take.
    package var leaveTimeout: Duration = .seconds(2)
    package var serverRetry: Duration = .seconds(5)
    /// An offer that nobody has answered for this long gives way to another peer's, when there are
    /// many.
    package var staleAttempt: Duration = .seconds(3)

    package init() {}
}
