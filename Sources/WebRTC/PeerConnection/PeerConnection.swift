internal import AsyncQueues
public import JSEP
internal import MulticastDNS
internal import DTLS
internal import ICE
internal import Logging
internal import NetworkLoop
internal import Synchronization
internal import TransportTypes

/// A connection to a browser, a phone or another server. W3C `RTCPeerConnection` §4.4.
///
/// An actor that runs on the thread its sockets are served on. Its operations are asynchronous and
/// run one after another in the order of their calls; its states and descriptions can be read from
/// anywhere without waiting; its events are asynchronous sequences. Close it when it is no longer
/// needed: an open data channel keeps it alive.
///
/// ```swift
/// let connection = try PeerConnection(configuration: .init(iceServers: [.stun("stun.example.org")]))
/// let chat = try await connection.createDataChannel("chat")
/// try await connection.setLocalDescription()
/// // Send connection.localDescription to the peer, set its answer with setRemoteDescription(_:), and exchange candidates.
/// try await chat.opened(within: .seconds(30))  // or an error that says what is missing
/// try await chat.send("hello")
/// ```
public actor PeerConnection {
    nonisolated let loop: NetworkLoop
    nonisolated let snapshot: ConnectionSnapshot
    nonisolated let port: DataPort
    nonisolated let logger: Logger?
    /// Who asks for the addresses of the peer's `.local` names.
    nonisolated let nameRequester = NameRequester()
    /// The certificate that this side shows.
    nonisolated let certificate: Certificate
    nonisolated let surroundings: Surroundings
    private nonisolated let taskExecutor: LoopTaskExecutor

    var configuration: Configuration
    var negotiation: Negotiation
    /// What the descriptions that are set ask for.
    var plan: SessionPlan
    /// In the order of their making.
    var transports: [ConnectionTransport] = []
    /// The data channels' side, made when first needed.
    var data: DataSession?
    /// The peer's streams that have tracks, by name.
    var streams: [String: MediaStream] = [:]
    /// Which of them the track of a transceiver is of.
    var streamNames: [Int: [String]] = [:]
    var isNegotiationNeeded = false {
        didSet { snapshot.note(isOfferNeeded: isNegotiationNeeded) }
    }
    var isReleased = false
    /// The peer's channels that nobody has taken in time.
    var untaken = UntakenChannels() {
        didSet { snapshot.note(untakenChannels: untaken.notes) }
    }
    /// What reports say of our certificate.
    var certificateStats: CertificateStats?

    /// Makes a connection that does nothing until it is given a channel or a description.
    ///
    /// - Throws: `InvalidAccessError` for an expired certificate or a TURN server without
    ///   credentials, `SyntaxError` for a server's URL, `TypeError` and `RangeError` for numbers
    ///   out of range, `NotSupportedError` for what this build cannot do.
    public init(configuration: Configuration = Configuration()) throws(WebRTCError) {
        try self.init(configuration: configuration, in: Surroundings())
    }

    /// Makes a connection on a loop of that pool, with transports on paths of that kind.
    package init(configuration: Configuration, in surroundings: Surroundings) throws(WebRTCError) {
        try configuration.validate()
        certificate = try configuration.certificateToShow()
        self.surroundings = surroundings
        self.configuration = configuration
        logger = configuration.logger
        snapshot = ConnectionSnapshot(untakenChannels: max(UntakenChannels.limit, configuration.maxChannels))
        negotiation = Negotiation(
            parameters: .init(
                fingerprints: [try certificate.fingerprintAttribute()],
                maxMessageSize: UInt64(clamping: configuration.maxMessageSize),
                sessionID: UInt64.random(in: 1..<(1 << 62)), bundlePolicy: configuration.bundlePolicy),
            makeCredentials: { ICECredentials.random() })
        plan = negotiation.plan
        snapshot.update(servers: configuration)
        loop = surroundings.pool.acquire()
        taskExecutor = LoopTaskExecutor(loop)
        port = DataPort(loop: loop, unreadLimit: configuration.unreadLimit)
        port.attach(to: self)
    }

    /// The thread that the connection's sockets are served on, for tasks that have to answer within
    /// microseconds: one that prefers it reads and sends without a change of threads, each of which
    /// takes 20 µs. Other connections live there too, so what runs on it has to be short and must
    /// not block.
    ///
    /// ```swift
    /// Task(executorPreference: connection.executor) {
    ///     for try await message in channel.messages { try await channel.send(message) }
    /// }
    /// ```
    public nonisolated var executor: any TaskExecutor { taskExecutor }

    isolated deinit {
        _ = snapshot.close()
        port.close()
        release()
    }

    // MARK: Closing

    /// Ends the connection: its states and channels are closed when this returns, the peer is told,
    /// and everything is let go soon after (see ``closed()``). From anywhere, any number of times.
    /// W3C `close` §4.4.2.
    public nonisolated func close() {
        guard snapshot.close() else { return }
        port.close()
        loop.post { self.assumeIsolated { $0.release() } }
    }

    /// Waits until a closed connection has let go of its sockets and memory, or the task is
    /// cancelled. Where it has an allocation on a TURN server that is given back first, which takes
    /// up to a few seconds.
    public nonisolated func closed() async {
        await snapshot.values.wait(on: { $1(&$0.releaseWaiters) }) { $0.isReleased }
    }

    private func release() {
        guard !isReleased else { return }
        isReleased = true
        for stream in streams.values { stream.finish() }
        negotiation.close()
        data?.close()
        for transport in transports {
            transport.dtls.close()
            transport.close { [snapshot] in snapshot.didCloseTransport() }
        }
        snapshot.release()
        data = nil
        transports = []
        surroundings.pool.release(loop)
    }

    nonisolated func checkOpen(_ operation: String) throws(WebRTCError) {
        if isClosed { throw .closed(operation) }
    }
}
