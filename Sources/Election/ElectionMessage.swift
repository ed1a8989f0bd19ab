/// What nodes that elect a leader say to each other. Each message has a term.
///
/// They go over links that keep order and lose nothing while they last, such as data channels.
public struct ElectionMessage: Sendable, Hashable {
    /// What is said.
    public enum Kind: Sendable, Hashable {
        /// The sender's leader, which the sender leads or hears itself; `nil` where it has none, or
        /// does not hear it.
        case state(leader: ContenderID?)
        /// Asks for a ``state(leader:)``.
        case query
        /// Whether the receiver would vote for the sender.
        case preVote
        /// Asks for the receiver's vote.
        case vote
        /// The answer to ``preVote``, and to ``vote``.
        case answer(isPreVote: Bool, isGranted: Bool)
    }

    /// The highest that the sender knows; of votes, and their answers, the one that is voted on.
    public var number: UInt64
    /// What is said.
    public var kind: Kind

    /// A message; see the properties.
    public init(_ kind: Kind, number: UInt64) {
        self.number = number
        self.kind = kind
    }
}
