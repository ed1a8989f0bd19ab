public import DequeModule

/// Tasks that wait for something, first come, first served.
///
/// Pure: its owner guards it with a lock. Whoever takes a continuation out resumes it once that
/// lock is released, never under it: the runtime takes locks of its own to resume a task, and to
/// cancel one, which then comes here for ours.
///
/// Public, although the module is no product, as the rest of it is: of what is `package` other
/// modules do not get the code, and generic code that is not specialized looks up types each time,
/// which took a tenth of a round trip.
public struct WaiterQueue<Value: Sendable>: Sendable {
    /// What resumes one of them.
    public typealias Continuation = CheckedContinuation<Value, Never>

    @usableFromInline
    struct Entry: Sendable {
        @usableFromInline
        let id: UInt64
        @usableFromInline
        let continuation: Continuation

        @inlinable
        init(id: UInt64, continuation: Continuation) {
            self.id = id
            self.continuation = continuation
        }
    }

    /// In the order of their numbers, which only grow.
    @usableFromInline
    var entries: Deque<Entry> = []
    @usableFromInline
    var nextID: UInt64 = 0

    /// A queue in which nobody waits.
    @inlinable
    public init() {}

    /// Whether nobody waits.
    @inlinable
    public var isEmpty: Bool { entries.isEmpty }

    /// How many wait.
    @inlinable
    public var count: Int { entries.count }

    /// A number for a waiter that is about to be added, so that its cancellation can name it.
    @inlinable
    public mutating func makeID() -> UInt64 {
        nextID += 1
        return nextID
    }

    /// Adds a waiter under the number that was made for it.
    @inlinable
    public mutating func add(_ continuation: Continuation, id: UInt64) {
        let place = index(of: id)
        entries.insert(Entry(id: id, continuation: continuation), at: place)
    }

    /// Takes the one with this number out, if it still waits.
    @inlinable
    public mutating func remove(_ id: UInt64) -> Continuation? {
        let place = index(of: id)
        guard place < entries.count, entries[place].id == id else { return nil }
        return entries.remove(at: place).continuation
    }

    /// Takes the one out that came first.
    @inlinable
    public mutating func popFirst() -> Continuation? {
        entries.popFirst()?.continuation
    }

    /// Takes all out, in their order.
    @inlinable
    public mutating func removeAll() -> [Continuation] {
        guard !entries.isEmpty else { return [] }
        defer { entries = [] }
        return entries.map(\.continuation)
    }

    /// Where a number is, or would be.
    @inlinable
    func index(of id: UInt64) -> Int {
        var low = 0
        var high = entries.count
        while low < high {
            let middle = (low + high) / 2
            if entries[middle].id < id { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
