public import Synchronization

/// Hands the events of one kind to every subscription, in the order in which they happen. May be
/// used from any thread; never blocks its producer.
///
/// Each subscription has a queue of its own, bounded by the source's policy. What is lost there is
/// counted, and said to the producer. It ends when the source is finished or nobody holds the
/// source any more.
public final class EventSource<Element: Sendable>: Sendable {
    /// How much waits for a reader that does not read, and what happens then.
    public typealias Policy = BoundedBuffer<Element>.Policy

    /// What a subscription begins with.
    public enum Kind: Sendable {
        /// The current value; each change follows.
        case state
        /// For the first one, what happened before it.
        case kept
        /// What happens from then on.
        case live
    }

    /// One reader's place. Giving it up frees what waits there.
    public final class Subscription: Sendable {
        @usableFromInline
        let queue: AsyncQueue<Element, Never>
        @usableFromInline
        let id: Int
        @usableFromInline
        weak let source: EventSource?
        @usableFromInline
        let take: @Sendable (AsyncQueue<Element, Never>) async -> Element?

        @inlinable
        init(_ queue: AsyncQueue<Element, Never>, id: Int, of source: EventSource) {
            self.queue = queue
            self.id = id
            self.source = source
            take = source.take
        }

        @inlinable
        deinit {
            source?.remove(id)
            queue.finish()
        }

        /// The next event; nil at the end, or when nothing waits and the task is cancelled. Several
        /// readers share the events.
        @inlinable
        public func next() async -> Element? { await take(queue) }

        /// How many events this subscription has lost because they were not read.
        @inlinable
        public var lost: Int { queue.lost }
    }

    @usableFromInline
    typealias Queue = AsyncQueue<Element, Never>

    @usableFromInline
    struct Storage: Sendable {
        @usableFromInline
        var subscribers: [Int: Queue] = [:]
        @usableFromInline
        var nextID = 0
        /// The value of a `state`.
        @usableFromInline
        var current: Element?
        /// What happened before the first subscription to a `kept`; it becomes that one's queue.
        @usableFromInline
        var kept: Queue?
        @usableFromInline
        var hasHadSubscriber = false
        @usableFromInline
        var isFinished = false

        @inlinable
        init(current: Element?) {
            self.current = current
        }

        /// All in which events wait.
        @inlinable
        var queues: [Queue] { Array(subscribers.values) + (kept.map { [$0] } ?? []) }
    }

    @usableFromInline
    let kind: Kind
    @usableFromInline
    let policy: Policy
    @usableFromInline
    let storage: Lock<Storage>
    /// Reads a queue. Made where the type of the events is known: who reads them is generic, where
    /// a key path and its types are looked up again for each event, which is slower than all else.
    @usableFromInline
    let take: @Sendable (Queue) async -> Element?
    /// Whether there has been a subscription. Until then a `live` source has nothing to do, whose
    /// events may be as many as messages.
    @usableFromInline
    let hasBeenRead = Atomic(false)

    /// A source that nobody has subscribed to.
    ///
    /// - Parameters:
    ///   - kind: what a subscription begins with.
    ///   - policy: how much waits for a reader that does not read, and what happens then.
    ///   - initial: the value that a `state` begins with.
    @inlinable
    public init(_ kind: Kind, _ policy: Policy, initial: Element? = nil) {
        self.kind = kind
        self.policy = policy
        take = { await $0.next() }
        storage = Lock(Storage(current: initial))
    }

    @inlinable
    deinit { finish() }

    // MARK: Producers

    /// Delivers an event to all who subscribed. Returns how many events they have lost for it, or
    /// were refused.
    @discardableResult
    @inlinable
    public func send(_ event: Element) -> Int {
        guard kind != .live || hasBeenRead.load(ordering: .acquiring) else { return 0 }
        return deliver(CollectionOfOne(event))
    }

    /// The same for several that have come together: each reader is woken once for all of them.
    @discardableResult
    @inlinable
    public func send(contentsOf events: [Element]) -> Int {
        guard !events.isEmpty, kind != .live || hasBeenRead.load(ordering: .acquiring) else { return 0 }
        return deliver(events)
    }

