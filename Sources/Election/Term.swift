/// The number of a leadership. It goes up with each change of leader that a node sees or hears of,
/// so that what was said under an earlier leader can be told from what is said now.
public struct Term: Sendable, Hashable, Comparable, CustomStringConvertible {
    /// 0 before the first leader.
    public let number: UInt64

    /// The term of that number.
    public init(_ number: UInt64 = 0) {
        self.number = number
    }

    /// The one after it; the last possible one has none and is followed by itself.
    public var next: Term { Term(number == .max ? .max : number + 1) }

    /// Whether `left` is the earlier one.
    public static func < (left: Term, right: Term) -> Bool { left.number < right.number }

    /// The number.
    public var description: String { String(number) }
}
