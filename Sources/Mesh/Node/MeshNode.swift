internal import AsyncQueues
internal import Foundation
internal import SharedState
internal import WebRTC

/// A node of a mesh: finds the others, connects to each over a data channel, and exchanges texts
/// with them, peer to peer.
///
/// ```swift
/// let node = MeshNode(MeshConfiguration(displayName: "Anna"))
/// let events = node.events
/// try await node.start()
/// for await event in events {
///     if case .message(let message) = event { print(message.from.displayName, message.text) }
/// }
/// ```
/// The best of all nodes seen, by type, start time and id, leads; its signaling server introduces
/// the others to each other. Data channels live on when the leader changes. A node is started once;
/// make another to start again.
public actor MeshNode {
    /// This node's id, made with it.
    public nonisolated let id: PeerID
    /// What the node was made with.
    public nonisolated let configuration: MeshConfiguration
    /// The map that all nodes of the mesh hold.
    public nonisolated let state: SharedMap

    let hub: EventSource<MeshEvent>
    var core: MeshCore
    let discovery: any PeerDiscovery
    let server: NodeServer
    let origin = ContinuousClock.now
    var client: (attempt: UInt64, connection: NodeClient)?
    var links: [UInt64: PeerLink] = [:]
    var stateLinks: [UInt64: StateLink] = [:]
    /// Over which link a peer exchanges entries of the shared state.
    var statePeers: [PeerID: UInt64] = [:]
    var statistics = MeshStatistics()
    /// Looks at descriptions of links; nil without a key.
    var linkGuard: LinkGuard?
    var groupWatch = GroupWatch()

    private var tasks: [UInt64: Task<Void, Never>] = [:]
    private var lastTask: UInt64 = 0
    var signalingTask: (attempt: UInt64, task: UInt64)?
    private var timer: Task<Void, Never>?
    private var timerDeadline: Duration?
    private var hasLeft = false
    private var leaving: [CheckedContinuation<Void, Never>] = []
    private var hasStarted = false

    /// A node with this configuration, not yet started.
    public init(_ configuration: MeshConfiguration) {
        self.init(
            configuration,
            discovery: ServiceDiscovery(serviceType: configuration.serviceType, logger: configuration.logger))
    }

    /// A node that finds others through `discovery`.
    package init(
        _ configuration: MeshConfiguration, discovery: any PeerDiscovery, timings: MeshTimings = MeshTimings(),
        id: PeerID = PeerID(), wallClock: @escaping @Sendable () -> UInt64 = SharedMap.systemClock
    ) {
        self.id = id
        self.configuration = configuration
        self.discovery = discovery
        hub = EventSource(.live, .events(limit: configuration.eventLimit))
        server = NodeServer(configuration, id: id)
        linkGuard = configuration.groupKey.map { LinkGuard(key: $0, own: id) }
        let hub = hub
        state = SharedMap(
            id: ReplicaID(id), limits: configuration.stateLimits, storage: configuration.stateStorage,
            logger: configuration.logger, wallClock: wallClock, tell: { hub.send(.notice("\($0)")) })
        let milliseconds = max(0, Date().timeIntervalSince1970 * 1000)
        var core = MeshCore.Configuration(
            id: id, peerType: configuration.peerType, displayName: DisplayName.cleaned(configuration.displayName),
            startedAt: StartTime.believed(UInt64(exactly: milliseconds.rounded())),
            signaling: configuration.signalingURL.map(MeshCore.Signaling.given) ?? .elected)
        core.timings = timings
        core.timings.leaveTimeout = configuration.leaveTimeout
        self.core = MeshCore(core)
    }

    // MARK: What a user calls

    /// A new subscription to all events from now on; take it before ``start()`` to miss none.
    public nonisolated var events: MeshEvents {
        MeshEvents(subscription: hub.subscribe())
    }

    /// Joins the mesh, or waits for others to form one. Returns at once; events tell the rest.
    ///
    /// - Throws: `.invalidState` when the node was started before, and what
    ///   ``MeshConfiguration/validate()`` throws.
    @discardableResult
    public func start() throws(MeshError) -> PeerID {
        guard !hasStarted else {
            throw MeshError(.invalidState, "this node was started before; make another MeshNode")
        }
        try configuration.validate()
        hasStarted = true
        beginGuarding()
        state.start()
        take(.start)
        return id
    }

    /// The other nodes known, connected or not; by name, then id.
    public var peers: [MeshPeer] { core.peerList }

    /// The other nodes to which a data channel is open.
    public var connectedPeers: [MeshPeer] { core.peerList.filter(\.isConnected) }

    /// Who leads, as this node sees it.
    public var leaderStatus: LeaderStatus { core.leaderStatus }

    /// Whether the node is in a mesh: what ``MeshEvent/connectionStateChanged(_:)`` said last.
    public var connectionState: MeshState { core.state }

    /// The names of those whose connection ended before they had said that they read all that was
    /// sent to them; 64 at most.
    package var lostConnections: [String] { core.lostConnections }

    /// Leaves the mesh: withdraws the announcement, tells the peers and waits until they have read
    /// all that was sent, ``MeshConfiguration/leaveTimeout`` at most, then releases everything. May
    /// be called again, and before ``start()``. Before that it waits as long until the peers have
    /// what was written to ``state``.
    ///
    /// - Returns: the peers that had not read everything in that time, as far as is known.
    @discardableResult
    public func stop() async -> [MeshPeer] {
        guard hasStarted else {
            hasStarted = true
            await state.stop()
            hub.finish()
            return []
        }
        await state.settled(within: configuration.leaveTimeout)
        take(.leave)
        if !hasLeft { await withCheckedContinuation { leaving.append($0) } }
        timer?.cancel()
        for link in links.values { link.close(because: "this node has stopped") }
        await state.stop()
        hub.finish()
        for task in tasks.values { task.cancel() }
        while let task = tasks.values.first { await task.value }
        return core.unconfirmed
    }

    // MARK: The core and its clock

    var now: Duration { origin.duration(to: .now) }

    /// Feeds the core and does what it says.
    func take(_ input: MeshInput) {
        for action in core.handle(input, now: now) { perform(action) }
        armTimer()
    }

    func finishLeaving() {
        hasLeft = true
        let waiting = leaving
        leaving = []
        for continuation in waiting { continuation.resume() }
    }

    private func armTimer() {
        let deadline = core.nextDeadline(after: now)
        guard deadline != timerDeadline else { return }
        timerDeadline = deadline
        timer?.cancel()
        guard let deadline else { return }
        timer = Task {
            guard (try? await Task.sleep(until: self.origin + deadline, clock: .continuous)) != nil else { return }
            self.timerDeadline = nil
            self.take(.tick)
        }
    }

    /// Runs work that `stop()` ends and waits for.
    @discardableResult
    func spawn(_ work: @escaping @Sendable () async -> Void) -> UInt64 {
        lastTask += 1
        let number = lastTask
        tasks[number] = Task {
            await work()
            self.tasks[number] = nil
        }
        return number
    }

    func cancel(_ task: UInt64) {
        tasks[task]?.cancel()
    }
}
