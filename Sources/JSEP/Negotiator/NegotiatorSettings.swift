/// How long to wait, and how often to try.
public struct NegotiatorSettings: Sendable, Hashable {
    /// How long an offer waits for its answer before it is sent again; doubled with each try, up to
    /// eight times this. 10 seconds unless told; 1 ms to one day. Less than a round trip through
    /// the signaling costs messages and harms nothing.
    public var answerTimeout: Duration
    /// How often an offer is sent before the negotiator reports ``NegotiationProblem/unanswered``
    /// and waits for a sign of the peer. 8 unless told; 1 to 1,000,000.
    public var maximumTries: Int

    /// The defaults suit signaling over the internet.
    public init(answerTimeout: Duration = .seconds(10), maximumTries: Int = 8) {
        self.answerTimeout = answerTimeout
        self.maximumTries = maximumTries
    }

    /// Says which setting is out of its range.
    ///
    /// - Throws: `RangeError`, with the setting, its value and the range.
    public func validate() throws(WebRTCError) {
        guard answerTimeout >= .milliseconds(1), answerTimeout <= .seconds(86_400) else {
            throw WebRTCError(.range, "answerTimeout is \(answerTimeout): 1 ms to one day")
        }
        guard (1...1_000_000).contains(maximumTries) else {
            throw WebRTCError(.range, "maximumTries is \(maximumTries): 1 to 1000000")
        }
    }
}
