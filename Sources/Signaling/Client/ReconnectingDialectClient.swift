internal import Logging
internal import Synchronization

/// A registration with a signaling server that is kept up, in some dialect: it connects again, with
/// increasing waits, whenever the connection breaks, until ``close()``.
/// ``ReconnectingSignalingClient`` is that of the mesh.
public final class ReconnectingDialectClient<Dialect: ClientDialect>: Sendable {
    /// What happens to the registration.
    public enum Event: Sendable, Hashable {
        /// Connected, and the greeting sent.
        case connected
        /// The server sent a message.
        case message(Dialect.Message)
        /// The connection, or the attempt to make one, ended; another attempt follows.
        case disconnected(SignalingError)
    }

    /// The events, in order.
    public typealias Events = DialectEvents<Dialect>

    /// Sees each event first, with what stood beside its message; true keeps it from others.
    typealias Filter = @Sendable (Event, NegotiationNote?) -> Bool

    private struct State {
        var client: DialectClient<Dialect>?
        var task: Task<Void, Never>?
        var isClosed = false
    }

    let inbox: ClientInbox<Event, Never>
    private let configuration: SignalingClientConfiguration
    private let state = Mutex(State())

    /// Starts to connect.
    ///
    /// - Parameters:
    ///   - url: as for ``DialectClient/connect(to:configuration:)``.
    ///   - dialect: who this client is.
    ///   - configuration: how long to wait, and how much to take.
    ///   - backoff: how long to wait before another attempt.
    /// - Throws: `.invalidURL`, `.invalidConfiguration`: what no further attempt
    ///   would change.
    public convenience init(
        url: String, dialect: Dialect, configuration: SignalingClientConfiguration = .init(),
        backoff: Backoff = .init()
    ) throws(SignalingError) {
        try self.init(url, dialect, configuration, backoff, losesOldest: false) { _, _ in false }
    }

    /// - Parameters:
    ///   - losesOldest: nothing waits for an application that does not read.
    ///   - filter: sees each event first.
    init(
        _ url: String, _ dialect: Dialect, _ configuration: SignalingClientConfiguration, _ backoff: Backoff,
        losesOldest: Bool, filter: @escaping Filter
    ) throws(SignalingError) {
        try configuration.validate()
        try backoff.validate()
        _ = try WebSocketURL(url)
        self.configuration = configuration
        inbox = Events.inbox(configuration, losesOldest: losesOldest)
        let pump: @Sendable (Event, NegotiationNote?) async -> Void = { [inbox] event, note in
            guard !filter(event, note) else { return }
            if !inbox.push(event, note: note).hasRoom { await inbox.room() }
        }
        let task = Task { [weak self] in
            var failures = 0
            while !Task.isCancelled {
                let start = ContinuousClock.now
                do throws(SignalingError) {
                    let client = try await DialectClient<Dialect>.connect(to: url, configuration: configuration)
                    guard self?.adopt(client) == true else { return await client.close() }
                    try await client.introduce(dialect)
                    await pump(.connected, nil)
                    while let heard = try await client.inbox.nextNoted() {
                        // What is no error shows that the server has accepted us.
                        if case .refused = Dialect.news(in: heard.element) {} else { failures = 0 }
                        await pump(.message(heard.element), heard.note)
                    }
                    throw SignalingError(.closed, "the connection was closed")
                } catch {
                    guard !Task.isCancelled, self?.adopt(nil) == true else { return }
                    configuration.logger.debug("signaling is disconnected", metadata: ["error": "\(error)"])
                    // So does a connection that has lasted, where the server has nothing to say.
                    if ContinuousClock.now - start > max(backoff.maximum, configuration.connectTimeout) { failures = 0 }
                    await pump(.disconnected(error), nil)
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
    public func send(_ message: Dialect.Message) async throws(SignalingError) { try await send(message, nil) }

    func send(_ message: Dialect.Message, _ note: NegotiationNote?) async throws(SignalingError) {
        guard let client = state.withLock({ $0.client }) else {
            throw SignalingError(.closed, "there is no connection to the signaling server at the moment")
        }
        try await client.send(message, note)
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

    private func adopt(_ client: DialectClient<Dialect>?) -> Bool {
        state.withLock { state in
            guard !state.isClosed else { return false }
            state.client = client
            return true
        }
    }
}

extension ReconnectingDialectClient.Event {
    /// What it is to the negotiators of peers.
    var news: PeerRoute.News {
        switch self {
        case .connected: .connected
        case .message(let message): .heard(Dialect.news(in: message))
        case .disconnected(let error): .disconnected(error)
        }
    }

    /// About how many bytes it keeps.
    var size: Int {
        switch self {
        case .connected: 0
        case .message(let message): Dialect.size(of: message)
        case .disconnected(let error): error.message.utf8.count
        }
    }
}
