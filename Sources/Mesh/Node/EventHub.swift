internal import Synchronization

/// Hands events to every subscription, and tells producers of messages to wait while one of them is full.
final class EventHub: Sendable {
    fileprivate struct Subscriber {
        var queue: [MeshEvent] = []
        var reader: CheckedContinuation<MeshEvent?, Never>?
    }

    fileprivate struct State {
        var subscribers: [Int: Subscriber] = [:]
        var nextID = 0
        var producers: [CheckedContinuation<Void, Never>] = []
        var isFinished = false
    }

    /// Keeps a subscriber's place; giving it up frees it.
    final class Subscription: Sendable {
        private let hub: EventHub
        private let id: Int

        init(hub: EventHub, id: Int) {
            self.hub = hub
            self.id = id
        }

        deinit { hub.remove(id) }

        func next() async -> MeshEvent? { await hub.next(id) }
    }

    private let limit: Int
    private let state = Mutex(State())

    init(limit: Int) {
        self.limit = max(1, limit)
    }

    func subscribe() -> Subscription {
        let id = state.withLock { state in
            state.nextID += 1
            state.subscribers[state.nextID] = Subscriber()
            return state.nextID
        }
        return Subscription(hub: self, id: id)
    }

    /// Adds an event at once. A producer of messages waits for `room()` before each.
    func post(_ event: MeshEvent) {
        let readers = state.withLock { state in
            var readers: [CheckedContinuation<MeshEvent?, Never>] = []
            guard !state.isFinished else { return readers }
            for id in state.subscribers.keys {
                if let reader = state.subscribers[id]?.reader {
                    state.subscribers[id]?.reader = nil
                    readers.append(reader)
                } else {
                    state.subscribers[id]?.queue.add(event, limit: limit)
                }
            }
            return readers
        }
        for reader in readers { reader.resume(returning: event) }
    }

    /// Returns when no subscription is full, or the hub is finished.
    func room() async {
        while !hasRoom {
            await withCheckedContinuation { continuation in
                let isOver = state.withLock { state in
                    if state.isFinished || !state.isFull(limit: limit) { return true }
                    state.producers.append(continuation)
                    return false
                }
                if isOver { continuation.resume() }
            }
        }
    }

    /// Ends all subscriptions once they are read empty.
    func finish() {
        let (readers, producers) = state.withLock { state in
            state.isFinished = true
            let readers = state.subscribers.values.compactMap(\.reader)
            for id in state.subscribers.keys { state.subscribers[id]?.reader = nil }
            defer { state.producers = [] }
            return (readers, state.producers)
        }
        for reader in readers { reader.resume(returning: nil) }
        for producer in producers { producer.resume() }
    }

    private var hasRoom: Bool {
        state.withLock { $0.isFinished || !$0.isFull(limit: limit) }
    }

    private func next(_ id: Int) async -> MeshEvent? {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                enum Outcome { case waits, event(MeshEvent), over }
                let (outcome, producers) = state.withLock { state -> (Outcome, [CheckedContinuation<Void, Never>]) in
                    guard let subscriber = state.subscribers[id], subscriber.reader == nil, !Task.isCancelled
                    else { return (.over, []) }
                    if subscriber.queue.isEmpty {
                        if state.isFinished { return (.over, []) }
                        state.subscribers[id]?.reader = continuation
                        return (.waits, [])
                    }
                    let event = state.subscribers[id]?.queue.removeFirst()
                    return (event.map(Outcome.event) ?? .over, state.takeProducers(limit: limit))
                }
                switch outcome {
                case .waits: break
                case .event(let event): continuation.resume(returning: event)
                case .over: continuation.resume(returning: nil)
                }
                for producer in producers { producer.resume() }
            }
        } onCancel: {
            let reader = state.withLock { state in
                defer { state.subscribers[id]?.reader = nil }
                return state.subscribers[id]?.reader
            }
            reader?.resume(returning: nil)
        }
    }

    private func remove(_ id: Int) {
        let producers = state.withLock { state in
            state.subscribers[id] = nil
            return state.takeProducers(limit: limit)
        }
        for producer in producers { producer.resume() }
    }
}

extension EventHub.State {
    func isFull(limit: Int) -> Bool {
        subscribers.values.contains { $0.queue.count >= limit }
    }

    mutating func takeProducers(limit: Int) -> [CheckedContinuation<Void, Never>] {
        guard !isFull(limit: limit) else { return [] }
        defer { producers = [] }
        return producers
    }
}

extension [MeshEvent] {
    /// Adds an event; in a full queue a state replaces the oldest untaken one of its kind.
    fileprivate mutating func add(_ event: MeshEvent, limit: Int) {
        if count >= limit, let kind = event.stateKind, let old = firstIndex(where: { $0.stateKind == kind }) {
            remove(at: old)
        }
        append(event)
    }
}

extension MeshEvent {
    /// Which state the event reports; nil for messages, each of which counts.
    fileprivate var stateKind: Int? {
        switch self {
        case .message: nil
        case .started: 0
        case .peerListChanged: 1
        case .leaderChanged: 2
        case .connectionStateChanged: 3
        case .notice: 4
        }
    }
}
