/// What a `PerfectNegotiator` met and went on from; for a log, or to tell the user.
public enum NegotiationProblem: Sendable, Hashable {
    /// The peer's offer cannot be taken; it gets no answer.
    case offerRefused(WebRTCError)
    /// The peer's answer cannot be taken; a new offer follows.
    case answerRefused(WebRTCError)
    /// A candidate of the peer's cannot be used, for example because it came too late.
    case candidateRefused(WebRTCError)
    /// This side could not make an offer.
    case offerFailed(WebRTCError)
    /// An offer got no answer in `PerfectNegotiator.Settings.maximumTries` tries. Nothing more is
    /// sent until the peer offers something or the signaling has reconnected.
    case unanswered
    /// What this side has sent came back to it: the signaling hands messages to whoever sent them,
    /// too. They are dropped; told once. Have it leave the sender out.
    case echoed
    /// The peer makes offers of its own while ours has no answer, though ours was sent again: both
    /// ends may be impolite, or messages are lost. Told once for each of our offers. Have exactly
    /// one of the two be polite.
    case offersCollide
    /// The transport failed to take a message, with its error's text; what matters is sent again
    /// later.
    case notSent(String)
    /// The transport has told of a problem on the way to the peer, with its text: that a server
    /// does not know the peer, say.
    case signaling(String)
    /// The transport's messages have ended, with its error's text if there is one. Nothing is
    /// negotiated from here on.
    case signalingEnded(String?)
}
