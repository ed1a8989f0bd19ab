internal import Logging
internal import Synchronization

/// A registration with a signaling server that is kept up, in some dialect: it connects again, with
/// increasing waits, whenever the connection breaks, until ``close()``.
/// ``ReconnectingSignalingClient`` is that of the mesh.
///
/// A server may keep the place of a connection that breaks, with what is addressed to it meanwhile,
/// which is had once then. A server that goes and says so is left when there is a connection with
/// another one: the one that it names, else the one that is under the same URL then. A client whose
/// own URL is `wss:` goes to no other kind; which servers it believes stays as it is configured.
public final class ReconnectingDialectClient<Dialect: ClientDialect>: Sendable {
    /// What happens to the registration. New cases can be added.
    public enum Event: Sendable, Hashable {
        /// An attempt to connect begins.
        case connecting
        /// Connected, and the greeting sent. The place is a new one: what was addressed to an
        /// earlier one since its connection broke is lost.
        case connected
        /// Connected again, and the place is the one from before; what was addressed to it
        /// meanwhile follows. What was sent in the moments before the connection broke, either way,
        /// may be lost.
        case resumed
        /// The server goes, and says so. Its connection is good until there is one with the next
        /// server, which is told as ``resumed`` or ``connected``.
        case moving(to: String)
        /// The server sent a message.
        case message(Dialect.Message)
        /// The connection, or the attempt to make one, ended; another attempt follows.
        case disconnected(SignalingError)
    }

    /// The events, in order.
    public typealias Events = DialectEvents<Dialect>

    let inbox: ClientInbox<Event, Never>
    private let logger: Logger
    private let keeper: RegistrationKeeper<Dialect>
    private let task: Task<Void, Never>

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
        try self.init(url, dialect, configuration, backoff, losesOldest: false) { _, _, _ in false }
    }

    /// - Parameters:
    ///   - losesOldest: nothing waits for an application that does not read.
    ///   - filter: sees each event first.
    init(
        _ url: String, _ dialect: Dialect, _ configuration: SignalingClientConfiguration, _ backoff: Backoff,
        losesOldest: Bool, filter: @escaping RegistrationKeeper<Dialect>.Filter
    ) throws(SignalingError) {
        try configuration.validate()
        try backoff.validate()
        let inbox = Events.inbox(configuration, losesOldest: losesOldest)
        let keeper = try RegistrationKeeper(url, dialect, configuration, backoff, inbox, filter: filter)
        self.inbox = inbox
        self.keeper = keeper
        logger = configuration.logger
        task = Task { await keeper.run() }
    }

    deinit {
        task.cancel()
        // The last reference to a connection closes it.
        _ = keeper.finish()
        inbox.finish()
    }

    /// What happens, from the first attempt on; see ``Events``.
    public var events: Events { Events(inbox: inbox, logger: logger) }

    /// Sends a message over the connection there is. Servers do not say what has arrived, so what
    /// was sent in the moments before a connection broke may be lost, and is not sent again: a
    /// ``PeerSignaling`` makes its negotiator do so, where that does no harm.
    ///
    /// - Throws: `.closed` when there is none now; nothing is kept for the next one.
    public func send(_ message: Dialect.Message) async throws(SignalingError) { try await send(message, nil) }

    func send(_ message: Dialect.Message, _ note: NegotiationNote?) async throws(SignalingError) {
        guard let client = keeper.client else {
            throw SignalingError(.closed, "there is no connection to the signaling server at the moment")
        }
        try await client.send(message, note)
    }

    /// Closes the connection for good and returns when it is closed. ``events`` ends. May be called
    /// again.
    public func close() async {
        let client = keeper.finish()
        inbox.finish()
        task.cancel()
        await client?.close()
        await task.value
    }
}

extension ReconnectingDialectClient.Event {
    /// What it is to the negotiators of peers.
    var news: PeerRoute.News {
        switch self {
        case .connected, .resumed: .connected
        case .connecting, .moving: .heard(.none)
        case .message(let message): .heard(Dialect.news(in: message))
        case .disconnected(let error): .disconnected(error)
        }
    }

    /// About how many bytes it keeps.
    var size: Int {
        switch self {
        case .connecting, .connected, .resumed: 0
        case .moving(let url): url.utf8.count
        case .message(let message): Dialect.size(of: message)
        case .disconnected(let error): error.message.utf8.count
        }
    }
}
