package import Signaling

/// A node of the mesh as a pure state machine: inputs and the time go in, actions come out.
///
/// The life of a node: it starts its server, announces it, and listens for others; after a short
/// while the best of those seen is its leader. It registers with the leader's server, and whoever
/// has the larger id offers a connection to the other. From then on the two talk over a data
/// channel that nothing but its own end disturbs: not a new leader, not a lost server, not silence
/// in discovery.
package struct MeshCore: Sendable {
    package enum Signaling: Sendable, Hashable {
        /// Nodes find each other and elect the one whose server they use.
        case elected
        /// A given server is used; no discovery, no own server.
        case given(url: String)
    }

    package struct Configuration: Sendable {
        package var id: PeerID
        package var peerType: PeerType
        package var displayName: String
        /// `priority_time`, milliseconds since 1970.
        package var startedAt: UInt64
        package var signaling: Signaling
        package var timings = MeshTimings()
        /// Other nodes are remembered up to this number, so that a flood of announcements costs no
        /// memory.
        package var maximumPeers = 512
        /// Links are made to this many at a time, so that a list of invented peers costs no sockets
        /// and shuts nobody out.
        package var maximumAttempts = 32

        package init(id: PeerID, peerType: PeerType, displayName: String, startedAt: UInt64, signaling: Signaling) {
            self.id = id
            self.peerType = peerType
            self.displayName = displayName
            self.startedAt = startedAt
            self.signaling = signaling
        }
    }

    enum Phase { case new, running, leaving(deadline: Duration), left }

    package let configuration: Configuration
    /// Messages from data channels that were not understood, and announcements that were not taken.
    package internal(set) var ignoredMessages = 0

    var timings: MeshTimings { configuration.timings }
    var phase = Phase.new
    var peers: [PeerID: PeerRecord] = [:]
    var services: [String: PeerID] = [:]
    var campaign = Campaign()
    var signaling = SignalingState()
    var serverPort: UInt16?
    var serverRetryAt: Duration?
    var problem: String?
    var lastLink: UInt64 = 0
    var lastPeer: UInt64 = 0
    /// Links whose other end has said goodbye and still owes a receipt for texts.
    var farewells: [UInt64: Farewell] = [:]
    /// When an attempt gives way to those that wait for room.
    var attemptsResumeAt: Duration?
    /// The names of those whose link ended before they had said that they read all texts.
    package internal(set) var lostConnections: [String] = []
    /// Those that had not read everything when the node left.
    package internal(set) var unconfirmed: [MeshPeer] = []
    var actions: [MeshAction] = []
    var reported = Report()

    package init(_ configuration: Configuration) {
        self.configuration = configuration
    }

    /// Takes an input at a time (any monotonic offset) and returns what to do, in order.
    package mutating func handle(_ input: MeshInput, now: Duration) -> [MeshAction] {
        take(input, now: now)
        if case .running = phase { progress(now: now) }
        report(now: now)
        defer { actions = [] }
        return actions
    }

    private mutating func take(_ input: MeshInput, now: Duration) {
        switch (phase, input) {
        case (.new, .start): start(now: now)
        case (.new, _), (.left, _), (.running, .start), (.leaving, .start), (.leaving, .leave): break
        case (.leaving, .linkClosed(let peer, let link, let reason)):
            loseLink(peer, link: link, because: reason, now: now)
            finishLeaving(now: now)
        case (.leaving, .channelText(let peer, let link, let text)):
            takeText(text, from: peer, link: link, now: now)
            finishLeaving(now: now)
        case (.leaving, _): finishLeaving(now: now)
        case (.running, .leave): leave(now: now)
        case (.running, .serverStarted(let port)): serverStarted(port: port)
        case (.running, .serverFailed(let reason)): serverFailed(reason, now: now)
        case (.running, .serviceSeen(let name, let sighting)): see(name, sighting, now: now)
        case (.running, .serviceLost(let name)): loseService(name, now: now)
        case (.running, .probed(let peer, let isReachable)): probed(peer, isReachable: isReachable, now: now)
        case (.running, .signalingConnected(let attempt)): signalingConnected(attempt, now: now)
        case (.running, .signalingLost(let attempt, let reason)): loseSignaling(attempt, reason: reason, now: now)
        case (.running, .signal(let attempt, let signal)):
            if signaling.isRegistered(attempt) { takeSignal(signal, now: now) }
        case (.running, .linkOpened(let peer, let link)): openedLink(peer, link: link, now: now)
        case (.running, .linkClosed(let peer, let link, let reason)):
            loseLink(peer, link: link, because: reason, now: now)
        case (.running, .channelText(let peer, let link, let text)):
            takeText(text, from: peer, link: link, now: now)
        case (.running, .textSent(let peer, let link)): noteSent(to: peer, link: link)
        case (.running, .tick): break
        }
    }

    /// All that follows from the state and the time, whatever the input was.
    private mutating func progress(now: Duration) {
        if let retry = serverRetryAt, retry <= now {
            serverRetryAt = nil
            actions.append(.startServer)
        }
        doubtUnlistedLeader(now: now)
        probeSuspects(now: now)
        expireLinks(now: now)
        expireFarewells(now: now)
        elect(now: now)
        steerSignaling(now: now)
        connectPeers(now: now)
        forgetStale()
    }

    private mutating func start(now: Duration) {
        phase = .running
        enterElection(now: now)
        switch configuration.signaling {
        case .elected:
            actions += [.startServer, .browse]
        case .given:
            announceStart()
        }
    }

    private mutating func serverStarted(port: UInt16) {
        serverPort = port
        problem = nil
        actions.append(.advertise(port: port))
        actions.append(.nameLeader(campaign.leader))
        announceStart()
    }

    private mutating func serverFailed(_ reason: String, now: Duration) {
        problem = reason
        serverPort = nil
        serverRetryAt = now + timings.serverRetry
        announceStart()
    }

    /// The first event of all.
    private mutating func announceStart() {
        guard !reported.hasStarted else { return }
        reported.hasStarted = true
        let started = MeshEvent.Started(
            id: configuration.id, displayName: configuration.displayName, peerType: configuration.peerType,
            port: serverPort)
        actions.append(.emit(.started(started)))
    }
}
