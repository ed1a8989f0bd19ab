internal import AsyncQueues
public import JSEP

/// The way to one peer through a server, as a negotiator wants it, in whatever dialect.
///
/// From when it is made it gets what the peer sends, also what came before and nobody has read. The
/// client's own messages or events have everything else, so that a client may have an application's
/// loop and one of these for each peer at once. A second one for the same peer takes the place of
/// the first, whose ``messages`` fail.
///
/// It tells the negotiator when the peer comes after it was not there, and when the server or the
/// connection to it fails.
///
/// ```swift
/// let negotiator = PerfectNegotiator(connection, over: PeerSignaling(client, peer: other), polite: true)
/// defer { negotiator.close() }  // it negotiates for as long as somebody holds it
/// ```
public struct PeerSignaling: SignalingTransport {
    private let transmit: @Sendable (SignalingPayload, NegotiationNote?) async throws(SignalingError) -> Void
    private let inbox: PeerInbox

    /// Over one connection to a server: it ends with that.
    ///
    /// - Parameters:
    ///   - client: connected, and registered with an id.
    ///   - peer: the other's id; in the mesh in upper or lower case.
    ///   - heard: what the application has read of this peer's messages, such as the offer by which
    ///     it knows of it.
    public init<Dialect>(_ client: DialectClient<Dialect>, peer: String, heard: [Dialect.Message] = []) {
        self.init(client.inbox.subscribe(to: peer, heard: heard.map(Dialect.news))) {
            (payload, note) async throws(SignalingError) in
            try await client.send(Dialect.message(payload, to: peer), note)
        }
    }

    /// Over a registration that is kept up: what may have been lost between two connections is sent
    /// again.
    ///
    /// - Parameters:
    ///   - client: connected, or about to be.
    ///   - peer: the other's id; in the mesh in upper or lower case.
    ///   - heard: what the application has read of this peer's messages, such as the offer by which
    ///     it knows of it.
    public init<Dialect>(
        _ client: ReconnectingDialectClient<Dialect>, peer: String, heard: [Dialect.Message] = []
    ) {
        self.init(client.inbox.subscribe(to: peer, heard: heard.map(Dialect.news))) {
            (payload, note) async throws(SignalingError) in
            try await client.send(Dialect.message(payload, to: peer), note)
        }
    }

    init(
        _ inbox: PeerInbox,
        transmit: @escaping @Sendable (SignalingPayload, NegotiationNote?) async throws(SignalingError) -> Void
    ) {
        self.inbox = inbox
        self.transmit = transmit
    }

    /// Sends it to the peer. A rollback, which refuses an offer, goes beside the next offer, in the
    /// member `negotiation`, and a provisional answer is not sent: see Docs/Signaling.md.
    ///
    /// - Throws: ``SignalingError`` if the client is closed, or the server takes no more.
    public func send(_ message: SignalingPayload) async throws {
        guard let (payload, note) = inbox.outgoing(message) else { return }
        try await transmit(payload, note)
    }

    /// What the peer sends, when it has come, and what is wrong; read once. Fails with a
    /// ``SignalingError``: with that of the connection, `.invalidState` where there is another
    /// reader, `.inboxFull` when nobody reads.
    public var messages: some AsyncSequence<SignalingEvent, any Error> { PeerEvents(inbox: inbox) }
}

/// What a ``PeerSignaling`` tells.
private struct PeerEvents: AsyncSequence {
    let inbox: PeerInbox

    func makeAsyncIterator() -> Iterator { Iterator(inbox: inbox, isFirst: inbox.claim()) }

    struct Iterator: AsyncIteratorProtocol {
        let inbox: PeerInbox
        let isFirst: Bool

        mutating func next() async throws -> SignalingEvent? { try await next(isolation: nil) }

        mutating func next(isolation actor: isolated (any Actor)?) async throws(any Error) -> SignalingEvent? {
            guard isFirst else {
                throw SignalingError(
                    .invalidState, "this PeerSignaling is read already; make one for each negotiator")
            }
            return try await inbox.queue.next()
        }
    }
}
