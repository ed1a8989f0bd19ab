/// Tasks that wait for something, first come, first served. Kept under the owner's lock; resumed outside of it.
struct WaiterQueue<Value: Sendable> {
    typealias Continuation = CheckedContinuation<Value, Never>

    private var entries: [(id: UInt64, continuation: Continuation)] = []
    private var nextID: UInt64 = 0

    init() {}

    var isEmpty: Bool { entries.isEmpty }

    /// A number for a waiter that is about to be added, so that its cancellation can name it.
    mutating func makeID() -> UInt64 {
        nextID += 1
        return nextID
    }

    mutating func add(_ continuation: Continuation, id: UInt64) {
        entries.append((id, continuation))
    }

    /// Takes the one with this number out, if it still waits.
    mutating func remove(_ id: UInt64) -> Continuation? {
        guard let index = entries.firstIndex(where: { $0.id == id }) else { return nil }
        return entries.remove(at: index).continuation
    }

    mutating func popFirst() -> Continuation? {
        entries.isEmpty ? nil : entries.removeFirst().continuation
    }

    mutating func removeAll() -> [Continuation] {
        defer { entries = [] }
        return entries.map(\.continuation)
    }
}
