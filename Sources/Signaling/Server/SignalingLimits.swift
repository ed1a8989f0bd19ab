/// The limits a signaling server keeps.
public struct SignalingLimits: Sendable, Hashable {
    /// The largest message, in bytes; a larger one is answered with an error. Default 64 KiB.
    public var messageSize: Int
    /// After this many bad messages in a row the socket is closed with 1008. Default 5.
    public var badMessages: Int
    /// How often a peer is to give a sign of life; after three of these without one it is dropped. Default 5 s.
    public var heartbeatInterval: Duration
    /// How many messages wait for a slow reader before its socket is closed with 1013. Default 256.
    public var outbox: Int
    /// How many sockets are served at a time; more are refused. Default 4096.
    public var sockets: Int

    /// The limits of the protocol, each of which can be replaced.
    public init(
        messageSize: Int = 65536, badMessages: Int = 5, heartbeatInterval: Duration = .seconds(5), outbox: Int = 256,
        sockets: Int = 4096
    ) {
        self.messageSize = messageSize
        self.badMessages = badMessages
        self.heartbeatInterval = heartbeatInterval
        self.outbox = outbox
        self.sockets = sockets
    }
}
