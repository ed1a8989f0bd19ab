public import JSEP

/// What a client speaks with a signaling server: what its messages are, and what they are to the
/// negotiators of peers.
///
/// A value says who the client is. ``DialectClient`` and ``ReconnectingDialectClient`` do all else;
/// ``PeerSignaling`` over either of them is the way to a peer for a negotiator. The library has the
/// mesh, ``MeshClientDialect``; rooms, ``RoomClientDialect``; and calls, ``CallClientDialect``. An
/// application whose server speaks a dialect of its own writes one more of these:
///
/// ```swift
/// struct Pairs: ClientDialect {
///     enum Message: Hashable, Sendable { case hello(String), say(SignalingPayload), gone(String) }
///     …
/// }
/// let client = try ReconnectingDialectClient(url: "wss://example.org/ws", dialect: Pairs(name: "A"))
/// ```
///
/// All static members are pure, quick, and called from any thread, under locks too.
public protocol ClientDialect: Sendable {
    /// What the server and the client say.
    associatedtype Message: Sendable, Hashable

    /// How a message goes over a socket. Its member `negotiation` is the library's.
    static func encode(_ message: Message) -> SignalingMessage
    /// What has come over a socket.
    ///
    /// - Throws: ``SignalingRefusal`` for what is no message that a server sends: it is passed
    ///   over.
    static func decode(_ message: SignalingMessage) throws(SignalingRefusal) -> Message
    /// About how many bytes a message keeps. Every text counts: the other end chooses which of them
    /// it makes long.
    static func size(of message: Message) -> Int
    /// What ids of peers are compared by; the id itself unless the dialect spells one differently.
    static func key(of peer: String) -> String
    /// What a message is to the negotiators of peers.
    static func news(in message: Message) -> PeerNews
    /// How an offer, an answer, a candidate or the end of candidates is said to a peer. It is asked
    /// for nothing else.
    static func message(_ payload: SignalingPayload, to peer: String) -> Message
    /// The types of the messages with which a server answers the greeting, and which no client can
    /// send through it. Where one has a `resume`, that is what it takes to have the place again.
    static var welcomes: Set<String> { get }

    /// What is said first on each connection, in this order.
    var greeting: [Message] { get }
    /// What is said in each ``SignalingClientConfiguration/heartbeatInterval`` after the greeting;
    /// nil where WebSocket pings are enough.
    var heartbeat: Message? { get }
    /// What is said first on a connection, as it goes over a socket.
    ///
    /// - Parameter resume: what it takes to have the place of an earlier connection; nil where
    ///   there is none.
    func opening(resuming resume: String?) -> [SignalingMessage]
}

extension ClientDialect {
    /// The id itself.
    public static func key(of peer: String) -> String { peer }
    /// None.
    public var heartbeat: Message? { nil }
    /// None: a place is never had again.
    public static var welcomes: Set<String> { [] }
    /// The greeting, with `resume` in the first of its messages.
    public func opening(resuming resume: String?) -> [SignalingMessage] {
        var messages = greeting.map(Self.encode)
        if let resume, !messages.isEmpty { messages[0]["resume"] = resume }
        return messages
    }

    /// The message as bytes, with what a negotiator says beside it.
    static func bytes(_ message: Message, _ note: NegotiationNote?) throws(SignalingError) -> [UInt8] {
        var message = encode(message)
        note?.write(into: &message)
        return try bytes(message)
    }

    /// A message as bytes, if there are no more of them than a server takes.
    static func bytes(_ message: SignalingMessage) throws(SignalingError) -> [UInt8] {
        let bytes = message.bytes
        let limit = SignalingLimits().messageSize
        guard bytes.count <= limit else {
            throw SignalingError(.messageTooLarge, "the message has \(bytes.count) bytes; \(limit) are allowed")
        }
        return bytes
    }
}
