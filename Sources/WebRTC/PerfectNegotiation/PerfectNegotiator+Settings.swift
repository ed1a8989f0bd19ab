extension PerfectNegotiator {
    /// How long to wait, and how often to try.
    public struct Settings: Sendable, Hashable {
        /// How long an offer waits for its answer before it is sent again; doubled with each try, up to eight times this.
        /// At least a round trip through the signaling. 10 seconds unless told.
        public var answerTimeout: Duration
        /// How often the same offer is sent again before it is rolled back and a new one made, with new ICE credentials.
        /// 1 unless told; 0 makes a new one each time.
        public var resends: Int
        /// How many offers in a row may stay without an answer before the negotiator gives up and waits for a sign of the
        /// peer. 8 unless told; at least 1.
        public var maximumTries: Int

        /// The defaults suit signaling over the internet.
        public init(answerTimeout: Duration = .seconds(10), resends: Int = 1, maximumTries: Int = 8) {
            self.answerTimeout = answerTimeout
            self.resends = resends
            self.maximumTries = maximumTries
        }
    }
}
