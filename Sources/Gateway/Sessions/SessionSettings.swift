public import WebRTC

/// Limits and times of sessions, and how their connections are made.
public struct SessionSettings: Sendable {
    /// How many sessions a client may have at once, 1 to 10,000; more are refused with 429. A
    /// client is a token's subject, or else what it calls itself. Default 5.
    public var sessionsPerClient: Int
    /// How many sessions without a token may come from one address at once. Default 64.
    public var sessionsPerAddress: Int
    /// How many sessions there may be in all; more are refused with 503. Default 1000.
    public var sessions: Int
    /// How long a session may be without a connection. Default 60 s.
    public var unconnectedTime: Duration
    /// How long a connected session may be without a message. Default 5 minutes.
    public var idleTime: Duration
    /// How long gathering may hold an offer back. Default 500 ms.
    public var gatheringTime: Duration
    /// How many requests of one session are worked on at once, 1 to 10,000; what comes beyond
    /// waits, unread. Default 64.
    public var requestsPerSession: Int
    /// STUN and TURN servers, ports and addresses of the connections. Sizes of messages and buffers
    /// are set from the limits of requests.
    public var connection: PeerConnection.Configuration

    /// Settings as given.
    public init(
        sessionsPerClient: Int = 5, sessionsPerAddress: Int = 64, sessions: Int = 1000,
        unconnectedTime: Duration = .seconds(60), idleTime: Duration = .seconds(300),
        gatheringTime: Duration = .milliseconds(500), requestsPerSession: Int = 64,
        connection: PeerConnection.Configuration = .init()
    ) {
        self.sessionsPerClient = sessionsPerClient
        self.sessionsPerAddress = sessionsPerAddress
        self.sessions = sessions
        self.unconnectedTime = unconnectedTime
        self.idleTime = idleTime
        self.gatheringTime = gatheringTime
        self.requestsPerSession = requestsPerSession
        self.connection = connection
    }
}
