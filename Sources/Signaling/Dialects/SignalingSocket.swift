/// Names a socket of a server; given once and never used again.
public typealias SignalingSocketID = UInt64

/// A socket, as a dialect meets it.
public struct SignalingSocket: Sendable, Hashable {
    /// Its number.
    public var id: SignalingSocketID
    /// Who is at the other end, as a token has shown; nil where none has.
    public var identity: TokenIdentity?
    /// Whether rooms are open to it without a token.
    public var mayJoinRooms: Bool
    /// What its request has called the server: a host, perhaps with a port, which is one of the
    /// server's own (Docs/Signaling.md). Nil where there was no request, as in tests and clusters.
    public var host: String?
    /// The port of the server that it has come to; nil as ``host`` is.
    public var port: Int?
    /// Where it comes from, as addresses are counted in limits: of IPv6 the first 64 bits.
    public var address: String?

    /// A socket from its parts.
    public init(
        id: SignalingSocketID, identity: TokenIdentity? = nil, mayJoinRooms: Bool = true, host: String? = nil,
        port: Int? = nil, address: String? = nil
    ) {
        self.id = id
        self.identity = identity
        self.mayJoinRooms = mayJoinRooms
        self.host = host
        self.port = port
        self.address = address
    }
}
