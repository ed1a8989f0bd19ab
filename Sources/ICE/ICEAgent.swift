package import NetworkLoop
package import TransportTypes

/// ICE for one component: gathers candidates, checks pairs, and carries datagrams over the selected
/// one (RFC 8445, RFC 8838 when trickling).
///
/// Not Sendable: it lives on one loop, every call is made there and every callback comes there.
/// Close it before dropping it.
package final class ICEAgent {
    /// What became of a datagram.
    package enum SendResult: Hashable, Sendable {
        /// The system has it.
        case sent
        /// The system has no room; the datagram is lost, as datagrams may be, and counted.
        case wouldBlock
        /// There is no usable pair, or the peer's consent is lost.
        case notConnected
    }

    /// Remote candidates held until the credentials come, and in all; further ones are refused.
    package static let maximumRemoteCandidates = 128

    /// The loop that the agent lives on.
    package let loop: NetworkLoop
    /// As given at the start, with the servers and the policy of the last gathering.
    package private(set) var configuration: ICEConfiguration
    weak var delegate: (any PathDelegate)?
    private(set) var servers: [ServerEntry]
    let externalAddresses: ExternalAddresses
    /// What the next gathering is to go by.
    private var upcoming: (configuration: ICEConfiguration, servers: [ServerEntry])?
    let resolver = HostResolver()
    var native: NativeAgent?
    /// Gathers for the restart to come.
    var successor: NativeAgent?
    /// Has gathered for a restart that was taken back; a restart with the same credentials goes on
    /// with it, for the peer may have been told its candidates.
    var withdrawn: NativeAgent?
    /// Carries data until the agent that took its place has a pair.
    var predecessor: NativeAgent?
    /// Carried data before; the peer may not have left that pair yet.
    var lingering: NativeAgent?
    var lingerTimer: LoopTimer?
    var gatherer: Gatherer?
    var status = TransportStatus()
    /// Set by `use(_:to:)` alone.
    var path: UDPPath?
    /// Reads what comes over it.
    private(set) var pairSocket: PairSocket?
    /// Whether it is to be told with which ECN bits datagrams come, and those of the present ones.
    var readsECN = false
    package internal(set) var arrivalECN: UInt8 = 0
    /// Where else the peer may send from.
    var knownSources = KnownSources()
    /// Consent on the selected pair, where we ask for it ourselves.
    var consent: PairConsent?
    /// Where libnice does.
    var renewal = ConsentRenewal()
    var renewalTimer: LoopTimer?
    /// True while libnice takes the selected pair into use again.
    var isResuming = false

    /// What this end has offered in the present generation.
    package internal(set) var localCandidates: [ICECandidate] = []
    /// What the peer has offered in the present generation, by signalling only.
    package private(set) var remoteCandidates: [ICECandidate] = []
    /// The pair in use, or the last one.
    package internal(set) var selectedPair: (local: ICECandidate, remote: ICECandidate)?
    /// What has gone over the transport so far.
    package internal(set) var statistics = ICEStatistics()
    /// How far gathering is.
    package internal(set) var gatheringState = ICEGatheringState.new
    /// The username fragment that the candidates are told with; ahead of ``localCredentials``
    /// before a restart.
    package internal(set) var announcedUsernameFragment: String?
    /// The peer's credentials of the present generation.
    package private(set) var remoteCredentials: ICECredentials?

    /// One URL of a server.
    struct ServerEntry {
        let url: ICEServerURL
        let text: String
        let username: String
        let credential: String
    }

    /// - Parameter delegate: held weakly.
    /// - Throws: `ICEError` for servers or settings that cannot be used; nothing has been started
    ///   then.
    package init(
        loop: NetworkLoop, configuration: ICEConfiguration, delegate: any PathDelegate
    ) throws(ICEError) {
        precondition(loop.isCurrent, "an ICE agent is made and used on its loop")
        try configuration.validate()
        servers = try Self.entries(configuration.servers)
        externalAddresses = try ExternalAddresses(configuration.externalAddresses)
        self.loop = loop
        self.configuration = configuration
        self.delegate = delegate
        native = try NativeAgent(loop: loop, configuration: configuration, events: self)
    }

    deinit { native?.close() }

    // MARK: - Session

    /// This end's credentials, new after each restart; nil once closed.
    package var localCredentials: ICECredentials? { native?.localCredentials() }

    /// The role that this end was given. When both ends have the same, libnice changes one of them
    /// (RFC 8445 §7.3.1.1) and does not say so.
    package var role: ICERole {
        get { native?.role ?? configuration.role }
        set { native?.role = newValue }
    }

    /// Whether the first pair that this end nominates, as the controlling one, is kept while it
    /// works.
    ///
    /// libnice nominates each pair with its first check, as RFC 5245 §8.1.1.2 allowed, and goes
    /// over to a better one. For a peer that keeps to RFC 8445 §8.1.1, where the first is final,
    /// and that closes the sockets of all others, a later one is dead.
    package var keepsFirstPair = false

    /// The present state.
    package var state: ICETransportState { status.state }

    /// Whether ``remoteCandidatesEnded()`` was called in this generation.
    package var hasRemoteEnded: Bool { status.hasRemoteEnded }

    /// The peer's credentials; candidates that came before them are added now.
    ///
    /// - Throws: `ICEError.Code.invalidState` when closed.
    package func setRemoteCredentials(_ credentials: ICECredentials) throws(ICEError) {
        let native = try open()
        guard native.setRemoteCredentials(credentials) else {
            throw ICEError(.nativeFailure, "libnice refused the remote credentials")
        }
        let isFirst = remoteCredentials == nil
        remoteCredentials = credentials
        if isFirst { for candidate in remoteCandidates { add(candidate, to: native) } }
        refresh()
    }

    /// Adds a candidate of the peer, before or after its credentials.
    ///
    /// A candidate of an unknown type, transport, component or IP family is accepted and not used
    /// (RFC 8839 §5.1).
    /// - Throws: `ICEError.Code.invalidCandidate` when the address is a name:
    ///   resolve it first; `ICEError.Code.limitExceeded` beyond
    ///   ``maximumRemoteCandidates``.
    package func addRemoteCandidate(_ candidate: ICECandidate) throws(ICEError) {
        let native = try open()
        guard IPAddress(candidate.address) != nil else {
            throw ICEError(.invalidCandidate, "candidate address: '\(candidate.address)' is a name; resolve it first")
        }
        guard !remoteCandidates.contains(candidate) else { return }
        guard remoteCandidates.count < Self.maximumRemoteCandidates else {
            throw ICEError(.limitExceeded, "the peer has sent more than \(Self.maximumRemoteCandidates) candidates")
        }
        remoteCandidates.append(candidate)
        if remoteCredentials != nil { add(candidate, to: native) }
    }

    /// The peer has no more candidates (RFC 8838 §14); from here on checking can fail.
    package func remoteCandidatesEnded() {
        guard let native, !status.hasRemoteEnded else { return }
        native.remoteCandidatesEnded()
        status.hasRemoteEnded = true
        refresh()
    }

    /// Begins a new generation (RFC 8445 §9): new credentials and sockets, the peer's credentials
    /// are forgotten. The selected pair stays in use until a new one is found.
    ///
    /// - Parameter gathers: whether gathering starts again; otherwise ``gather(for:)`` has done
    ///   that, or will.
    /// - Throws: `ICEError.Code.invalidState` when closed, or when it is to gather
    ///   and never has before.
    package func restart(credentials: ICECredentials? = nil, gathers: Bool = true) throws(ICEError) {
        let native = try open()
        guard !gathers || gatheringState != .new else {
            throw ICEError(.invalidState, "restart() comes after gather()")
        }
        if credentials == nil || successor?.localCredentials() != credentials {
            try makeSuccessor(credentials ?? .random())
        }
        if !adoptSuccessor(), !native.restart(credentials: credentials) {
            throw ICEError(.nativeFailure, "libnice refused the restart")
        }
        remoteCredentials = nil
        remoteCandidates = []
        status.restart()
        let usernameFragment = localCredentials?.usernameFragment
        if gathers {
            announcedUsernameFragment = usernameFragment
            startGathering()
        } else {
            status.isGathered = gatheringState == .complete && usernameFragment == announcedUsernameFragment
        }
    }

    /// Takes other servers and another policy for the next gathering; until then everything goes on
    /// as it is (RFC 9429 §4.1.18).
    ///
    /// - Throws: `ICEError` for servers that cannot be used; nothing has changed then.
    package func setServers(
        _ servers: [ICEServer], transportPolicy: ICEConfiguration.TransportPolicy
    ) throws(ICEError) {
        _ = try open()
        let entries = try Self.entries(servers)
        var configuration = upcoming?.configuration ?? configuration
        configuration.servers = servers
        configuration.transportPolicy = transportPolicy
        upcoming = (configuration, entries)
    }

    /// Puts into force what ``setServers(_:transportPolicy:)`` has left.
    func applyUpcoming() {
        guard let upcoming else { return }
        self.upcoming = nil
        (configuration, servers) = upcoming
    }

    /// Ends the transport: no callback comes from here on. Idempotent; may be called from within a
    /// callback.
    ///
    /// - Parameter completion: called on the loop when its sockets are closed, which takes some
    ///   seconds where allocations on TURN servers have to be given back; not if the transport had
    ///   ended before.
    package func close(completion: @escaping @Sendable () -> Void = {}) {
        guard let native else { return }
        let agents = [native, successor, withdrawn, predecessor, lingering].compactMap { $0 }
        self.native = nil
        successor = nil
        withdrawn = nil
        predecessor = nil
        lingering = nil
        lingerTimer?.cancel()
        status.close()
        stopConsent()
        pairSocket?.close()
        pairSocket = nil
        path = nil
        gatherer?.close()
        gatherer = nil
        resolver.close()
        Self.close(agents, completion: completion)
    }

    func open() throws(ICEError) -> NativeAgent {
        assert(loop.isCurrent, "an ICE agent is used on its loop")
        guard let native else { throw ICEError(.invalidState, "the ICE agent is closed") }
        return native
    }

    /// Sends over this path from here on, and reads past libnice what comes over it, if the system
    /// lets us.
    func use(_ path: UDPPath?, to peer: TransportAddress? = nil) {
        self.path = path
        knownSources = KnownSources()
        if let pairSocket, let path, let peer, pairSocket.sibling == path.descriptor { return pairSocket.setPeer(peer) }
        let former = pairSocket
        pairSocket = nil
        former?.finish()
        guard native != nil, let path, let peer else { return }
        pairSocket = PairSocket(
            loop: loop, sibling: path.descriptor, peer: peer, bufferBytes: configuration.socketBufferBytes,
            reader: self)
        if readsECN { pairSocket?.readECN(true) }
    }

    /// Reports the state if it has changed.
    func refresh() {
        while let state = status.update() {
            // What is given up is silent, so that the peer gives up too.
            if state == .failed, predecessor != nil { dropPredecessor() }
            delegate?.path(didChange: state)
        }
    }

    private func add(_ candidate: ICECandidate, to native: NativeAgent) {
        guard candidate.component == 1, let address = TransportAddress(candidate.address, port: candidate.port),
            configuration.includesIPv6 || !address.address.isIPv6, address.address.isUnicast
        else { return }
        // A later generation's candidate may overtake its credentials; the earlier one's is of no
        // use (RFC 8840 §4.2).
        if let usernameFragment = candidate.usernameFragment,
            usernameFragment != remoteCredentials?.usernameFragment
        {
            return
        }
        if native.addRemoteCandidate(candidate, at: address), native === self.native { refuseOldChecks() }
    }

    private static func entries(_ servers: [ICEServer]) throws(ICEError) -> [ServerEntry] {
        var entries: [ServerEntry] = []
        for server in servers {
            for (url, text) in zip(try server.validated(), server.urls) {
                if let reason = url.obstacle { throw ICEError(.unsupportedServer, "\(text): \(reason)") }
                let username = server.username ?? ""
                entries.append(
                    ServerEntry(url: url, text: text, username: username, credential: server.credential ?? ""))
            }
        }
        return entries
    }
}
