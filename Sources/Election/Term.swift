/// The number of a leadership, and who has it. It goes up with each leadership, so that what was
/// said under an earlier leader can be told from what is said now.
///
/// A number is voted for, and each node votes once for it, so that two leaders of one number come
/// about only where nodes could not hear each other. The id makes even these two terms: no term has
/// two leaders, and of two leaders that meet one has the higher term.
public struct Term: Sendable, Hashable, Comparable, CustomStringConvertible {
    /// 0 before the first leader.
    public let number: UInt64
    /// Who claimed it; `nil` where only the number is known.
    public let leader: ContenderID?

    /// The term of that number.
    public init(_ number: UInt64 = 0, leader: ContenderID? = nil) {
        self.number = number
        self.leader = leader
    }

    /// Whether `left` is the earlier one.
    public static func < (left: Term, right: Term) -> Bool {
        guard left.number == right.number else { return left.number < right.number }
        guard let mine = left.leader else { return right.leader != nil }
        return right.leader.map { mine < $0 } ?? false
    }

    /// The number.
    public var description: String { String(number) }
}
