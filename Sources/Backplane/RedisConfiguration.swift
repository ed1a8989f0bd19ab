public import Logging
public import Signaling

/// Where the Redis is that joins the servers, and how it is talked to.
///
/// Its description and its mirror have no password.
public struct RedisConfiguration: Sendable {
    /// Who knows where the master is.
    enum Place: Sendable, Hashable {
        case server(RedisEndpoint)
        case sentinels([RedisEndpoint], master: String)
    }

    let place: Place
    var credentials: RedisCredentials?
    var sentinelCredentials: RedisCredentials?

    /// Which servers to believe; nil for a connection without TLS. It holds for sentinels as well.
    public var tls: RedisTLS?
    /// What all names of channels begin with: 1 to 128 letters, digits and `-_.:`. Two clusters on
    /// one Redis have two of them. Default `swift-webrtc`.
    public var prefix: String
    /// How long a connection may take, with TLS and all that is asked before it is of use; 10 ms to
    /// one day. Default 5 s.
    public var connectTimeout: Duration
    /// How often both connections are tried; one that is silent for three of these is given up. 10
    /// ms to one day. Default 2 s.
    public var pingInterval: Duration
    /// How many messages may wait for Redis to take them, 1 to 2²⁰. Default 16,384.
    public var queueLimit: Int
    /// How many bytes of messages may wait for Redis to take them, 1 to 2³⁰. Default 16 MiB.
    public var queueBytes: Int
    /// Gets debug messages.
    public var logger: Logger

    private init(
        place: Place, tls: RedisTLS?, credentials: RedisCredentials?, sentinelCredentials: RedisCredentials?
    ) {
        self.place = place
        self.tls = tls
        self.credentials = credentials
        self.sentinelCredentials = sentinelCredentials
        prefix = "swift-webrtc"
        connectTimeout = .seconds(5)
        pingInterval = .seconds(2)
        queueLimit = 16_384
        queueBytes = 16 << 20
        logger = Logger(label: "swift-webrtc.backplane")
    }

    /// One Redis.
    ///
    /// - Parameters:
    ///   - username: of an ACL (Redis 6); nil for the default user.
    ///   - password: nil for none.
    ///   - tls: which servers to believe; nil for a connection without TLS.
    public init(
        host: String, port: Int = 6379, username: String? = nil, password: String? = nil, tls: RedisTLS? = nil
    ) {
        self.init(
            place: .server(RedisEndpoint(host: host, port: port)), tls: tls,
            credentials: password.map { RedisCredentials(username: username, password: $0) },
            sentinelCredentials: nil)
    }

    /// One Redis, by its URL: `redis://user:password@host:6379`, or `rediss:` for TLS.
    ///
    /// - Parameters:
    ///   - url: user and password are optional, and percent-encoded; `redis://:password@host` is
    ///     the default user's. Path and query are ignored: channels belong to no database.
    ///   - tls: which servers to believe where the URL is `rediss:`.
    /// - Throws: `.invalidConfiguration`, with what is wrong and without the URL.
    public init(url: String, tls: RedisTLS = .system) throws(SignalingError) {
        let parts = try RedisURL(url)
        self.init(
            place: .server(parts.endpoint), tls: parts.isSecure ? tls : nil, credentials: parts.credentials,
            sentinelCredentials: nil)
    }

    /// The master of several, by those who know which it is.
    ///
    /// - Parameters:
    ///   - sentinels: 1 to 16 of them; they are asked one after another, from another one on each
    ///     time.
    ///   - master: the name under which they know the master.
    ///   - username: of the master's ACL; nil for the default user.
    ///   - password: the master's; nil for none.
    ///   - sentinelUsername: of the sentinels' ACL; nil for the default user.
    ///   - sentinelPassword: the sentinels' own; nil for none.
    ///   - tls: which servers and sentinels to believe; nil for connections without TLS.
    public init(
        sentinels: [RedisEndpoint], master: String, username: String? = nil, password: String? = nil,
        sentinelUsername: String? = nil, sentinelPassword: String? = nil, tls: RedisTLS? = nil
    ) {
        self.init(
            place: .sentinels(sentinels, master: master), tls: tls,
            credentials: password.map { RedisCredentials(username: username, password: $0) },
            sentinelCredentials: sentinelPassword.map { RedisCredentials(username: sentinelUsername, password: $0) })
    }

    /// Says which setting is out of its range; ``RedisBackplane`` does it when it joins.
    ///
    /// - Throws: `.invalidConfiguration`, with the setting and its range.
    public func validate() throws(SignalingError) {
        switch place {
        case .server(let endpoint): try endpoint.validate()
        case .sentinels(let sentinels, let master):
            guard (1...16).contains(sentinels.count) else {
                throw SignalingError(.invalidConfiguration, "there are \(sentinels.count) sentinels: 1 to 16")
            }
            for sentinel in sentinels { try sentinel.validate() }
            try RedisChannels.check(name: master, "master")
        }
        for credentials in [credentials, sentinelCredentials].compactMap({ $0 }) {
            guard !credentials.password.isEmpty else {
                throw SignalingError(.invalidConfiguration, "a password is empty: nil where there is none")
            }
        }
        try RedisChannels.check(name: prefix, "prefix")
        for (value, name) in [(connectTimeout, "connectTimeout"), (pingInterval, "pingInterval")] {
            guard (.milliseconds(10) ... .seconds(86_400)).contains(value) else {
                throw SignalingError(.invalidConfiguration, "\(name) is \(value): 10 ms to one day")
            }
        }
        guard (1...1 << 20).contains(queueLimit) else {
            throw SignalingError(.invalidConfiguration, "queueLimit is \(queueLimit): 1 to \(1 << 20)")
        }
        guard (1...1 << 30).contains(queueBytes) else {
            throw SignalingError(.invalidConfiguration, "queueBytes is \(queueBytes): 1 to \(1 << 30)")
        }
    }
}
