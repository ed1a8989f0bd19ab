/// What follows from one event at a server: a dialect puts it in, in order, and the server carries
/// it out afterwards.
public struct SignalingTurn: Sendable {
    enum Output: Hashable, Sendable {
        case send(SignalingSocketID, [UInt8])
        /// Send the answer to a registration, with what it takes to resume.
        case welcome(SignalingSocketID, SignalingMessage)
        /// Forget a socket whose connection has broken: somebody else has its place.
        case forget(SignalingSocketID)
        /// Send the list of the socket's dialect, as it is when its turn comes.
        case list(SignalingSocketID)
        /// Send to a socket of this node; each other node sends it to its own.
        case announce(SignalingSocketID, [UInt8])
        /// Tell another node of the cluster, or all; the socket is whose message it is.
        case tell(String?, ClusterFrame, by: SignalingSocketID?)
        /// The place of a socket is at another node now: end its connection here.
        case cut(SignalingSocketID)
        /// Send a WebSocket ping.
        case ping(SignalingSocketID)
        /// Find out whose token it is, and call ``SignalingServerCore/verified(_:_:now:)``.
        case verify(SignalingSocketID, token: String)
        /// The second one's connection is the first one's from here on; that of the first, if it
        /// still has one, is cut.
        case rebind(SignalingSocketID, from: SignalingSocketID)
        /// Close with this code (RFC 6455 §7.4); the socket is forgotten already.
        case close(SignalingSocketID, code: UInt16, reason: String)
    }

    /// The time of the event, as the duration since some fixed one.
    public let now: Duration
    /// Whether a socket has just come back to its place, and what it says is its registration, with
    /// the `resume` that it was given: nothing that a stranger could repeat.
    public internal(set) var isResuming = false
    var outputs: [Output] = []
    /// What the event is about, where one node of a cluster keeps the state of that.
    var about: ClusterKey?

    /// The turn of an event.
    ///
    /// - Parameter now: see ``now``.
    public init(now: Duration) { self.now = now }

    /// What has been put in so far for one socket, for tests of a dialect: messages in order, a
    /// list as nil.
    public func messages(to socket: SignalingSocketID) -> [SignalingMessage?] {
        outputs.compactMap { output in
            switch output {
            case .send(socket, let bytes), .announce(socket, let bytes): try? SignalingMessage(parsing: bytes)
            case .welcome(socket, let message): message
            case .list(socket): .some(nil)
            default: nil
            }
        }
    }

    /// Sends a message to a socket.
    public mutating func send(_ message: SignalingMessage, to socket: SignalingSocketID) {
        outputs.append(.send(socket, message.bytes))
    }

    /// Sends a message to each of some sockets, in this order; it is written once.
    public mutating func send(_ message: SignalingMessage, to sockets: some Sequence<SignalingSocketID>) {
        let bytes = message.bytes
        for socket in sockets { outputs.append(.send(socket, bytes)) }
    }

    /// Sends each of some sockets what follows from who is there, such as that somebody has come.
    /// Of several servers each knows all sockets; it finds out the same, and tells its own.
    public mutating func announce(_ message: SignalingMessage, to sockets: some Sequence<SignalingSocketID>) {
        let bytes = message.bytes
        for socket in sockets { outputs.append(.announce(socket, bytes)) }
    }

    /// Answers a registration: the message, with a `resume` that keeps the place of a socket whose
    /// connection breaks.
    public mutating func welcome(_ socket: SignalingSocketID, with message: SignalingMessage) {
        outputs.append(.welcome(socket, message))
    }

    /// Somebody has the place of a socket that is away; see
    /// ``SignalingDialect/detach(_:in:)``. Nothing is kept for it any more.
    public mutating func forget(_ socket: SignalingSocketID) { outputs.append(.forget(socket)) }

    /// Sends a socket the dialect's ``SignalingDialect/list`` when its turn comes. It is sent once,
    /// as it is then, however often this is called meanwhile.
    public mutating func sendList(to socket: SignalingSocketID) { outputs.append(.list(socket)) }
}
