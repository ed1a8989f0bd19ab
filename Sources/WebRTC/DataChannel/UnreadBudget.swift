internal import Synchronization

/// How many bytes of a connection's channels have arrived and wait for their readers, of how many
/// that may (see ``PeerConnection/Configuration/unreadLimit``). The loop adds, readers take away,
/// on any thread.
final class UnreadBudget: Sendable {
    /// How far reading has come that the loop wants to know of it.
    private static let never = Int.min

    let limit: Int
    private let count = Atomic(0)
    private let level = Atomic(never)

    init(limit: Int) {
        self.limit = max(1, limit)
    }

    /// How many bytes wait.
    var bytes: Int { count.load(ordering: .relaxed) }
    var isFull: Bool { bytes >= limit }

    func add(_ bytes: Int) {
        count.wrappingAdd(bytes, ordering: .relaxed)
    }

    /// What the loop itself takes off, which looks at the window afterwards.
    func drop(_ bytes: Int) {
        count.wrappingSubtract(bytes, ordering: .relaxed)
    }

    /// Takes off what was read. True if so much was that the loop has to look at the peer's window
    /// again.
    func remove(_ bytes: Int) -> Bool {
        let left = count.wrappingSubtract(bytes, ordering: .acquiringAndReleasing).newValue
        let level = level.load(ordering: .acquiring)
        guard left <= level else { return false }
        return self.level.compareExchange(expected: level, desired: Self.never, ordering: .acquiringAndReleasing)
            .exchanged
    }

    /// The loop wants to be told once, when no more than this waits. True if it is so already.
    func watch(_ bytes: Int) -> Bool {
        level.store(bytes, ordering: .sequentiallyConsistent)
        return count.load(ordering: .sequentiallyConsistent) <= bytes
    }
}
