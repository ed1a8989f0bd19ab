/// What a signaling server speaks on a socket: who is who, and what becomes of a message.
///
/// A dialect is a value that holds its members. The server calls it on one thread at a time, tells
/// it what arrives, and carries out what it puts into the ``SignalingTurn``. It does no I/O, and
/// takes the time from there. The rules that all dialects share are the server's: JSON and its
/// size, bad messages in a row, time to register, pings and silence, slow readers.
///
/// A socket's first message of a type in ``openings`` chooses its dialect. One whose peer has shown
/// a token is offered to each dialect beside that; see ``identified(_:in:)``.
public protocol SignalingDialect: Sendable {
    /// What it is called in logs, metrics and traces, always the same: `room`.
    var name: String { get }
    /// The types of messages with which a socket begins to speak it. This and ``types`` are asked
    /// for with each message, so they are best stored.
    var openings: Set<String> { get }
    /// All types of messages that clients send, those of ``openings`` too.
    var types: Set<String> { get }
    /// What to do before other messages, for people: `send join`.
    var howToBegin: String { get }
    /// What ``SignalingTurn/sendList(to:)`` sends, as it is now; nil where there is none. It is
    /// asked for once in each ``listVersion``.
    var list: SignalingMessage? { get }
    /// Another one for each change of the ``list``, so that what is the same is written once.
    var listVersion: Int { get }

    /// Whether several servers may speak it together; each has a dialect of its own then, which
    /// knows the sockets of all. They are opened by their `presence(of:)`, they leave, and messages
    /// to them arrive where they are. A server with a dialect that is not made for that stays by
    /// itself.
    var spansServers: Bool { get }
    /// The message that opens a socket at another server as it is now; nil where its token is
    /// enough.
    func presence(of socket: SignalingSocketID) -> SignalingMessage?
    /// Who has the place that such a message asks for, a name that is there once; nil where it is
    /// free.
    func holder(of message: SignalingMessage) -> SignalingSocketID?
    /// What a message is about, where the dialect keeps a state of that, such as a call. The server
    /// that is the first to hear of it keeps the state, and gets what others hear of it.
    func key(of message: SignalingMessage) -> String?

    /// The server starts, with these limits.
    mutating func begin(limits: SignalingLimits)
    /// A socket's first message, of a type in ``openings``. It speaks the dialect from here on,
    /// unless this throws.
    mutating func open(
        _ message: SignalingMessage, from socket: SignalingSocket, in turn: inout SignalingTurn
    ) throws(SignalingRefusal)
    /// A token has shown who is at a socket's other end. True if it speaks the dialect from here
    /// on, beside the one that it opens.
    mutating func identified(_ socket: SignalingSocket, in turn: inout SignalingTurn) throws(SignalingRefusal) -> Bool
    /// A message of one of the ``types``, of a socket that speaks the dialect.
    mutating func receive(
        _ message: SignalingMessage, from socket: SignalingSocketID, in turn: inout SignalingTurn
    ) throws(SignalingRefusal)
    /// A socket that spoke the dialect is gone.
    mutating func leave(_ socket: SignalingSocketID, in turn: inout SignalingTurn)
    /// The connection of a socket has broken, without a goodbye. The others are told that it is
    /// gone; what is sent to it all the same is kept, for the server may get it back for some time.
    /// False where it leaves at once.
    mutating func detach(_ socket: SignalingSocketID, in turn: inout SignalingTurn) -> Bool
    /// A socket that was away is back, on another connection; the registration that says so
    /// follows.
    mutating func attach(_ socket: SignalingSocketID, in turn: inout SignalingTurn)
    /// Called a few times in each ``SignalingLimits/heartbeatInterval``.
    mutating func tick(in turn: inout SignalingTurn)
    /// Sockets that speak the dialect and have not done in time what it asks for: the server closes
    /// them. Called as often as ``tick(in:)``.
    mutating func overdue(now: Duration) -> [SignalingSocketID]
}

extension SignalingDialect {
    /// The name of the type.
    public var name: String { "\(Self.self)" }
    /// None.
    public var list: SignalingMessage? { nil }
    /// Not made for it.
    public var spansServers: Bool { false }
    /// None.
    public func presence(of socket: SignalingSocketID) -> SignalingMessage? { nil }
    /// Nobody.
    public func holder(of message: SignalingMessage) -> SignalingSocketID? { nil }
    /// Nothing.
    public func key(of message: SignalingMessage) -> String? { nil }
    /// Always the same.
    public var listVersion: Int { 0 }
    /// Nothing.
    public mutating func begin(limits: SignalingLimits) {}
    /// Never.
    public mutating func identified(
        _ socket: SignalingSocket, in turn: inout SignalingTurn
    ) throws(SignalingRefusal) -> Bool { false }
    /// False: it leaves.
    public mutating func detach(_ socket: SignalingSocketID, in turn: inout SignalingTurn) -> Bool { false }
    /// Nothing.
    public mutating func attach(_ socket: SignalingSocketID, in turn: inout SignalingTurn) {}
    /// Nothing.
    public mutating func tick(in turn: inout SignalingTurn) {}
    /// Nobody.
    public mutating func overdue(now: Duration) -> [SignalingSocketID] { [] }
}
