/// What is compared between contenders: their priority, then the larger id. No two contenders have
/// the same ballot, so nodes that know of the same contenders find the same leader without asking
/// each other.
public struct Ballot: Sendable, Hashable, Comparable {
    /// The priority of the contender.
    public let priority: Priority
    /// Its id, which decides between equal priorities.
    public let id: ContenderID

    /// Whether `right` wins.
    public static func < (left: Ballot, right: Ballot) -> Bool {
        (left.priority, left.id) < (right.priority, right.id)
    }
}
