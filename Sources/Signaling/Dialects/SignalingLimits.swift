/// The limits a signaling server keeps. What they bound, and what happens at each, is in
/// `Docs/Signaling.md`. Each has a range, which ``validate()`` knows: times are 10 ms to one day,
/// ``requestHead`` is at least 256, everything else at least 1.
public struct SignalingLimits: Sendable, Hashable {
    /// The largest message, in bytes; a larger one is answered with an error. Default 64 KiB.
    public var messageSize: Int
    /// After this many bad messages in a row the socket is closed with 1008. Default 5.
    public var badMessages: Int
    /// How often the server pings, and how often a peer is to give a sign of life; after three of
    /// these without one it is dropped. A pong is one, like any message. Default 5 s.
    public var heartbeatInterval: Duration
    /// How many messages wait for a slow reader before its socket is closed with 1013. Default 256.
    public var outbox: Int
    /// How many bytes wait for a slow reader before its socket is closed with 1013. Default 1 MiB.
    public var outboxBytes: Int
    /// How many bytes wait for all readers together; above it the socket for which most wait is
    /// closed with 1013. Default 64 MiB.
    public var allOutboxBytes: Int
    /// How many bytes of unfinished messages are kept for all sockets together; above it the socket
    /// whose message is unfinished for longest is closed with 1013. Default 16 MiB.
    public var unfinishedBytes: Int
    /// How many connections are served at a time, whether they are WebSockets yet or not. Above it
    /// the oldest one on which nobody has registered goes; where there is none, new ones are
    /// refused. Default 4096.
    public var sockets: Int
    /// The same for one address; a network of 64 bits is one address of IPv6. Default 1024.
    public var socketsPerAddress: Int
    /// How many connections of one address may be without registration; above it the oldest of them
    /// goes. Default 512.
    public var unregisteredPerAddress: Int
    /// How long a connection may take to become a WebSocket, and then again to register or join.
    /// Default 10 s.
    public var registrationTime: Duration
    /// How many peers are registered in the mesh, and how many are in one room; more are refused.
    /// Default 2048.
    public var peers: Int
    /// How many devices a user of the call dialect may have at once; more are refused. Default 16.
    public var devices: Int
    /// How many times in a row a registered peer may register again; one more is allowed each
    /// second. Default 5.
    public var registrations: Int
    /// The largest head of an HTTP request, in bytes. Default 16 KiB.
    public var requestHead: Int

    /// The limits of the protocol, each of which can be replaced.
    public init(
        messageSize: Int = 65536, badMessages: Int = 5, heartbeatInterval: Duration = .seconds(5), outbox: Int = 256,
        outboxBytes: Int = 1 << 20, allOutboxBytes: Int = 64 << 20, unfinishedBytes: Int = 16 << 20,
        sockets: Int = 4096,
        socketsPerAddress: Int = 1024, unregisteredPerAddress: Int = 512, registrationTime: Duration = .seconds(10),
        peers: Int = 2048, devices: Int = 16, registrations: Int = 5, requestHead: Int = 16384
    ) {
        self.messageSize = messageSize
        self.badMessages = badMessages
        self.heartbeatInterval = heartbeatInterval
        self.outbox = outbox
        self.outboxBytes = outboxBytes
        self.allOutboxBytes = allOutboxBytes
        self.unfinishedBytes = unfinishedBytes
        self.sockets = sockets
        self.socketsPerAddress = socketsPerAddress
        self.unregisteredPerAddress = unregisteredPerAddress
        self.registrationTime = registrationTime
        self.peers = peers
        self.devices = devices
        self.registrations = registrations
        self.requestHead = requestHead
    }

    /// Says which limit is out of its range. ``SignalingServer/start()`` does it before it listens.
    ///
    /// - Throws: `.invalidConfiguration`, with the limit, its value and the range.
    public func validate() throws(SignalingError) {
        try check(heartbeatInterval, "limits.heartbeatInterval")
        try check(registrationTime, "limits.registrationTime")
        let counts = [
            ("badMessages", badMessages), ("outbox", outbox), ("sockets", sockets),
            ("socketsPerAddress", socketsPerAddress), ("unregisteredPerAddress", unregisteredPerAddress),
            ("peers", peers), ("devices", devices), ("registrations", registrations),
        ]
        for (name, count) in counts { try check(count, "limits.\(name)", in: 1...(1 << 20)) }
        try check(messageSize, "limits.messageSize", in: 1...(1 << 30))
        try check(outboxBytes, "limits.outboxBytes", in: 1...(1 << 40))
        try check(allOutboxBytes, "limits.allOutboxBytes", in: 1...(1 << 40))
        try check(unfinishedBytes, "limits.unfinishedBytes", in: 1...(1 << 40))
        try check(requestHead, "limits.requestHead", in: 256...(1 << 20))
    }
}
