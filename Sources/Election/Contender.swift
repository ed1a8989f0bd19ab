/// A node that may lead.
public struct Contender: Sendable, Hashable, Identifiable {
    /// Who it is.
    public let id: ContenderID
    /// How well it is suited to lead.
    public var priority: Priority

    /// A contender.
    public init(id: ContenderID, priority: Priority) {
        self.id = id
        self.priority = priority
    }

    /// What it is compared by.
    public var ballot: Ballot { Ballot(priority: priority, id: id) }
}
