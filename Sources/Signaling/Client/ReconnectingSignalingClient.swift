internal import Logging
internal import Synchronization

/// A registration with a signaling server that is kept up: it connects again, with increasing
/// waits, whenever the connection breaks, until ``close()``.
public final class ReconnectingSignalingClient: Sendable {
    /// What happens to the registration.
    public enum Event: Sendable, Hashable {
        /// Connected, and the registration sent.
        case connected
        /// The server sent a message.
        case message(MeshMessage)
        /// The connection, or the attempt to make one, ended; another attempt follows.
        case disconnected(SignalingError)
    }

    /// The events, in order; ends after ``ReconnectingSignalingClient/close()``.
    ///
    /// One task reads at a time: for a second one that comes while the first waits they end at
    /// once, and the log has a warning. What a peer sends that has a ``PeerSignaling`` goes to
    /// that instead; while there is one, events that nobody reads are kept up to the bound, the
    /// newest of them, and otherwise the connection waits for their reader.
    public struct Events: AsyncSequence, Sendable {
        /// An event.
        public typealias Element = Event
        /// The sequence never fails.
        public typealias Failure = Never

        let inbox: ClientInbox<Event, Never>
        let logger: Logger

        static func inbox(_ configuration: SignalingClientConfiguration) -> ClientInbox<Event, Never> {
            ClientInbox(configuration, size: \.size, news: \.news, secondReader: .success(nil))
        }

        /// An iterator; all iterators share the events.
        public func makeAsyncIterator() -> Iterator { Iterator(inbox: inbox, logger: logger) }

        /// Reads the events.
        public struct Iterator: AsyncIteratorProtocol {
            let inbox: ClientInbox<Event, Never>
            let logger: Logger

            /// The next event; nil at the end or when the task is cancelled.
            public mutating func next() async -> Event? { await next(isolation: nil) }

            /// The next event; nil at the end or when the task is cancelled.
            public mutating func next(isolation actor: isolated (any Actor)?) async -> Event? {
                if inbox.isBeingRead {
                    logger.warning("another task reads the events of this client; this one gets none")
                }
                return await inbox.next()
            }
        }
    }

    private struct State {
        var client: SignalingClient?
        var task: Task<Void, Never>?
        var isClosed = false
    }

    let inbox: ClientInbox<Event, Never>
    private let configuration: SignalingClientConfiguration
    private let state = Mutex(State())

    /// Starts to connect.
    ///
    /// - Throws: `.invalidURL`, `.invalidConfiguration`: what no further attempt
    ///   would change.
    public init(
        url: String, registration: Registration, configuration: SignalingClientConfiguration = .init(),
        backoff: Backoff = .init()
    ) throws(SignalingError) {
        try configuration.validate()
        try backoff.validate()
        _ = try WebSocketURL(url)
        self.configuration = configuration
        inbox = Events.inbox(configuration)
        let task = Task { [weak self, inbox] in
            var failures = 0
            while !Task.isCancelled {
                do throws(SignalingError) {
                    let client = try await SignalingClient.connect(to: url, configuration: configuration)
                    guard self?.adopt(client) == true else { return await client.close() }
                    try await client.register(registration)
                    await inbox.pushInTurn(.connected)
                    for try await message in client.messages {
                        if case .peerList = message { failures = 0 }  // the server has accepted us
                        await inbox.pushInTurn(.message(message))
                    }
                    throw SignalingError(.closed, "the connection was closed")
                } catch {
                    guard !Task.isCancelled, self?.adopt(nil) == true else { return }
                    configuration.logger.debug("signaling is disconnected", metadata: ["error": "\(error)"])
                    await inbox.pushInTurn(.disconnected(error))
                }
                failures += 1
                var generator = SystemRandomNumberGenerator()
                try? await Task.sleep(for: backoff.delay(beforeAttempt: failures, using: &generator))
            }
        }
        state.withLock { $0.task = task }
    }

    deinit {
        state.withLock { $0.task }?.cancel()
        inbox.finish()
    }

    /// What happens, from the first attempt on; see ``Events``.
    public var events: Events { Events(inbox: inbox, logger: configuration.logger) }

    /// Sends a message over the connection there is.
    ///
    /// - Throws: `.closed` when there is none now; nothing is kept for the next one.
    public func send(_ message: MeshMessage) async throws(SignalingError) {
        guard let client = state.withLock({ $0.client }) else {
            throw SignalingError(.closed, "there is no connection to the signaling server at the moment")
        }
        try await client.send(message)
    }

    /// Closes the connection for good and returns when it is closed. ``events`` ends. May be called
    /// again.
    public func close() async {
        let (client, task) = state.withLock { state in
            state.isClosed = true
            defer { state.client = nil }
            return (state.client, state.task)
        }
        inbox.finish()
        task?.cancel()
        await client?.close()
        await task?.value
    }

    private func adopt(_ client: SignalingClient?) -> Bool {
        state.withLock { state in
            guard !state.isClosed else { return false }
            state.client = client
            return true
        }
    }
}

extension ReconnectingSignalingClient.Event {
    /// What it is to the negotiators of peers.
    var news: PeerRoute.News {
        switch self {
        case .connected: .connected
        case .message(let message): .message(message)
        case .disconnected(let error): .disconnected(error)
        }
    }

    /// About how many bytes it keeps.
    var size: Int {
        switch self {
        case .connected: 0
        case .message(let message): message.size
        case .disconnected(let error): error.message.utf8.count
        }
    }
}

extension ClientInbox {
    /// Adds an element and waits until there is room for the next.
    fileprivate func pushInTurn(_ element: Element) async {
        if !push(element).hasRoom { await room() }
    }
}
