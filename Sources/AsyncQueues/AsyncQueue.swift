/// A bounded queue between any number of producers and readers, in any threads and tasks.
///
/// Each element goes to one reader; readers that wait are served in the order in which they came.
/// No lock is held while a task is resumed, while `onRoom` runs, or while an element is let go.
public final class AsyncQueue<Element: Sendable, Failure: Error>: AsyncSequence, Sendable {
    /// What happens to an element for which there is no room.
    public typealias Policy = BoundedBuffer<Element>.Policy

    /// What a producer is told.
    public struct Push: Sendable {
        /// Whether the element, or each of them, was taken; not if the queue is full and refuses,
        /// or is finished.
        public var isAdmitted: Bool
        /// Whether the producer may go on; it waits for ``AsyncQueue/room()`` otherwise.
        public var hasRoom: Bool
        /// How many elements were lost for this one, or 1 if it was refused itself.
        public var lost = 0

        @inlinable
        init(isAdmitted: Bool, hasRoom: Bool, lost: Int = 0) {
            self.isAdmitted = isAdmitted
            self.hasRoom = hasRoom
            self.lost = lost
        }
    }

    @usableFromInline
    typealias State = QueueState<BoundedBuffer<Element>, Failure>

    @usableFromInline
    let state: Lock<State>
    @usableFromInline
    let onRoom = Lock<(@Sendable () -> Void)?>(nil)

    /// An empty queue.
    @inlinable
    public init(_ policy: Policy) {
        state = Lock(State(BoundedBuffer(policy)))
    }

    /// Called, on the reader's thread, each time a full queue has been read half empty. Nil to be
    /// told no more.
    @inlinable
    public func onRoom(_ body: (@Sendable () -> Void)?) {
        let former = onRoom.withLock { onRoom in
            defer { onRoom = body }
            return onRoom
        }
        withExtendedLifetime(former) {}
    }

    // MARK: Producers

    /// Adds an element, at once.
    @discardableResult
    @inlinable
    public func push(_ element: Element) -> Push {
        let (push, wakeups) = enqueue(element)
        wakeups.resume()
        return push
    }

    /// Adds an element for a producer that holds a lock: it resumes what is returned after it has
    /// released that.
    @inlinable
    public func enqueue(_ element: Element) -> (Push, Wakeups<Element, Failure>) {
        enqueue(contentsOf: CollectionOfOne(element))
    }

    /// The same for several; whoever waits for the first is resumed when all of them are there.
    @inlinable
    public func enqueue(contentsOf elements: some Collection<Element>) -> (Push, Wakeups<Element, Failure>) {
        state.withLock { state in
            guard !state.isFinished else { return (Push(isAdmitted: false, hasRoom: true), Wakeups()) }
            var push = Push(isAdmitted: true, hasRoom: true)
            var evicted: [Element] = []
            for element in elements {
                let admission = state.buffer.append(element)
                push.isAdmitted = push.isAdmitted && admission.isAdmitted
                push.lost += admission.lost
                if !admission.evicted.isEmpty { evicted += admission.evicted }
            }
            var wakeups = state.deliver()
            wakeups.evicted = evicted
            push.hasRoom = state.hasRoom
            return (push, wakeups)
        }
    }

    /// Takes out what the element would supersede, if it is in its way. `hasRoom` if the element
    /// would be admitted now without anything being lost.
    @inlinable
    public func makeRoom(for element: Element) -> (hasRoom: Bool, evicted: [Element]) {
        state.withLock { state in
            state.readers.isEmpty ? state.buffer.makeRoom(for: element) : (true, [])
        }
    }

    /// What waits, the oldest first.
    @inlinable
    public var waiting: [Element] { state.withLock { $0.buffer.waiting } }

    /// Takes out the oldest element of which that is true, unread. Asked under the lock: it may
    /// look, and no more.
    @inlinable
    public func removeFirst(where isUnwanted: (Element) -> Bool) -> Element? {
        state.withLock { $0.buffer.removeFirst(where: isUnwanted) }
    }

    /// Waits until there is room, the queue is finished, or the task is cancelled.
    @inlinable
    public func room() async {
        await state.wait(on: { $1(&$0.producers) }) { $0.hasRoom }
    }

    /// Whether a producer may go on.
    @inlinable
    public var hasRoom: Bool { state.withLock { $0.hasRoom } }

    /// How many elements wait.
    @inlinable
    public var count: Int { state.withLock { $0.buffer.count } }

    /// How many elements were lost or refused because the queue was full.
    @inlinable
    public var lost: Int { state.withLock { $0.buffer.lost } }

    /// No element follows: readers get those that wait, and then the end or the error. The first
    /// call counts.
    @inlinable
    public func finish(throwing error: Failure? = nil) {
        state.withLock { $0.finish(throwing: error) }.resume()
    }

    // MARK: Readers

    /// The next element; nil at the end, or when nothing waits and the task is cancelled.
    @inlinable
    public func next() async throws(Failure) -> Element? {
        let taken = await state.wait(on: { $1(&$0.readers) }, whenCancelled: .nothing) { $0.take() }
        taken.resumeProducers()
        if taken.hasRoomAgain, let onRoom = onRoom.withLock({ $0 }) { onRoom() }
        return try taken.outcome.get()
    }

    /// Reads the queue; all iterators share its elements.
    public struct AsyncIterator: AsyncIteratorProtocol {
        @usableFromInline
        let queue: AsyncQueue

        @inlinable
        init(queue: AsyncQueue) {
            self.queue = queue
        }

        @inlinable
        public mutating func next() async throws(Failure) -> Element? { try await queue.next() }

        @inlinable
        public mutating func next(isolation actor: isolated (any Actor)?) async throws(Failure) -> Element? {
            try await queue.next()
        }
    }

    /// Starts reading.
    @inlinable
    public func makeAsyncIterator() -> AsyncIterator { AsyncIterator(queue: self) }
}
