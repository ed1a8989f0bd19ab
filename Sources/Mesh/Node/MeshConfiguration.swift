internal import Discovery
public import GroupKeys
internal import JSEP
public import Logging
public import SharedState
internal import MulticastDNS
internal import NIOCore
public import Signaling
public import WebRTC

/// How a ``MeshNode`` takes part.
public struct MeshConfiguration: Sendable {
    /// The node's name for people. Control characters are taken out, 64 characters are kept.
    public var displayName: String
    /// What the node is for; a controller becomes leader before any display.
    public var peerType: PeerType
    /// The mDNS service type of the application, such as `_meshchat._tcp`: nodes of another type do
    /// not see each other.
    public var serviceType: String
    /// The group's key: only nodes that have it see each other, register with each other and
    /// connect. Nil for a mesh that is open to everybody on the network. See
    /// Docs/Mesh-Security.md.
    public var groupKey: GroupKey?
    /// A passphrase by which this node hands the group's key to who knows it, 1 to 1024 bytes; nil
    /// where there is none. It means nothing without a key.
    public var groupPassphrase: String? {
        get { hiddenPassphrase?.text }
        set { hiddenPassphrase = newValue.map { HiddenText(text: $0) } }
    }
    private var hiddenPassphrase: HiddenText?
    /// The port for this node's signaling server. When it is taken, a free one is used; the
    /// announced port is what counts.
    public var port: UInt16
    /// The address this node's signaling server listens on; nil means all. With `127.0.0.1` only
    /// this machine gets in.
    public var listenAddress: String?
    /// Names of this machine that requests to the signaling server may use, beside its own and its
    /// addresses.
    public var hostNames: [String]
    /// Web origins whose pages may use this node's signaling server, such as `https://example.org`.
    public var allowedOrigins: [String]
    /// Whether rooms of the signaling server are open to everybody who reaches it; on a loopback
    /// address they are.
    public var opensRooms: Bool
    /// A signaling server to use instead of finding others by mDNS, such as
    /// `ws://192.0.2.7:3010/ws`; nil to find them.
    public var signalingURL: String?
    /// STUN and TURN servers; none are needed on a LAN.
    public var iceServers: [ICEServer]
    /// How many messages wait in a subscription to ``MeshNode/events`` before peers are read no
    /// further, 1 to 1048576. 256 unless told.
    public var eventLimit: Int
    /// How long a peer may make the others wait for the next text; then it is disconnected; 10
    /// ms to one day. 5 s unless told.
    public var sendTimeout: Duration
    /// How long ``MeshNode/stop()`` waits until the peers have read what was sent to them; at
    /// most one day. 2 s unless told.
    public var leaveTimeout: Duration
    /// Where ``MeshNode/state`` is kept, such as an `SQLiteStateStore` of `SharedStateStore`; one
    /// for each node. Nil, unless told, for nowhere: then it is there as long as one node runs.
    public var stateStorage: (any StateStorage)?
    /// How much the shared state holds; to be the same at all nodes.
    public var stateLimits: StateLimits
    /// Gets debug messages; texts never, addresses only at trace.
    public var logger: Logger

    /// A configuration from its parts.
    public init(
        displayName: String, peerType: PeerType = .display, serviceType: String = "_meshchat._tcp",
        groupKey: GroupKey? = nil, groupPassphrase: String? = nil, port: UInt16 = 3010,
        listenAddress: String? = nil, hostNames: [String] = [], allowedOrigins: [String] = [], opensRooms: Bool = false,
        signalingURL: String? = nil, iceServers: [ICEServer] = [], eventLimit: Int = 256,
        sendTimeout: Duration = .seconds(5), leaveTimeout: Duration = .seconds(2),
        stateStorage: (any StateStorage)? = nil, stateLimits: StateLimits = StateLimits(),
        logger: Logger = Logger(label: "swift-webrtc.mesh", factory: { _ in SwiftLogNoOpLogHandler() })
    ) {
        self.displayName = displayName
        self.peerType = peerType
        self.serviceType = serviceType
        self.groupKey = groupKey
        hiddenPassphrase = groupPassphrase.map { HiddenText(text: $0) }
        self.port = port
        self.listenAddress = listenAddress
        self.hostNames = hostNames
        self.allowedOrigins = allowedOrigins
        self.opensRooms = opensRooms
        self.signalingURL = signalingURL
        self.iceServers = iceServers
        self.eventLimit = eventLimit
        self.sendTimeout = sendTimeout
        self.leaveTimeout = leaveTimeout
        self.stateStorage = stateStorage
        self.stateLimits = stateLimits
        self.logger = logger
    }

    /// Checks what can be checked without a network.
    ///
    /// - Throws: `.invalidConfiguration` for a service type that is none, a signaling URL other
    ///   than `ws://host…`, a listen address that is none, a host name or an origin that no request
    ///   could have, an ICE server that cannot be used, or a number that is out of its range.
    public func validate() throws(MeshError) {
        let day = Duration.seconds(86_400)
        guard (1...(1 << 20)).contains(eventLimit) else {
            throw MeshError(.invalidConfiguration, "eventLimit is \(eventLimit): 1 to 1048576")
        }
        guard sendTimeout >= .milliseconds(10), sendTimeout <= day else {
            throw MeshError(.invalidConfiguration, "sendTimeout is \(sendTimeout): 10 ms to one day")
        }
        guard leaveTimeout >= .zero, leaveTimeout <= day else {
            throw MeshError(.invalidConfiguration, "leaveTimeout is \(leaveTimeout): 0 to one day")
        }
        do throws(DiscoveryError) {
            try ServiceBrowser.validate(type: serviceType)
        } catch {
            throw MeshError(.invalidConfiguration, error.message)
        }
        if let groupPassphrase {
            guard groupKey != nil, (1...GroupPassphrase.longest).contains(groupPassphrase.utf8.count) else {
                throw MeshError(
                    .invalidConfiguration,
                    "a group's passphrase has 1 to \(GroupPassphrase.longest) bytes, and needs the group's key")
            }
        }
        if let signalingURL { try NodeClient.validate(signalingURL) }
        try validateServer()
        do throws(WebRTCError) {
            try PeerConnection.Configuration(iceServers: iceServers).validate()
        } catch {
            throw MeshError(.invalidConfiguration, error.message)
        }
    }

    private func validateServer() throws(MeshError) {
        if let listenAddress, listenAddress != "localhost" {
            // The zone of a link-local address is the system's to know.
            let address = String(listenAddress.prefix { $0 != "%" })
            guard (try? SocketAddress(ipAddress: address, port: 0)) != nil else {
                throw MeshError(
                    .invalidConfiguration,
                    "the listen address \"\(listenAddress.prefix(80))\" is not like 192.0.2.7, fd00::7 or localhost")
            }
        }
        do throws(SignalingError) {
            try serverConfiguration.validate()
        } catch {
            throw MeshError(.invalidConfiguration, error.message)
        }
    }
}
