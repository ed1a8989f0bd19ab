internal import AsyncQueues
internal import Foundation
internal import HTTPTypes
internal import JSEP
internal import Logging
internal import Streaming
internal import StrictJSON
internal import WebRTC

/// The streams, who publishes them, and who watches.
actor StreamService {
    /// A stream, from its publisher's first word until it is forgotten.
    struct Stream: Sendable {
        let streamer: Streamer
        /// Another one may take the place of one that is silent.
        var publisher: StreamSession?
        /// Ends the stream: with the reason where it has failed.
        let end: AsyncQueue<StreamEnd?, Never>
        /// Whether the publisher has been sending, and does not.
        var isSilent = false
        var watchers: [String: StreamSession] = [:]
        let created = Date()
        /// Whether there is nothing to come any more.
        var isOver = false
        /// Counts the streams of one name: a task of an older one changes nothing.
        let number: Int
    }

    /// What a watcher's offer leads to.
    enum Watching: Sendable {
        case answer(StreamSession, SessionDescription)
        /// What it offered does not fit; this would.
        case counterOffer(StreamSession, SessionDescription)
    }

    let settings: StreamSettings
    private let logger: Logger
    private var readers = EventStreams()
    private var teller: Task<Void, Never>?
    private(set) var streams: [String: Stream] = [:]
    private var sessions: [String: StreamSession] = [:]
    private var lastNumber = 0
    private var isDraining = false
    /// The names of streams that change.
    private let changes = EventSource<String>(.live, .init(count: 256, overflow: .dropOldest))

    init(settings: StreamSettings, logger: Logger) {
        self.settings = settings
        self.logger = logger
    }

    /// A session by what its URL has, of one stream and one role.
    func session(_ id: String, of stream: String, _ role: StreamSession.Role) throws(GatewayFailure) -> StreamSession {
        guard let session = sessions[id], session.stream == stream, session.role == role else {
            throw GatewayFailure(.notFound, "unknown-session", "There is no such session, or not any more.")
        }
        return session
    }

    /// A watcher by the name that others see.
    func watcher(_ name: String, of stream: String) -> StreamSession? {
        streams[stream]?.watchers.values.first { $0.name == name }
    }

    // MARK: Publishing

    /// Begins a stream with what an offer sends.
    func publish(
        _ name: String, _ offer: String, by owner: StreamOwner
    ) async throws(GatewayFailure) -> (StreamSession, SessionDescription) {
        try check(offer)
        let sent = OfferedMedia(offer).sections.filter(\.sends).map(\.kind)
        guard !sent.isEmpty else {
            throw GatewayFailure(
                .unprocessableContent, "nothing-sent", "The offer has no section of sound or pictures that is sent.")
        }
        guard Set(sent).count == sent.count else {
            throw GatewayFailure(
                .notAcceptable, "not-carried", "A stream has one picture and one sound, and the offer more of them.")
        }
        let session = try makeSession(.publisher, of: name, owner)
        var reserved: Int?
        do throws(GatewayFailure) {
            let former = try place(for: name, owner)
            if former == nil { reserved = reserve(name, session) }
            let number = former ?? reserved
            let answer = try await session.answer(offer)
            let tracks = session.connection.transceivers.filter { $0.currentDirection?.receives == true }
                .map(\.receiver.track)
            // Not a part of it (RFC 9725 §4.2).
            guard tracks.count == sent.count else {
                throw GatewayFailure(
                    .notAcceptable, "not-carried",
                    "Not each section can be taken: it needs a codec that is carried here, and a=rtcp-mux.")
            }
            guard let stream = streams[name], stream.number == number, !stream.isOver else {
                throw GatewayFailure(.conflict, "wrong-state", "The stream was ended meanwhile.")
            }
            sessions[session.id] = session
            if former == nil { start(stream, tracks) } else { try takeOver(name, session, tracks) }
            watch(session)
            return (session, answer)
        } catch {
            session.connection.close()
            if let reserved, streams[name]?.number == reserved { streams[name] = nil }
            throw error
        }
    }

    /// Whose place a publisher of this name takes: nil for a stream of its own, or the number of
    /// the stream whose publisher is silent, and the same user's.
    private func place(for name: String, _ owner: StreamOwner) throws(GatewayFailure) -> Int? {
        guard !isDraining else { throw .draining }
        if let former = streams[name], !former.isOver {
            if former.isSilent, former.publisher?.owner == owner { return former.number }
            throw GatewayFailure(
                .conflict, "id-in-use", "The stream \"\(name)\" is published already.", headers: [.retryAfter: "2"])
        }
        let own = streams.values.count { !$0.isOver && $0.publisher?.owner == owner }
        guard own < settings.streamsPerClient else {
            throw .tooMany(
                "too-many-streams", "A client may publish \(settings.streamsPerClient) streams; end one first.",
                retryAfter: 5)
        }
        if streams.count >= settings.streams, streams[name] == nil {
            guard let over = streams.first(where: { $0.value.isOver })?.key else {
                throw GatewayFailure(
                    .serviceUnavailable, "full", "The server has no place for another stream.",
                    headers: [.retryAfter: "5"])
            }
            streams[over] = nil
        }
        return nil
    }

    private func reserve(_ name: String, _ session: StreamSession) -> Int {
        lastNumber += 1
        streams[name] = Stream(
            streamer: Streamer(id: name, limits: .init(watchers: settings.watchersPerStream)), publisher: session,
            end: AsyncQueue(.init(count: 1, overflow: .refuse)), number: lastNumber)
        changes.send(name)
        return lastNumber
    }

    /// Feeds a stream with a publisher's tracks, until it is said that it is over.
    private func start(_ stream: Stream, _ tracks: [MediaStreamTrack]) {
        let (streamer, end, time, name) = (stream.streamer, stream.end, settings.unconnectedTime, stream.streamer.id)
        let source = StreamSource(tracks: tracks) {
            if case let failure?? = await end.next() { throw failure }
        }
        Task { [changes] in
            for await _ in streamer.states { changes.send(name) }
        }
        Task { [weak self, logger] in
            do {
                try await streamer.start(source, timeout: time)
                for await state in streamer.states where state.isOver { break }
            } catch {
                logger.info("a stream has not begun", metadata: ["stream": "\(name)", "reason": "\(error)"])
            }
            await self?.ended(name, streamer)
        }
    }

    /// Goes on with another publisher's tracks, for the same watchers.
    private func takeOver(
        _ name: String, _ session: StreamSession, _ tracks: [MediaStreamTrack]
    ) throws(GatewayFailure) {
        guard let stream = streams[name], stream.isSilent else {
            throw GatewayFailure(
                .conflict, "id-in-use", "The publisher of \"\(name)\" is back.", headers: [.retryAfter: "2"])
        }
        let former = stream.publisher
        do throws(StreamingError) {
            try stream.streamer.video.setSource(tracks.first { $0.kind == .video })
            try stream.streamer.audio.setSource(tracks.first { $0.kind == .audio })
        } catch {
            throw GatewayFailure(.conflict, "wrong-state", "\(error)")
        }
        streams[name]?.publisher = session
        streams[name]?.isSilent = false
        if let former { close(former) }
        changes.send(name)
    }

    /// Follows a publisher's connection to its end, which is the stream's if it is still the
    /// publisher then.
    private func watch(_ session: StreamSession) {
        let (connection, time, name) = (session.connection, settings.unconnectedTime, session.stream)
        let pulse = Task { [weak self] in
            var pulse = PublisherPulse()
            while (try? await Task.sleep(for: .milliseconds(PublisherPulse.interval))) != nil {
                let report = await connection.getStats()
                let count = report.inboundRTP.reduce(0) { $0 &+ $1.packetsReceived }
                if pulse.look(count) { await self?.heard(session, isSilent: pulse.isSilent) }
            }
        }
        Task { [weak self] in
            let ending = await connection.ended(ifNotConnectedWithin: time)
            pulse.cancel()
            await self?.ended(session, name, ending)
        }
    }

    private func heard(_ session: StreamSession, isSilent: Bool) {
        guard streams[session.stream]?.publisher === session else { return }
        streams[session.stream]?.isSilent = isSilent
        changes.send(session.stream)
    }

    private func ended(_ session: StreamSession, _ name: String, _ ending: ConnectionEnding) {
        guard let stream = streams[name], stream.publisher === session else { return }
        switch ending {
        case .closed, .closedByPeer, .cancelled: stream.end.push(nil)
        default: stream.end.push(StreamEnd(description: "\(ending)"))
        }
    }

    /// A stream is over: its watchers are told by the end of their connections.
    private func ended(_ name: String, _ streamer: Streamer) async {
        guard let stream = streams[name], stream.streamer === streamer, !stream.isOver else { return }
        streams[name]?.isOver = true
        await streamer.stop()
        for session in Array(streams[name]?.watchers.values ?? [:].values) + [stream.publisher].compactMap({ $0 }) {
            close(session)
        }
        streams[name]?.watchers = [:]
        changes.send(name)
        let (memory, number) = (settings.memory, stream.number)
        Task { [weak self] in
            try? await Task.sleep(for: memory)
            await self?.forget(name, number)
        }
    }

    private func forget(_ name: String, _ number: Int) {
        guard let stream = streams[name], stream.number == number else { return }
        streams[name] = nil
        changes.send(name)
    }

    // MARK: Watching

    /// Adds a watcher.
    func watch(_ name: String, _ offer: String, by owner: StreamOwner) async throws(GatewayFailure) -> Watching {
        try check(offer)
        let stream = try await live(name)
        let media = OfferedMedia(offer)
        let carried = stream.kinds
        guard media.sections.isEmpty || !media.wanted.isDisjoint(with: carried) else {
            throw GatewayFailure(
                .unprocessableContent, "kind-not-carried",
                "The stream has \(carried.map(\.rawValue).sorted().joined(separator: " and ")), which the offer does not want."
            )
        }
        // An offer that wants nothing at all is one that wants ours.
        if media.wanted.isEmpty { return try await counterOffer(name, stream, owner) }
        let session = try await join(name, stream, owner)
        let answer: SessionDescription
        do throws(GatewayFailure) {
            answer = try await session.answer(offer)
        } catch {
            await end(session)
            throw error
        }
        let sent = session.connection.transceivers.filter { $0.currentDirection?.sends == true }.map(
            \.receiver.track.kind)
        guard media.wanted.intersection(carried).isSubset(of: sent) else {
            // None of its codecs is ours.
            await end(session)
            return try await counterOffer(name, stream, owner)
        }
        return .answer(session, answer)
    }

    private func counterOffer(
        _ name: String, _ stream: Stream, _ owner: StreamOwner
    ) async throws(GatewayFailure) -> Watching {
        let session = try await join(name, stream, owner)
        let offer: SessionDescription
        do throws(GatewayFailure) {
            offer = try await session.offer()
        } catch {
            await end(session)
            throw error
        }
        let time = settings.counterOfferTime
        Task { [weak self] in
            try? await Task.sleep(for: time)
            if await session.isOffering { await self?.end(session) }
        }
        return .counterOffer(session, offer)
    }

    /// Whether it may be a description at all.
    private func check(_ offer: String) throws(GatewayFailure) {
        guard offer.hasPrefix("v=0") else {
            throw GatewayFailure(.unprocessableContent, "invalid-sdp", "A description begins with v=0.")
        }
    }

    private func live(_ name: String) async throws(GatewayFailure) -> Stream {
        guard !isDraining else { throw .draining }
        guard let stream = streams[name], !stream.isOver else {
            if streams[name] == nil, let url = await settings.elsewhere?(name) {
                throw GatewayFailure(
                    .temporaryRedirect, "elsewhere", "The stream is at \(url).", headers: [.location: url])
            }
            throw GatewayFailure(
                .notFound, "unknown-stream", "There is no stream \"\(name)\".", headers: [.retryAfter: "2"])
        }
        guard case .live = await stream.streamer.state, streams[name]?.isSilent != true else {
            throw GatewayFailure(
                .conflict, "not-live", "The stream has not begun yet.", headers: [.retryAfter: "1"])
        }
        return stream
    }

    private func join(_ name: String, _ stream: Stream, _ owner: StreamOwner) async throws(GatewayFailure)
        -> StreamSession
    {
        guard (streams[name]?.watchers.count ?? 0) < settings.watchersPerStream else { throw Self.full }
        let session = try makeSession(.watcher, of: name, owner)
        guard streams[name]?.number == stream.number else {
            session.connection.close()
            throw GatewayFailure(.notFound, "unknown-stream", "The stream has just ended.", headers: [.retryAfter: "2"])
        }
        streams[name]?.watchers[session.id] = session
        sessions[session.id] = session
        do {
            try await stream.streamer.add(session.connection, as: session.id)
            // It gets, and gives nothing; and of codecs the one that the stream has.
            for transceiver in session.connection.transceivers {
                try transceiver.setDirection(.sendonly)
                guard let codec = stream.codec(of: transceiver.receiver.track.kind) else { continue }
                let all = RTPSender.capabilities(transceiver.receiver.track.kind).codecs
                let fitting = all.filter { $0.mimeType.lowercased() == codec.lowercased() }
                let helpers = all.filter {
                    ["rtx", "red", "ulpfec", "flexfec-03"].contains($0.mimeType.split(separator: "/").last ?? "")
                }
                if !fitting.isEmpty { try transceiver.setCodecPreferences(fitting + helpers) }
            }
        } catch {
            await end(session)
            if case .tooManyWatchers = error as? StreamingError { throw Self.full }
            throw GatewayFailure(.notFound, "unknown-stream", "\(error)", headers: [.retryAfter: "2"])
        }
        let time = settings.unconnectedTime
        Task { [weak self] in
            _ = await session.connection.ended(ifNotConnectedWithin: time)
            await self?.end(session)
        }
        changes.send(name)
        return session
    }

    private static let full = GatewayFailure(
        .serviceUnavailable, "full", "The stream has no place for another watcher.", headers: [.retryAfter: "5"])

    // MARK: Ends

    /// Ends a session; a publisher's ends its stream.
    func end(_ session: StreamSession) async {
        let stream = streams[session.stream]
        close(session)
        if stream?.publisher === session {
            await stream?.streamer.stop()
        } else if streams[session.stream]?.watchers.removeValue(forKey: session.id) != nil {
            await stream?.streamer.remove(session.id)
            changes.send(session.stream)
        }
    }

    private func close(_ session: StreamSession) {
        sessions[session.id] = nil
        session.connection.close()
    }

    /// Ends a stream; false where there is none.
    func stop(_ name: String) async -> Bool {
        guard let stream = streams[name], !stream.isOver else { return false }
        await stream.streamer.stop()
        await ended(name, stream.streamer)
        return true
    }

    /// Ends all, and lets nobody in any more.
    func drain() async {
        isDraining = true
        for name in streams.keys { _ = await stop(name) }
        let connections = sessions.values.map(\.connection)
        for connection in connections { connection.close() }
        for connection in connections { await connection.closed() }
        sessions = [:]
        streams = [:]
        changes.finish()
        readers.finish()
    }

    /// Follows the streams for a page: each one as it is, and each one that changes.
    func makeEventStream() async throws(GatewayFailure) -> EventStream {
        guard !isDraining else { throw .draining }
        let stream = try readers.add()
        follow()
        for (name, state) in streams { stream.send("streamer", await StreamerRoutes.summary(name, state)) }
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
                await StreamerRoutes.summary(name, stream)
            } else {
                JSONValue.object(["streamer_id": .string(name), "status": .string("gone")])
            }
        readers.send("streamer", data)
        if readers.isEmpty { teller = nil }
        return teller != nil
    }

    private func makeSession(
        _ role: StreamSession.Role, of name: String, _ owner: StreamOwner
    ) throws(GatewayFailure) -> StreamSession {
        do throws(WebRTCError) {
            return StreamSession(
                role, of: name, try PeerConnection(configuration: settings.connection), owner: owner,
                gatheringTime: settings.gatheringTime)
        } catch {
            logger.error("a connection cannot be made", metadata: ["error": "\(error)"])
            throw GatewayFailure(
                .internalServerError, "internal", "The connection cannot be made; the server's log says why.")
        }
    }
}

extension StreamService.Stream {
    /// The codec of what it carries now, such as `video/H264`; nil before its first packet.
    func codec(of kind: MediaKind) -> String? { kind == .video ? streamer.video.codec : streamer.audio.codec }

    /// What it carries.
    var kinds: Set<MediaKind> {
        var kinds: Set<MediaKind> = []
        if streamer.video.source != nil { kinds.insert(.video) }
        if streamer.audio.source != nil { kinds.insert(.audio) }
        return kinds
    }
}

/// Why a publisher's stream has failed.
struct StreamEnd: Error, CustomStringConvertible {
    let description: String
}
