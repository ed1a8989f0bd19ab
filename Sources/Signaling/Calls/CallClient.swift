internal import AsyncQueues
internal import Foundation

/// Calls of one user on one device: it connects with a token, again and again whenever the
/// connection breaks, until ``close()``.
///
/// ```swift
/// let calls = try CallClient(url: "wss://chat.example.org/ws") { try await session.token() }
/// for await call in calls.incoming {
///     …  // ask the user
///     call.accept()
///     let negotiator = PerfectNegotiator(try PeerConnection(), over: call.channel, polite: call.isPolite)
/// }
/// ```
public final class CallClient: Sendable {
    /// What happens beside calls: to the connection, and `.message` with what is sent
    /// by ``send(_:to:)`` at the other end, and with errors that are about no call of this
    /// client's.
    public typealias Event = ReconnectingDialectClient<CallClientDialect>.Event
    /// The events, in order.
    public typealias Events = DialectEvents<CallClientDialect>

    private let client: ReconnectingDialectClient<CallClientDialect>
    private let board: CallBoard
    private let sender: Task<Void, Never>

    /// Starts to connect.
    ///
    /// - Parameters:
    ///   - url: as for ``DialectClient/connect(to:configuration:)``.
    ///   - configuration: how long to wait, and how much to take. Its token is not used.
    ///   - backoff: how long to wait before another attempt.
    ///   - ringingTime: how long a call of ours rings before it is hung up as missed; 10 ms to one
    ///     day.
    ///   - incomingLimit: how many calls may ring here at once; more are rejected as busy. 1 to
    ///     1024.
    ///   - token: gives the token that says who the user is. It is asked for each connection, and
    ///     once more when the server refuses what it gave.
    /// - Throws: `.invalidURL`, `.invalidConfiguration`: what no further attempt would change.
    public init(
        url: String, configuration: SignalingClientConfiguration = .init(), backoff: Backoff = .init(),
        ringingTime: Duration = .seconds(30), incomingLimit: Int = 32,
        token: @escaping @Sendable () async throws -> String
    ) throws(SignalingError) {
        try check(ringingTime, "ringingTime")
        try check(incomingLimit, "incomingLimit", in: 1...1024)
        var configuration = configuration
        configuration.token = token
        let board = CallBoard(
            CallCore(ringingTime: ringingTime, incomingLimit: incomingLimit), configuration)
        let client = try ReconnectingDialectClient(
            url, CallClientDialect(), configuration, backoff, losesOldest: true,
            filter: { board.follow($0, $1, keepsPlace: $2) })
        self.board = board
        self.client = client
        // Ends with the outbox, which ends with this.
        sender = Task {
            for await message in board.outbox { await Self.send(message, client, board) }
        }
    }

    deinit { board.close() }

    /// Sends a message. One for which there is no connection waits for the next, if it is still
    /// wanted then.
    private static func send(
        _ message: CallBoard.Outgoing, _ client: ReconnectingDialectClient<CallClientDialect>, _ board: CallBoard
    ) async {
        repeat {
            do throws(SignalingError) {
                return try await client.send(message.message, message.note)
            } catch {
                // It has not been sent: that a whole message went out is known.
                guard error.code == .closed || error.code == .connectionFailed else { return }
            }
        } while await board.connections.next() != nil && board.isWanted(message.message)
    }

    /// Calls a user; it rings at the other end as soon as the negotiator over the call's
    /// ``Call/channel`` has made its offer.
    ///
    /// Where a call of that user's rings here already, it is that call, accepted: look at
    /// ``Call/isPolite``. Where one of ours rings there, it is that.
    public func call(_ user: String) -> Call { board.call(user, id: UUID().uuidString.lowercased()) }

    /// The calls that others make, each once. Those that are over before anybody has taken them are
    /// not among them any more.
    public var incoming: some AsyncSequence<Call, Never> & Sendable { board.incoming }

    /// What happens beside calls, for one task of the application's. Nothing waits for a task that
    /// does not read: the newest is kept, within the limits.
    public var events: Events { client.events }

    /// Sends a message to all devices of a user.
    ///
    /// - Parameters:
    ///   - message: of the type `message`, `typing` or `read`, with any members.
    ///   - user: who is to have it.
    /// - Throws: `.invalidMessage` for another type; `.closed` when there is no connection now.
    public func send(_ message: SignalingMessage, to user: String) async throws(SignalingError) {
        guard CallMessage.plainTypes.contains(message.type) else {
            throw SignalingError(
                .invalidMessage, "\"\(message.type.prefix(40))\" is not message, typing or read")
        }
        try await client.send(.plain(peer: user, message))
    }

    /// Hangs up all calls, and returns when the connection is closed. ``events`` and ``incoming``
    /// end. May be called again.
    public func close() async {
        board.close()
        await sender.value
        await client.close()
    }
}
