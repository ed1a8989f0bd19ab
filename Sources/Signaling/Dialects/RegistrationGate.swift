/// Decides who may register in a mesh that is not open to everybody: what is asked and answered by
/// `challenge` and `response` before a `register`.
///
/// A value of the ``MeshDialect`` that has it, which calls it on one thread at a time. It does no
/// I/O, and forgets a socket when it is told that it has left.
public protocol RegistrationGate: Sendable {
    /// Takes a `challenge` or a `response` of a socket that has not registered.
    ///
    /// - Throws: what the socket is told, and closed with if that says so.
    mutating func receive(
        _ message: SignalingMessage, from socket: SignalingSocket, now: Duration
    ) throws(SignalingRefusal) -> RegistrationPassage
    /// A socket has tried to register without having passed, and was told how to begin.
    mutating func turnedAway(_ socket: SignalingSocket)
    /// A socket is gone, or has registered.
    mutating func leave(_ socket: SignalingSocketID)
    /// The sockets that have taken too long; they are closed.
    mutating func overdue(now: Duration) -> [SignalingSocketID]
}

/// What a ``RegistrationGate`` says to a message.
public struct RegistrationPassage: Sendable, Hashable {
    /// For the socket; nil where nothing is answered.
    public var answer: SignalingMessage?
    /// The `peer_id` that the socket may register with from here on; nil where it may not yet.
    public var admitted: String?

    /// A passage from its parts.
    public init(answer: SignalingMessage? = nil, admitted: String? = nil) {
        self.answer = answer
        self.admitted = admitted
    }
}