    @inlinable
    func deliver(_ events: some BidirectionalCollection<Element>) -> Int {
        let (pushes, former) = storage.withLock { storage -> ([(Queue.Push, Wakeups<Element, Never>)], Element?) in
            guard !storage.isFinished else { return ([], nil) }
            let former = storage.current
            if kind == .state { storage.current = events.last }
            // Most states have no reader.
            if storage.subscribers.isEmpty, kind != .kept || storage.hasHadSubscriber { return ([], former) }
            var pushes = storage.subscribers.values.map { $0.enqueue(contentsOf: events) }
            if kind == .kept, !storage.hasHadSubscriber {
                let kept = storage.kept ?? Queue(policy)
                storage.kept = kept
                pushes.append(kept.enqueue(contentsOf: events))
            }
            return (pushes, former)
        }
        var lost = 0
        for (push, wakeups) in pushes {
            lost += push.lost
            wakeups.resume()
        }
        withExtendedLifetime(former) {}
        return lost
    }

    /// Takes out what the event would supersede, where it is in its way.
    ///
    /// Returns how much that was, over all subscriptions, and whether there is one that has room
    /// then, or nobody asks.
    @inlinable
    public func makeRoom(for event: Element) -> (hasRoom: Bool, evicted: Int) {
        let queues = storage.withLock(\.queues)
        var evicted = 0
        var hasRoom = queues.isEmpty
        for queue in queues {
            let room = queue.makeRoom(for: event)
            evicted += room.evicted.count
            hasRoom = room.hasRoom || hasRoom
        }
        return (hasRoom, evicted)
    }

    /// What waits for readers, subscription by subscription, the oldest first.
    @inlinable
    public var waiting: [Element] { storage.withLock(\.queues).flatMap(\.waiting) }

    /// Takes the oldest event out of each subscription of which that is true, unread. Asked under a
    /// lock: it may look, and no more.
    @inlinable
    public func removeFirst(where isUnwanted: (Element) -> Bool) {
        for queue in storage.withLock(\.queues) { _ = queue.removeFirst(where: isUnwanted) }
    }

    /// Waits until every subscription has room, the source is finished, or the task is cancelled.
    /// For producers of what may not be lost and is not bounded otherwise.
    @inlinable
    public func room() async {
        while !Task.isCancelled, let full = storage.withLock({ $0.subscribers.values.first { !$0.hasRoom } }) {
            await full.room()
        }
    }

    /// Whether anybody would get an event.
    @inlinable
    public var hasSubscribers: Bool { storage.withLock { !$0.subscribers.isEmpty } }

    /// How many events wait in the subscription that is furthest behind, or for the first one to
    /// come.
    @inlinable
    public var backlog: Int {
        storage.withLock { $0.queues.map(\.count).max() ?? 0 }
    }

    /// Ends every subscription once it is read empty, and those to come. What is sent from here on
    /// is dropped.
    @inlinable
    public func finish() {
        let subscribers = storage.withLock { storage in
            storage.isFinished = true
            defer { storage.subscribers = [:] }
            return storage.subscribers.values
        }
        for subscriber in subscribers { subscriber.finish() }
    }

    // MARK: Subscriptions

    /// A new subscription.
    @inlinable
    public func subscribe() -> Subscription {
        let fresh = Queue(policy)
        hasBeenRead.store(true, ordering: .releasing)
        let (queue, id, isFinished) = storage.withLock { storage in
            let queue = storage.kept ?? fresh
            storage.kept = nil
            storage.hasHadSubscriber = true
            if let current = storage.current { _ = queue.enqueue(current) }
            storage.nextID += 1
            if !storage.isFinished { storage.subscribers[storage.nextID] = queue }
            return (queue, storage.nextID, storage.isFinished)
        }
        if isFinished { queue.finish() }
        return Subscription(queue, id: id, of: self)
    }

    @inlinable
    func remove(_ id: Int) {
        let former = storage.withLock { $0.subscribers.removeValue(forKey: id) }
        withExtendedLifetime(former) {}
    }
}
