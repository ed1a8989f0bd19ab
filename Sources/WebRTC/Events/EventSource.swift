internal import Synchronization

/// Hands the events of one kind to every subscriber. May be used from any thread; never blocks its producer.
final class EventSource<Element: Sendable>: Sendable {
    enum Kind: Sendable {
        /// A subscription begins with the current value, then gives each change.
        case state
        /// What happened before the first subscription is kept for it.
        case kept
        /// A subscription gives what happens from then on.
        case live
    }

    /// A subscriber that does not read loses its oldest events beyond this many, so that memory stays bounded.
    private static var limit: Int { 4096 }

    private struct Storage {
        var subscribers: [Int: AsyncStream<Element>.Continuation] = [:]
        var nextID = 0
        /// The current value of a `state`, what was kept of a `kept`.
        var held: [Element] = []
        var hasHadSubscriber = false
        var isFinished = false
    }

    private let kind: Kind
    private let storage: Mutex<Storage>

    init(_ kind: Kind, initial: Element? = nil) {
        self.kind = kind
        storage = Mutex(Storage(held: initial.map { [$0] } ?? []))
    }

    /// Delivers an event to all who subscribed.
    func send(_ event: Element) {
        storage.withLock { storage in
            guard !storage.isFinished else { return }
            switch kind {
            case .state: storage.held = [event]
            case .kept where !storage.hasHadSubscriber && storage.held.count < Self.limit: storage.held.append(event)
            case .kept, .live: break
            }
            for subscriber in storage.subscribers.values { subscriber.yield(event) }
        }
    }

    /// Ends every subscription, and those to come.
    func finish() {
        let subscribers = storage.withLock { storage in
            storage.isFinished = true
            defer { storage.subscribers = [:] }
            return storage.subscribers
        }
        for subscriber in subscribers.values { subscriber.finish() }
    }

    /// A new subscription.
    func subscribe() -> EventSequence<Element> {
        let (stream, continuation) = AsyncStream.makeStream(
            of: Element.self, bufferingPolicy: .bufferingNewest(Self.limit))
        let id: Int? = storage.withLock { storage in
            for event in storage.held { continuation.yield(event) }
            if kind == .kept {
                storage.held = []
                storage.hasHadSubscriber = true
            }
            if storage.isFinished { return nil }
            storage.nextID += 1
            storage.subscribers[storage.nextID] = continuation
            return storage.nextID
        }
        guard let id else {
            continuation.finish()
            return EventSequence(stream: stream)
        }
        continuation.onTermination = { [weak self] _ in
            self?.storage.withLock { $0.subscribers[id] = nil }
        }
        return EventSequence(stream: stream)
    }
}
