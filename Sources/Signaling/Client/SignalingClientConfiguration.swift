public import Logging

/// How a ``SignalingClient``, or one of another dialect, behaves. Each number has a range, which
/// ``validate()`` knows: times are 10 ms to one day, everything else is at least 1.
public struct SignalingClientConfiguration: Sendable {
    /// How long connecting and the upgrade may take. Default 5 s.
    public var connectTimeout: Duration
    /// Which servers to believe when the URL begins with `wss:`. Default: those that the system
    /// does, for the name in the URL.
    public var tls: ClientTLS
    /// How often to send a heartbeat; a server silent for three of them is given up. Default 5 s.
    public var heartbeatInterval: Duration
    /// The largest message to accept, in bytes; a larger one ends the connection with 1009. Default
    /// 1 MiB.
    public var maximumMessageSize: Int
    /// How many received messages are kept for each slow reader, and how many may wait to be sent.
    /// Default 256.
    public var queueLimit: Int
    /// How many bytes of received messages are kept for each slow reader, and how many may wait to
    /// be sent. Default 4 MiB.
    public var queueBytes: Int
    /// The subprotocols to ask for, the best first (RFC 6455 §1.9); the server chooses one of them
    /// or none.
    public var subprotocols: [String]
    /// Gives the token that is shown to the server in `Authorization: Bearer`; nil for none. It is
    /// asked for each connection, and once more when the server answers with 401.
    public var token: (@Sendable () async throws -> String)?
    /// Gets debug messages.
    public var logger: Logger

    /// A configuration from its parts.
    public init(
        connectTimeout: Duration = .seconds(5), tls: ClientTLS = .system, heartbeatInterval: Duration = .seconds(5),
        maximumMessageSize: Int = 1 << 20, queueLimit: Int = 256, queueBytes: Int = 4 << 20,
        subprotocols: [String] = [], token: (@Sendable () async throws -> String)? = nil,
        logger: Logger = Logger(label: "swift-webrtc.signaling")
    ) {
        self.connectTimeout = connectTimeout
        self.tls = tls
        self.heartbeatInterval = heartbeatInterval
        self.maximumMessageSize = maximumMessageSize
        self.queueLimit = queueLimit
        self.queueBytes = queueBytes
        self.subprotocols = subprotocols
        self.token = token
        self.logger = logger
    }

    /// Says which setting is out of its range. ``DialectClient`` and
    /// ``ReconnectingDialectClient`` do it before they connect.
    ///
    /// - Throws: `.invalidConfiguration`, with the setting, its value and the range.
    public func validate() throws(SignalingError) {
        try check(connectTimeout, "connectTimeout")
        try tls.validate()
        try check(heartbeatInterval, "heartbeatInterval")
        try check(maximumMessageSize, "maximumMessageSize", in: 1...(1 << 30))
        try check(queueLimit, "queueLimit", in: 1...(1 << 20))
        try check(queueBytes, "queueBytes", in: 1...(1 << 40))
        try check(subprotocols: subprotocols)
    }
}
