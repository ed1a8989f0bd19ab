public import Foundation
public import Logging
public import Mesh
public import Signaling

/// What a ``Gateway`` serves, where, and to whom.
public struct GatewayConfiguration: Sendable {
    /// What the handler is reached by.
    public enum Mode: String, Sendable, Hashable, CaseIterable {
        /// `POST /v1/rpc` only.
        case http
        /// Data channels only.
        case webrtc
        /// Both.
        case both
        /// Both, and everything else that the gateway has.
        case all

        var servesHTTP: Bool { self != .webrtc }
        var servesSessions: Bool { self != .http }
        var servesSignaling: Bool { self == .all }
    }

    /// An address and a port.
    public struct MetricsAddress: Sendable, Hashable {
        /// The address to listen on, such as `127.0.0.1`.
        public var host: String
        /// The port; 0 lets the system choose.
        public var port: Int

        /// An address and a port.
        public init(host: String = "127.0.0.1", port: Int) {
            self.host = host
            self.port = port
        }
    }

    /// The address to listen on. Default `127.0.0.1`; `::` is all of them.
    public var host: String
    /// The port; 0 lets the system choose. Default 3010.
    public var port: Int
    /// What the handler is reached by. Default all.
    public var mode: Mode
    /// The certificate to speak TLS with; nil is without TLS.
    public var tls: ServerTLS?
    /// Names of the server beside its addresses, the machine's own name and `localhost`. A request
    /// whose `Host` names another is refused with 421.
    public var hostNames: [String]
    /// Origins whose pages may use the server beside its own, such as `https://example.org` or
    /// `chrome-extension://…`; `*` is all.
    public var allowedOrigins: [String]
    /// What is open to everybody on other addresses than loopback, see ``AccessTable``.
    public var open: Set<RouteClass>
    /// Who knows whose token it is; nil where nobody does.
    public var tokens: (any TokenVerifier)?
    /// Limits and times of sessions, and their connections.
    public var sessions: SessionSettings
    /// Limits and times of streams by WHIP and WHEP, and their connections; nil is without. Served
    /// in the mode `all`.
    public var streams: StreamSettings?
    /// How credentials for TURN servers are made; nil where there are none.
    public var turn: TURNSettings?
    /// The signaling server on the gateway's port, at `/` and `/ws`; nil is without. Its dialects,
    /// limits, backplane, node name and subprotocols count; who gets in is the gateway's matter.
    /// Default the usual dialects, in the modes that have them.
    public var signaling: SignalingServerConfiguration?
    /// The mesh node that pages start over `/api/mesh`, but for its type and name; nil, the
    /// default, is without.
    public var mesh: MeshConfiguration?
    /// Addresses and networks of proxies, such as `10.0.0.7` or `fd00::/8`: a request that comes
    /// from one of them counts for the last address in `X-Forwarded-For` that is none of theirs.
    public var trustedProxies: [String]
    /// The most bytes of a request to the handler, 1 KiB to 16 MiB. Default 1 MiB.
    public var requestLimit: Int
    /// How many HTTP requests an address may make at once, before ``requestsPerSecond`` counts.
    /// Default 400.
    public var requestBurst: Int
    /// How many HTTP requests an address may make a second. Default 100.
    public var requestsPerSecond: Double
    /// How many TCP connections there may be at once. Default 4096.
    public var connections: Int
    /// How many of them may come from one address, or one IPv6 network of 64 bits. Default 1024; of
    /// proxies it may have to be as many as ``connections``.
    public var connectionsPerAddress: Int
    /// How long requests that are worked on have when the server shuts down. Default 10 s.
    public var drainTime: Duration
    /// The folder of the pages that the gateway's own server shows, such as a console; nil is
    /// without. Default ``bundledPages``.
    public var pages: URL?
    /// Where metrics are made, and what `/metrics` shows; nil is without `/metrics`.
    public var metrics: PrometheusMetrics?
    /// Where `/metrics` has an address and a port of its own, open to who reaches them, and is not
    /// on the other one; nil, the default, is on the other one.
    public var metricsAddress: MetricsAddress?
    /// Gets errors of handlers and, at debug level, refused requests; no tokens, no passwords.
    public var logger: Logger

