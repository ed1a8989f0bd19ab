/// What is held on a device of which the last writer's state counts.
protocol HeldState: Sendable, Hashable {
    /// Whether nothing is held.
    var isAtRest: Bool { get }
    /// The same with nothing held.
    var atRest: Self { get }
    /// This state without what the next one lets go of; nil if it lets go of nothing. What the next
    /// one presses is not in it.
    func lettingGo(as next: Self) -> Self?
}
