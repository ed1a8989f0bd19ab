internal import AsyncQueues
internal import JSEP
internal import Synchronization

/// What a client has received and nobody has read yet: in one queue for the application, and in one
/// for each peer that has a ``PeerSignaling``.
///
/// What such a peer sends goes to its queue alone; lists of peers and errors go to all. While there
/// is none of these, who fills the application's queue stops when that is full. Otherwise nobody
/// waits for an application that may not want to read: its queue then loses the oldest.
final class ClientInbox<Element: Sendable, Failure: Error>: Sendable {
    struct Push {
        /// Whether the producer may go on; it waits for ``ClientInbox/room()`` otherwise.
        var hasRoom: Bool
    }

    /// An element, and what stood beside the message in it.
    struct Noted: Sendable {
        var element: Element
        var note: NegotiationNote?
    }

    private struct State: Sendable {
        var queue: QueueState<BoundedBuffer<Noted>, Failure>
        /// By the keys of the peers.
        var routes: [String: PeerRoute] = [:]
        var lastRoute = 0
        /// Why there is nothing more, once that is so.
        var reason: SignalingError?
    }

    private let state: Mutex<State>
    private let onRoom = Mutex<(@Sendable () -> Void)?>(nil)
    private let configuration: SignalingClientConfiguration
    private let losesOldest: Bool
    private let key: @Sendable (String) -> String
    private let news: @Sendable (Element) -> PeerRoute.News
    private let secondReader: Result<Noted?, Failure>

    /// - Parameters:
    ///   - configuration: how much is kept for each reader.
    ///   - losesOldest: nobody ever waits for the application.
    ///   - size: the bytes that an element keeps. Pure, as `key` and `news` are: all are called
    ///     under a lock.
    ///   - key: what ids of peers are compared by.
    ///   - news: what an element is to the readers for one peer.
    ///   - secondReader: what a task gets that reads while another one does.
    init(
        _ configuration: SignalingClientConfiguration, losesOldest: Bool = false,
        size: @escaping @Sendable (Element) -> Int, key: @escaping @Sendable (String) -> String,
        news: @escaping @Sendable (Element) -> PeerRoute.News, secondReader: Result<Noted?, Failure>
    ) {
        self.configuration = configuration
        self.losesOldest = losesOldest
        self.key = key
        self.news = news
        self.secondReader = secondReader
        let policy = BoundedBuffer<Noted>.Policy(
            count: configuration.queueLimit, bytes: configuration.queueBytes, overflow: .admit,
            cost: { size($0.element) + ($0.note?.size ?? 0) })
        state = Mutex(State(queue: QueueState(BoundedBuffer(policy))))
    }

    /// Called each time that a producer which has stopped may go on. Nil to be told no more.
    func onRoom(_ body: (@Sendable () -> Void)?) {
        let former = onRoom.withLock { onRoom in
            defer { onRoom = body }
            return onRoom
        }
        withExtendedLifetime(former) {}
    }

    // MARK: Producers

    /// Adds an element, at once.
    @discardableResult
    func push(_ element: Element, note: NegotiationNote? = nil) -> Push {
        let news = news(element)
        let noted = Noted(element: element, note: note)
        let (push, wakeups, effects) = state.withLock { state in
            guard !state.queue.isFinished else { return (Push(hasRoom: true), Wakeups<Noted, Failure>(), [Effect]()) }
            var effects: [Effect] = []
            var isTaken = false
            for key in state.routes.keys {
                isTaken = state.routes[key]?.take(news, note, &effects) == true || isTaken
            }
            if isTaken { return (Push(hasRoom: true), Wakeups<Noted, Failure>(), effects) }
            let waits = state.routes.isEmpty && !losesOldest
            if !waits {
                while !state.queue.buffer.makeRoom(for: noted).hasRoom, state.queue.buffer.popFirst() != nil {}
            }
            _ = state.queue.buffer.append(noted)
            let wakeups = state.queue.deliver()
            return (Push(hasRoom: !waits || state.queue.hasRoom), wakeups, effects)
        }
        wakeups.resume()
        for effect in effects { effect.carryOut() }
        return push
    }

    /// Waits until the producer may go on, or the task is cancelled.
    func room() async {
        await state.wait(on: { $1(&$0.queue.producers) }) { [losesOldest] in
            losesOldest || $0.queue.hasRoom || !$0.routes.isEmpty
        }
    }

    /// No element follows; the first call counts.
    func finish(throwing error: Failure? = nil) {
        let reason = (error as (any Error)?) as? SignalingError
        let (wakeups, routes) = state.withLock { state in
            if !state.queue.isFinished { state.reason = reason }
            return (state.queue.finish(throwing: error), Array(state.routes.values))
        }
        wakeups.resume()
        for route in routes { route.queue.finish(throwing: reason) }
    }

    // MARK: Readers

    /// How many elements wait for the application.
    var waiting: Int { state.withLock { $0.queue.buffer.count } }

    /// Whether a task of the application's waits for an element.
    var isBeingRead: Bool { state.withLock { !$0.queue.readers.isEmpty } }

    /// The next element for the application; nil at the end, or when nothing waits and the task is
    /// cancelled.
    func next() async throws(Failure) -> Element? { try await nextNoted()?.element }

    /// The same with what stood beside it.
    func nextNoted() async throws(Failure) -> Noted? {
        let secondReader = secondReader
        let taken = await state.wait(on: { $1(&$0.queue.readers) }, whenCancelled: .nothing) { state in
            state.queue.readers.isEmpty ? state.queue.take() : Taken(outcome: secondReader)
        }
        taken.resumeProducers()
        if taken.hasRoomAgain { tellOfRoom() }
        return try taken.outcome.get()
    }

    /// A reader for a peer: it gets what the application has heard of it, what nobody has read, and
    /// all that follows. The one before it for the same peer ends with an error.
    func subscribe(to peer: String, heard: [PeerNews]) -> PeerInbox {
        let key = key(peer)
        let queue = AsyncQueue<SignalingEvent, SignalingError>(
            .init(
                count: configuration.queueLimit, bytes: configuration.queueBytes, overflow: .refuse, cost: \.textBytes))
        let (route, former, producers, effects) = state.withLock { state in
            state.lastRoute += 1
            var route = PeerRoute(id: state.lastRoute, key: key, keyOf: self.key, queue: queue)
            var effects: [Effect] = []
            for news in heard { _ = route.take(.heard(news), nil, isPast: true, &effects) }
            for noted in state.queue.buffer.waiting {
                _ = state.queue.buffer.popFirst()
                let isTaken = route.take(news(noted.element), noted.note, isPast: true, &effects)
                if !isTaken { _ = state.queue.buffer.append(noted) }
            }
            if state.queue.isFinished { effects.append(.end(queue, state.reason)) }
            let former = state.routes.updateValue(route, forKey: key)
            return (route, former, state.queue.producers.removeAll(), effects)
        }
        former?.queue.finish(
            throwing: SignalingError(
                .invalidState, "another PeerSignaling for \(peer.prefix(40)) has taken the place of this one"))
        for effect in effects { effect.carryOut() }
        for producer in producers { producer.resume() }
        tellOfRoom()
        return PeerInbox(queue) { [weak self] in self?.unsubscribe(route.id, key) }
    }

    private func unsubscribe(_ id: Int, _ key: String) {
        let former = state.withLock { state in
            state.routes[key]?.id == id ? state.routes.removeValue(forKey: key) : nil
        }
        withExtendedLifetime(former) {}
    }

    private func tellOfRoom() {
        if let onRoom = onRoom.withLock({ $0 }) { onRoom() }
    }
}
