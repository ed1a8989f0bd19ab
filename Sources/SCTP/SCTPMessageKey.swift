/// Which message a part belongs to: a stream has at most one ordered and one unordered message
/// under way.
struct SCTPMessageKey: Hashable {
    var stream: UInt16
    var isUnordered: Bool
}
