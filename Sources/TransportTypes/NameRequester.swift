internal import Synchronization

/// Somebody for whom names are resolved, such as one connection: each gets its turn, and none more
/// than its share.
public struct NameRequester: Sendable, Hashable {
    private let number: UInt64
    package let isLimited: Bool

    /// All who do not say who they are, together.
    package static let anybody = NameRequester(number: 0, isLimited: false)

    private init(number: UInt64, isLimited: Bool) {
        self.number = number
        self.isLimited = isLimited
    }

    /// A new requester, different from all others.
    public init() {
        self.init(number: Self.last.add(1, ordering: .relaxed).newValue, isLimited: true)
    }

    private static let last = Atomic<UInt64>(0)
}
