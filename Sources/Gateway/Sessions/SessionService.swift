internal import Foundation
internal import HTTPTypes
internal import JSEP
internal import Logging
internal import Signaling
internal import WebRTC

/// The sessions of all clients.
actor SessionService {
    /// Counts for `GET /v1/webrtc/stats`.
    struct Counts: Sendable {
        var cleanedUp = 0
        var total = 0
    }

    let settings: SessionSettings
    private let dispatcher: RPCDispatcher
    private let metrics: GatewayMetrics
    private let logger: Logger
    private let now: @Sendable () -> Duration
    private(set) var sessions: [UUID: Session] = [:]
    /// Places of sessions whose offers are being made.
    private var reserved: [UUID: SessionOwner] = [:]
    private(set) var counts = Counts()
    private(set) var isDraining = false
    private var sweeper: Task<Void, Never>?

    init(
        settings: SessionSettings, dispatcher: RPCDispatcher, metrics: GatewayMetrics, logger: Logger,
        now: @escaping @Sendable () -> Duration
    ) {
        self.settings = settings
        self.dispatcher = dispatcher
        self.metrics = metrics
        self.logger = logger
        self.now = now
    }

    /// Makes a session with its data channel, and its offer.
    func offer(peerID: String, caller: Caller) async throws(GatewayFailure) -> (Session, SessionDescription) {
        let subject = caller.identity?.subject
        let owner = SessionOwner(
            subject: subject, client: subject.map { "user " + $0 } ?? "peer " + peerID,
            address: RequestAccess.limitKey(caller.address))
        let id = UUID()
        try checkRoom(for: owner)
        reserved[id] = owner
        defer { reserved[id] = nil }
        do throws(WebRTCError) {
            let connection = try PeerConnection(configuration: configuration)
            do throws(WebRTCError) {
                let channel = try await connection.createDataChannel("rpc")
                let offer = try await connection.offer(gatheringWithin: settings.gatheringTime)
                guard !isDraining else {
                    connection.close()
                    throw WebRTCError(.abort, "the server is going away")
                }
                let session = Session(
                    id: id, peerID: peerID, owner: owner, connection: connection, channel: channel, now: now())
                sessions[id] = session
                counts.total += 1
                serve(session)
                report()
                return (session, offer)
            } catch {
                connection.close()
                throw error
            }
        } catch {
            if isDraining { throw .draining }
            logger.error("an offer cannot be made", metadata: ["error": "\(error)"])
            throw GatewayFailure(
                .internalServerError, "internal", "The offer cannot be made; the server's log says why.")
        }
    }

    /// The session of this id, if it is there and the caller's.
    func session(_ text: String, for caller: Caller) throws(GatewayFailure) -> Session {
        guard let id = UUID(uuidString: text), let session = sessions[id],
            session.owner.subject == nil || session.owner.subject == caller.identity?.subject
        else { throw GatewayFailure(.notFound, "unknown-session", "There is no such session, or not any more.") }
        return session
    }

    /// Ends a session and forgets it.
    func remove(_ session: Session) {
        session.close()
        sessions[session.id] = nil
        report()
    }

    /// Ends those whose time is over.
    func sweep() {
        let time = now()
        for session in sessions.values where session.isStale(now: time, settings) {
            // Its diagnosis says what was missing.
            logger.info(
                "a session is cleaned up",
                metadata: ["session": "\(session.id)", "reason": "\(session.diagnosis.text)"])
            counts.cleanedUp += 1
            sessions[session.id] = nil
            session.close()
        }
        report()
    }

    /// Lets nobody in any more, gives requests that are being worked on some time, and ends all.
    func drain(within time: Duration) async {
        isDraining = true
        let all = Array(sessions.values)
        await withTaskGroup(of: Void.self) { group in
            group.addTask {
                await withTaskGroup(of: Void.self) { each in
                    for session in all { each.addTask { await session.drain() } }
                }
            }
            group.addTask { try? await Task.sleep(for: time) }
            await group.next()
            group.cancelAll()
        }
        for session in sessions.values { session.close() }
        for session in sessions.values { await session.connection.closed() }
        sessions = [:]
        sweeper?.cancel()
        report()
    }

    private func checkRoom(for owner: SessionOwner) throws(GatewayFailure) {
        guard !isDraining else { throw .draining }
        let others = sessions.values.filter { !$0.isOver }.map(\.owner) + reserved.values
        guard others.count(where: { $0.client == owner.client }) < settings.sessionsPerClient else {
            throw .tooMany(
                "too-many-sessions", "A client may have \(settings.sessionsPerClient) sessions; end one first.",
                retryAfter: 5)
        }
        if owner.subject == nil {
            let here = others.count { $0.subject == nil && $0.address == owner.address }
            guard here < settings.sessionsPerAddress else {
                throw .tooMany(
                    "too-many-sessions", "An address may have \(settings.sessionsPerAddress) sessions without a token.",
                    retryAfter: 5)
            }
        }
        if sessions.count + reserved.count >= settings.sessions { forgetOldestThatIsOver() }
        guard sessions.count + reserved.count < settings.sessions, !DescriptorBudget.shared.isShort else {
            throw GatewayFailure(
                .serviceUnavailable, "full", "The server has no place for another session.", headers: [.retryAfter: "5"]
            )
        }
    }

    private func forgetOldestThatIsOver() {
        let over = sessions.values.filter(\.isOver).min { $0.created < $1.created }
        if let over { sessions[over.id] = nil }
    }

    private var configuration: PeerConnection.Configuration {
        var configuration = settings.connection
        // A message that is a little too large gets its answer; a peer that sends a far larger one
        // is disconnected.
        configuration.maxMessageSize = 2 * dispatcher.limit
        configuration.unreadLimit = max(65536, 4 * dispatcher.limit)
        configuration.receiveBufferLimit = configuration.unreadLimit
        configuration.sendBufferLimit = 4 * dispatcher.limit
        return configuration
    }

    private func serve(_ session: Session) {
        let channel = RPCChannel(
            session: session, dispatcher: dispatcher, width: settings.requestsPerSession, now: now)
        session.start(Task { await channel.run() })
        guard sweeper == nil else { return }
        sweeper = Task { [weak self] in
            while await self?.isWatching == true, !Task.isCancelled {
                try? await Task.sleep(for: .seconds(1))
                await self?.sweep()
            }
        }
    }

    /// Whether there is something to sweep; the sweeper ends when there is not.
    private var isWatching: Bool {
        if sessions.isEmpty && reserved.isEmpty { sweeper = nil }
        return sweeper != nil
    }

    private func report() {
        metrics.sessions(
            active: sessions.values.count { !$0.isOver }, connected: sessions.values.count { $0.state == .connected })
    }
}
