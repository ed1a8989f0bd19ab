/// A queue between producers and readers: what waits, who waits, and the end. Pure; guarded by the lock of its owner.
///
/// What has to happen outside of the lock, each change returns as ``Wakeups`` or ``Taken``.
package struct QueueState<Buffer: QueueBuffer, Failure: Error>: Sendable {
    package typealias Wakeups = AsyncQueues.Wakeups<Buffer.Element, Failure>

    /// What waits.
    package var buffer: Buffer
    /// Readers that found nothing.
    package var readers = WaiterQueue<Taken<Buffer.Element, Failure>>()
    /// Producers that wait for room.
    package var producers = WaiterQueue<Void>()
    /// From full until half empty.
    package private(set) var isFull = false
    /// The end, once it was said; what waits is read before it.
    private var end: Result<Buffer.Element?, Failure>?

    /// A queue of what the buffer holds.
    package init(_ buffer: Buffer) {
        self.buffer = buffer
    }

    /// Whether no element follows those that wait.
    package var isFinished: Bool { end != nil }
    /// Whether a producer may go on: there is room, or nothing is taken any more.
    package var hasRoom: Bool { !isFull || isFinished }

    /// Takes the next element or the end; nil if a reader has to wait.
    package mutating func take() -> Taken<Buffer.Element, Failure>? {
        guard let element = buffer.popFirst() else { return end.map { Taken(outcome: $0) } }
        guard isFull, buffer.isDrained else { return Taken(outcome: .success(element)) }
        isFull = false
        var taken = Taken<Buffer.Element, Failure>(outcome: .success(element), hasRoomAgain: true)
        taken.producers = producers.removeAll()
        return taken
    }

    /// Gives those who wait what has come. To be called after each change of the buffer.
    package mutating func deliver() -> Wakeups {
        var wakeups = Wakeups()
        while !readers.isEmpty, let element = buffer.popFirst(), let reader = readers.popFirst() {
            wakeups.readers.append((reader, .success(element)))
        }
        if let end, buffer.isEmpty {
            for reader in readers.removeAll() { wakeups.readers.append((reader, end)) }
        }
        isFull = buffer.isFull || isFull && !buffer.isDrained
        if hasRoom { wakeups.producers = producers.removeAll() }
        return wakeups
    }

    /// No element follows; those that wait are read before the end. The first call counts.
    package mutating func finish(throwing error: Failure? = nil) -> Wakeups {
        guard end == nil else { return Wakeups() }
        end = error.map { .failure($0) } ?? .success(nil)
        return deliver()
    }
}
