package import DequeModule

/// Tasks that wait for something, first come, first served.
///
/// Pure: its owner guards it with a lock. Whoever takes a continuation out resumes it once that lock is released, never
/// under it: the runtime takes locks of its own to resume a task, and to cancel one, which then comes here for ours.
package struct WaiterQueue<Value: Sendable>: Sendable {
    package typealias Continuation = CheckedContinuation<Value, Never>

    @usableFromInline
    struct Entry {
        let id: UInt64
        let continuation: Continuation
    }

    /// In the order of their numbers, which only grow.
    @usableFromInline
    var entries: Deque<Entry> = []
    private var nextID: UInt64 = 0

    /// A queue in which nobody waits.
    package init() {}

    /// Whether nobody waits.
    @inlinable
    package var isEmpty: Bool { entries.isEmpty }

    /// How many wait.
    package var count: Int { entries.count }

    /// A number for a waiter that is about to be added, so that its cancellation can name it.
    package mutating func makeID() -> UInt64 {
        nextID += 1
        return nextID
    }

    /// Adds a waiter under the number that was made for it.
    package mutating func add(_ continuation: Continuation, id: UInt64) {
        let place = index(of: id)
        entries.insert(Entry(id: id, continuation: continuation), at: place)
    }

    /// Takes the one with this number out, if it still waits.
    package mutating func remove(_ id: UInt64) -> Continuation? {
        let place = index(of: id)
        guard place < entries.count, entries[place].id == id else { return nil }
        return entries.remove(at: place).continuation
    }

    /// Takes the one out that came first.
    package mutating func popFirst() -> Continuation? {
        entries.popFirst()?.continuation
    }

    /// Takes all out, in their order.
    package mutating func removeAll() -> [Continuation] {
        guard !entries.isEmpty else { return [] }
        defer { entries = [] }
        return entries.map(\.continuation)
    }

    /// Where a number is, or would be.
    private func index(of id: UInt64) -> Int {
        var low = 0
        var high = entries.count
        while low < high {
            let middle = (low + high) / 2
            if entries[middle].id < id { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