    /// A configuration; the default listens on port 3010 of loopback.
    public init(
        host: String = "127.0.0.1", port: Int = 3010, mode: Mode = .all, tls: ServerTLS? = nil,
        hostNames: [String] = [], allowedOrigins: [String] = [], open: Set<RouteClass> = [],
        tokens: (any TokenVerifier)? = nil, sessions: SessionSettings = .init(), streams: StreamSettings? = .init(),
        turn: TURNSettings? = nil,
        signaling: SignalingServerConfiguration? = .init(), mesh: MeshConfiguration? = nil,
        trustedProxies: [String] = [],
        requestLimit: Int = 1 << 20, requestBurst: Int = 400, requestsPerSecond: Double = 100,
        connections: Int = 4096, connectionsPerAddress: Int = 1024, drainTime: Duration = .seconds(10),
        pages: URL? = bundledPages, metrics: PrometheusMetrics? = PrometheusMetrics(),
        metricsAddress: MetricsAddress? = nil,
        logger: Logger = Logger(label: "swift-webrtc.gateway")
    ) {
        self.host = host
        self.port = port
        self.mode = mode
        self.tls = tls
        self.hostNames = hostNames
        self.allowedOrigins = allowedOrigins
        self.open = open
        self.tokens = tokens
        self.sessions = sessions
        self.streams = streams
        self.turn = turn
        self.signaling = signaling
        self.mesh = mesh
        self.trustedProxies = trustedProxies
        self.requestLimit = min(max(requestLimit, 1024), 16 << 20)
        self.requestBurst = requestBurst
        self.requestsPerSecond = requestsPerSecond
        self.connections = connections
        self.connectionsPerAddress = connectionsPerAddress
        self.drainTime = drainTime
        self.pages = pages
        self.metrics = metrics
        self.metricsAddress = metricsAddress
        self.logger = logger
    }

    /// Says what cannot be: an address of a proxy that is none, a limit out of its range.
    ///
    /// - Throws: `.invalidConfiguration`, with what it is and what it should be like.
    public func validate() throws(SignalingError) {
        for text in trustedProxies where !TrustedProxies.isNetwork(text) {
            throw SignalingError(
                .invalidConfiguration,
                "the trusted proxy \"\(text.prefix(80))\" is not like 192.0.2.7, 10.0.0.0/8 or fd00::/8")
        }
        try signalingConfiguration?.validate()
        guard let mesh else { return }
        do throws(MeshError) {
            try mesh.validate()
        } catch {
            throw SignalingError(.invalidConfiguration, "the mesh: \(error.message)")
        }
    }

    /// What the signaling server gets, where there is one.
    var signalingConfiguration: SignalingServerConfiguration? {
        guard mode.servesSignaling, var signaling else { return nil }
        signaling.hostNames = hostNames
        signaling.allowedOrigins = allowedOrigins
        signaling.opensRooms = open.contains(.rooms)
        signaling.tokens = tokens
        signaling.drainTime = drainTime
        signaling.logger = logger
        signaling.metrics = metrics ?? signaling.metrics
        return signaling
    }

    /// The pages that come with the library, where its bundle of resources lies beside the program;
    /// nil where it does not.
    public static var bundledPages: URL? {
        let program = URL(fileURLWithPath: CommandLine.arguments.first ?? "").deletingLastPathComponent()
        let places = [Bundle.main.resourceURL, Bundle.main.bundleURL, program].compactMap { $0 }
        return places.map { $0.appendingPathComponent("swift-webrtc_Gateway.resources/Pages") }
            .first { FileManager.default.fileExists(atPath: $0.path) }
    }
}
