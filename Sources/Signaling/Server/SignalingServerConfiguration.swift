public import Logging
public import Metrics
internal import NIOCore
public import Tracing

/// Where and how a ``SignalingServer`` listens.
public struct SignalingServerConfiguration: Sendable {
    /// The address to listen on; nil means all addresses, of IPv6 and IPv4. With `127.0.0.1` only
    /// this machine gets in.
    public var host: String?
    /// The port; 0 lets the system choose.
    public var port: UInt16
    /// Whether a port in use is replaced by one that the system chooses, instead of being an error.
    public var usesAnotherPort: Bool
    /// The certificate to speak TLS with; then the server's URLs begin with `wss:`, and no others
    /// work. Nil, the default, is `ws:` without TLS.
    public var tls: ServerTLS?
    /// Names of the server beside its addresses, the machine's own name and `localhost`, such as
    /// `chat.example.org`. A request whose `Host` header names another host is refused with 421.
    public var hostNames: [String]
    /// Origins whose pages may use the server beside its own, such as `https://example.org` or
    /// `chrome-extension://…`; `*` stands for all. Pages of others are refused with 403. On a
    /// loopback address pages from loopback are let in anyway.
    public var allowedOrigins: [String]
    /// Whether rooms are open to everybody when the server listens on other addresses than
    /// loopback. Default false: `join` is then refused with `unauthorized`.
    public var opensRooms: Bool
    /// The subprotocols the server speaks (RFC 6455 §1.9): the first that a client names and that
    /// is among them is chosen. A browser that names some refuses an answer without one.
    public var subprotocols: [String]
    /// What the server speaks. The first that takes a message's type is asked; default
    /// ``usualDialects``.
    public var dialects: [any SignalingDialect]
    /// Who knows whose token it is; nil where nobody does. Then there are no calls, and no other
    /// way into rooms than ``opensRooms``.
    public var tokens: (any TokenVerifier)?
    /// Reaches the other servers of a cluster; nil, the default, for a server by itself. Rooms,
    /// presence and calls span the servers that it joins, each of which has one of its own. All
    /// ``dialects`` have to be made for that; see ``SignalingDialect/spansServers``.
    public var backplane: (any SignalingBackplane)?
    /// The server's name in the cluster, which no other one has, of up to 64 letters, digits, `-`,
    /// `.` and `_`; nil, the default, is one that is made up at each start.
    public var nodeName: String?
    /// How many event loops the server's connections are spread over, each on a thread: what TLS,
    /// WebSocket frames and the reading of JSON cost is theirs. One of them is also where the
    /// server decides what becomes of each message. 1 to 64; default ``usualEventLoops``. The
    /// connections of ``SignalingServer/upgrader(for:isSecure:clientAddress:)`` stay where they
    /// are.
    public var eventLoops: Int
    /// How long clients have to go elsewhere when the service group that the server is in shuts
    /// down; see ``SignalingServer/drain(reconnect:within:)``. Default 10 s.
    public var drainTime: Duration
    /// The limits to keep.
    public var limits: SignalingLimits
    /// Gets debug messages, without what peers send to each other, and a warning when strangers can
    /// register.
    public var logger: Logger

    /// Where the server's metrics are made, once, when it starts; nil, the default, is where the
    /// process has bootstrapped. Servers of one process tell the same numbers, so each but one
    /// needs its own.
    public var metrics: (any MetricsFactory)?

    /// Has a span of each WebSocket; nil, the default, is the tracer that the process has
    /// bootstrapped when the server starts, if it has one.
    public var tracer: (any Tracer)?

    /// The mesh, rooms and calls.
    public static var usualDialects: [any SignalingDialect] { [MeshDialect(), RoomDialect(), CallDialect()] }

    /// As many as there are processors, up to eight: more than that, the one that decides cannot
    /// keep busy.
    public static var usualEventLoops: Int { min(System.coreCount, 8) }

    /// A configuration; the default listens on port 3010 of all addresses.
    public init(
        host: String? = nil, port: UInt16 = 3010, usesAnotherPort: Bool = false, tls: ServerTLS? = nil,
        hostNames: [String] = [], allowedOrigins: [String] = [], opensRooms: Bool = false, subprotocols: [String] = [],
        dialects: [any SignalingDialect] = usualDialects, tokens: (any TokenVerifier)? = nil,
        backplane: (any SignalingBackplane)? = nil, nodeName: String? = nil, eventLoops: Int = usualEventLoops,
        drainTime: Duration = .seconds(10), limits: SignalingLimits = .init(),
        logger: Logger = Logger(label: "swift-webrtc.signaling"),
        metrics: (any MetricsFactory)? = nil, tracer: (any Tracer)? = nil
    ) {
        self.host = host
        self.port = port
        self.usesAnotherPort = usesAnotherPort
        self.tls = tls
        self.hostNames = hostNames
        self.allowedOrigins = allowedOrigins
        self.opensRooms = opensRooms
        self.subprotocols = subprotocols
        self.dialects = dialects
        self.tokens = tokens
        self.backplane = backplane
        self.nodeName = nodeName
        self.eventLoops = eventLoops
        self.drainTime = drainTime
        self.limits = limits
        self.logger = logger
        self.metrics = metrics
        self.tracer = tracer
    }

    /// Says which of ``hostNames`` and ``allowedOrigins`` no request could ever have, which of the
    /// ``subprotocols`` no answer, and which of the ``limits`` is out of its range.
    ///
    /// - Throws: `.invalidConfiguration`, with the text or number and what it should be like.
    public func validate() throws(SignalingError) {
        try limits.validate()
        try check(eventLoops, "eventLoops", in: 1...ConnectionLoops.most)
        try check(subprotocols: subprotocols)
        if backplane != nil, let dialect = dialects.first(where: { !$0.spansServers }) {
            throw SignalingError(
                .invalidConfiguration,
                "the dialect \"\(dialect.name)\" is not made for several servers (spansServers); leave out backplane")
        }
        if let nodeName, !Self.isNodeName(nodeName) {
            throw SignalingError(
                .invalidConfiguration,
                "the node name \"\(nodeName.prefix(80))\" is not up to 64 letters, digits, -, . and _")
        }
        for name in hostNames where Authority(name) == nil || Authority(name)?.port != nil {
            throw SignalingError(
                .invalidConfiguration, "the host name \"\(name.prefix(80))\" is not like chat.example.org or 192.0.2.7")
        }
        for origin in allowedOrigins where !Self.isOrigin(origin) {
            throw SignalingError(
                .invalidConfiguration,
                "the origin \"\(origin.prefix(80))\" is not like https://example.org, without a path; * is all of them")
        }
    }

    private static func isNodeName(_ text: String) -> Bool {
        (1...64).contains(text.utf8.count)
            && text.utf8.allSatisfy { byte in
                let character = Character(UnicodeScalar(byte))
                return byte < 128 && (character.isLetter || character.isNumber || "-._".contains(character))
            }
    }

    /// Whether a browser may send it: scheme, host, and a port that is not the scheme's (RFC 6454
    /// §6.2), or `null`.
    private static func isOrigin(_ text: String) -> Bool {
        if text == "*" || text == "null" { return true }
        guard let slashes = text.firstRange(of: "://"), slashes.lowerBound > text.startIndex else { return false }
        return Authority(String(text[slashes.upperBound...])) != nil
    }
}
