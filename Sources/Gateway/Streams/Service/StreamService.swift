internal import AsyncQueues
internal import Foundation
internal import HTTPTypes
internal import JSEP
internal import Logging
internal import Signaling
internal import Streaming
internal import StrictJSON
internal import WebRTC

/// The streams, who brings them, and who watches.
actor StreamService {
    /// What a watcher's offer leads to.
    enum Watching: Sendable {
        case answer(StreamSession, SessionDescription)
        /// What it offered does not fit; this would.
        case counterOffer(StreamSession, SessionDescription)
    }

    /// How long a source may take to end.
    static let patience = Duration.seconds(5)

    let settings: StreamSettings
    let logger: Logger
    let metrics: GatewayMetrics
    let recordings: StreamRecordings?
    private var readers = EventStreams()
    private var teller: Task<Void, Never>?
    var streams: [String: Stream] = [:]
    var sessions: [String: StreamSession] = [:]
    var lastNumber = 0
    private(set) var isDraining = false
    /// The names of streams that change.
    let changes = EventSource<String>(.live, .init(count: 256, overflow: .dropOldest))

    init(settings: StreamSettings, metrics: GatewayMetrics, logger: Logger) {
        self.settings = settings
        self.logger = logger
        self.metrics = metrics
        recordings = settings.recordings.map { StreamRecordings(folder: $0, space: settings.recordingSpace) }
    }

    /// A session by what its URL has, of one stream and one role.
    func session(_ id: String, of stream: String, _ role: StreamSession.Role) throws(GatewayFailure) -> StreamSession {
        guard let session = sessions[id], session.stream == stream, session.role == role else {
            throw GatewayFailure(.notFound, "unknown-session", "There is no such session, or not any more.")
        }
        return session
    }

    // MARK: Ends

    /// A stream, or who watches it, is not as it was.
    func changed(_ name: String) {
        changes.send(name)
        streams[name]?.news.send(())
        let live = streams.values.filter { !$0.isOver }
        metrics.streams(live.count, watchers: live.reduce(0) { $0 + $1.peerCount })
    }

    /// A peer of a stream that another program has.
    func add(_ socket: TextSocket, as peerID: String, to stream: Stream) {
        let name = stream.streamer.id
        guard streams[name]?.number == stream.number else { return }
        streams[name]?.sockets[peerID] = socket
        changed(name)
    }

    func removeSocket(_ peerID: String, of stream: Stream) {
        let name = stream.streamer.id
        guard streams[name]?.number == stream.number else { return }
        streams[name]?.sockets[peerID] = nil
        changed(name)
    }

    /// Ends a watcher by the name that others see; false where there is none.
    func endWatcher(_ name: String, of stream: String) async -> Bool {
        if let session = streams[stream]?.watchers.values.first(where: { $0.name == name }) {
            await end(session)
            return true
        }
        guard let socket = streams[stream]?.sockets[name] else { return false }
        // Its end is the peer's.
        socket.close(code: 1000, reason: "ended by the server")
        return true
    }

    /// Ends a session; a publisher's ends its stream.
    func end(_ session: StreamSession) async {
        let stream = streams[session.stream]
        close(session)
        if let stream, stream.publisher === session {
            await stream.streamer.stop()
        } else if streams[session.stream]?.watchers.removeValue(forKey: session.id) != nil {
            await stream?.streamer.remove(session.id)
            changed(session.stream)
        }
    }

    func close(_ session: StreamSession) {
        sessions[session.id] = nil
        session.connection.close()
    }

    /// Ends a stream; false where there is none.
    func stop(_ name: String) async -> Bool {
        guard let stream = streams[name], !stream.isOver else { return false }
        await stream.process?.stop()
        await ended(name, stream.number)
        await stream.sourceIsOver(within: Self.patience)
        return true
    }

    /// A stream is over: its watchers are told by the end of their connections.
    func ended(_ name: String, _ number: Int) async {
        guard let stream = streams[name], stream.number == number, !stream.isOver else { return }
        // All at once: from here on the name may be another stream's.
        streams[name]?.isOver = true
        streams[name]?.watchers = [:]
        streams[name]?.recording = nil
        await stream.streamer.stop()
        for session in Array(stream.watchers.values) + [stream.publisher].compactMap({ $0 }) { close(session) }
        if streams[name]?.number == number { changed(name) }
        await stream.recording?.stop()
        let memory = settings.memory
        Task { [weak self] in
            try? await Task.sleep(for: memory)
            await self?.forget(name, number)
        }
    }

    /// A stream is over for long enough, or has not begun at all.
    func forget(_ name: String, _ number: Int) {
        if streams[name]?.number == number { remove(name) }
    }

    /// Nobody can ask about it any more.
    func remove(_ name: String) {
        streams.removeValue(forKey: name)?.news.finish()
        changed(name)
    }

    /// Ends all, and lets nobody in any more.
    func drain() async {
        isDraining = true
        await withDiscardingTaskGroup { group in
            for name in streams.keys { group.addTask { _ = await self.stop(name) } }
        }
        let connections = sessions.values.map(\.connection)
        for connection in connections { connection.close() }
        for connection in connections { await connection.closed() }
        sessions = [:]
        for name in streams.keys { remove(name) }
        changes.finish()
        readers.finish()
    }

    /// Follows the streams for a page: each one as it is, and each one that changes.
    func makeEventStream(for caller: Caller) async throws(GatewayFailure) -> EventStream {
        guard !isDraining else { throw .draining }
        let stream = try readers.add(for: caller)
        follow()
        for name in streams.keys {
            guard let state = streams[name] else { continue }
            let summary = await StreamDocument.summary(name, state)
            // What has changed meanwhile is told by the teller.
            if streams[name]?.number == state.number { stream.send("streamer", summary) }
        }
        return stream
    }

    /// Tells the readers of each change, as long as there are some.
    private func follow() {
        guard teller == nil else { return }
        let subscription = changes.subscribe()
        teller = Task { [weak self] in
            while let name = await subscription.next() {
                guard await self?.tell(name) == true else { break }
            }
        }
    }

    /// False when nobody reads any more.
    private func tell(_ name: String) async -> Bool {
        let data =
            if let stream = streams[name] {
                await StreamDocument.summary(name, stream)
            } else {
                JSONValue.object(["streamer_id": .string(name), "status": .string("gone")])
            }
        readers.send("streamer", data)
        if readers.isEmpty { teller = nil }
        return teller != nil
    }

    func makeSession(
        _ role: StreamSession.Role, of name: String, _ owner: StreamOwner, as peerID: String? = nil
    ) throws(GatewayFailure) -> StreamSession {
        guard !DescriptorBudget.shared.isShort else {
            throw GatewayFailure(
                .serviceUnavailable, "full", "The server has no descriptors for another connection.",
                headers: [.retryAfter: "5"])
        }
        do throws(WebRTCError) {
            return StreamSession(
                role, of: name, try PeerConnection(configuration: settings.connection), owner: owner,
                gatheringTime: settings.gatheringTime, name: peerID)
        } catch {
            logger.error("a connection cannot be made", metadata: ["error": "\(error)"])
            throw GatewayFailure(
                .internalServerError, "internal", "The connection cannot be made; the server's log says why.")
        }
    }
}
