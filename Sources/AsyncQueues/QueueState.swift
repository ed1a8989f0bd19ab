/// A queue between producers and readers: what waits, who waits, and the end. Pure; guarded by the
/// lock of its owner.
///
/// What has to happen outside of the lock, each change returns as ``Wakeups`` or ``Taken``.
public struct QueueState<Buffer: QueueBuffer, Failure: Error>: Sendable {
    /// What a change of the queue asks for, outside of the lock.
    public typealias Wakeups = AsyncQueues.Wakeups<Buffer.Element, Failure>

    /// What waits.
    public var buffer: Buffer
    /// Readers that found nothing.
    public var readers = WaiterQueue<Taken<Buffer.Element, Failure>>()
    /// Producers that wait for room.
    public var producers = WaiterQueue<Void>()
    /// From full until half empty.
    @usableFromInline
    var isFull = false
    /// The end, once it was said; what waits is read before it.
    @usableFromInline
    var end: Result<Buffer.Element?, Failure>?

    /// A queue of what the buffer holds.
    @inlinable
    public init(_ buffer: Buffer) {
        self.buffer = buffer
    }

    /// Whether no element follows those that wait.
    @inlinable
    public var isFinished: Bool { end != nil }
    /// Whether a producer may go on: there is room, or nothing is taken any more.
    @inlinable
    public var hasRoom: Bool { !isFull || isFinished }

    /// Takes the next element or the end; nil if a reader has to wait.
    @inlinable
    public mutating func take() -> Taken<Buffer.Element, Failure>? {
        guard let element = buffer.popFirst() else { return end.map { Taken(outcome: $0) } }
        guard isFull, buffer.isDrained else { return Taken(outcome: .success(element)) }
        isFull = false
        var taken = Taken<Buffer.Element, Failure>(outcome: .success(element), hasRoomAgain: true)
        taken.producers = producers.removeAll()
        return taken
    }

    /// Gives those who wait what has come. To be called after each change of the buffer.
    @inlinable
    public mutating func deliver() -> Wakeups {
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
    @inlinable
    public mutating func finish(throwing error: Failure? = nil) -> Wakeups {
        guard end == nil else { return Wakeups() }
        end = error.map { .failure($0) } ?? .success(nil)
        return deliver()
    }
}
