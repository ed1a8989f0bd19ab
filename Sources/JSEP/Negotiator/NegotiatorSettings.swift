/// How long to wait, and how often to try.
public struct NegotiatorSettings: Sendable, Hashable {
    /// How long an offer waits for its answer before it is sent again; doubled with each try, up to
    /// eight times this. 10 seconds unless told. Less than a round trip through the signaling costs
    /// messages and harms nothing.
    public var answerTimeout: Duration
    /// How often an offer is sent before the negotiator reports ``NegotiationProblem/unanswered``
    /// and waits for a sign of the peer. 8 unless told; at least 1.
    public var maximumTries: Int

    /// The defaults suit signaling over the internet.
    public init(answerTimeout: Duration = .seconds(10), maximumTries: Int = 8) {
        self.answerTimeout = answerTimeout
        self.maximumTries = maximumTries
    }
}
