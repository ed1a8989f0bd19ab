internal import AsyncQueues
internal import HTTPTypes
internal import JSEP
internal import Logging
internal import Streaming
internal import WebRTC

// Streams that come in by WHIP.
extension StreamService {
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
            if former == nil { reserved = reserve(name, owner, publisher: session) }
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
            if former != nil { try takeOver(name, session, tracks) }
            sessions[session.id] = session
            if former == nil || stream.isAwaited { start(stream, tracks) }
            watch(session)
            return (session, answer)
        } catch {
            session.connection.close()
            if let reserved, streams[name]?.number == reserved { remove(name) }
            throw error
        }
    }

    /// Whose place a publisher of this name takes: nil for a stream of its own, or the number of
    /// the stream that waits for its publisher, or whose publisher is silent, and the same user's.
    func place(for name: String, _ owner: StreamOwner) throws(GatewayFailure) -> Int? {
        guard !isDraining else { throw .draining }
        if let former = streams[name], !former.isOver {
            let isFree = former.isAwaited || former.publisher != nil && former.silence != nil
            if isFree, former.owner == owner { return former.number }
            throw GatewayFailure(
                .conflict, "id-in-use", "The stream \"\(name)\" is published already.", headers: [.retryAfter: "2"])
        }
        let own = streams.values.count { !$0.isOver && $0.owner == owner }
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
            remove(over)
        }
        return nil
    }

    func reserve(
        _ name: String, _ owner: StreamOwner, publisher: StreamSession? = nil, from origin: Stream.Origin = .publisher,
        _ wanted: StreamerRequest? = nil
    ) -> Int {
        lastNumber += 1
        streams[name] = Stream(
            streamer: Streamer(id: name, limits: .init(watchers: settings.watchersPerStream)), origin: origin,
            owner: owner, wanted: wanted, publisher: publisher, number: lastNumber)
        changed(name)
        return lastNumber
    }

    /// Feeds a stream with a publisher's tracks, until it is said that it is over.
    private func start(_ stream: Stream, _ tracks: [MediaStreamTrack]) {
        let (end, time, name) = (stream.end, settings.unconnectedTime, stream.streamer.id)
        let source = StreamSource(tracks: tracks) {
            if case let failure?? = await end.next() { throw failure }
        }
        follow(stream)
        Task { [logger] in
            do {
                try await stream.streamer.start(source, timeout: time)
            } catch {
                logger.info("a stream has not begun", metadata: ["stream": "\(name)", "reason": "\(error)"])
            }
        }
    }

    /// Tells of each change of a stream, and ends it when it is over.
    func follow(_ stream: Stream) {
        let (streamer, name, number) = (stream.streamer, stream.streamer.id, stream.number)
        Task { [weak self] in
            for await _ in streamer.states { await self?.changed(name) }
            await self?.ended(name, number)
        }
    }

    /// Another publisher's tracks, for the same watchers.
    private func takeOver(
        _ name: String, _ session: StreamSession, _ tracks: [MediaStreamTrack]
    ) throws(GatewayFailure) {
        guard let stream = streams[name], stream.silence != nil || stream.isAwaited else {
            throw GatewayFailure(
                .conflict, "id-in-use", "The publisher of \"\(name)\" is back.", headers: [.retryAfter: "2"])
        }
        let former = stream.publisher
        if !stream.isAwaited {
            do throws(StreamingError) {
                try stream.streamer.video.setSource(tracks.first { $0.kind == .video })
                try stream.streamer.audio.setSource(tracks.first { $0.kind == .audio })
            } catch {
                throw GatewayFailure(.conflict, "wrong-state", "\(error)")
            }
            if let recording = stream.recording { Task { await recording.add(tracks) } }
        }
        streams[name]?.publisher = session
        streams[name]?.silence = nil
        if let former { close(former) }
        changed(name)
    }

    /// Follows a publisher's connection to its end, which is the stream's if it is still the
    /// publisher then.
    private func watch(_ session: StreamSession) {
        let (connection, time, name) = (session.connection, settings.unconnectedTime, session.stream)
        let pulse = Task { [weak self] in
            await PublisherPulse.follow {
                await connection.getStats().inboundRTP.reduce(0) { $0 &+ $1.packetsReceived }
            } changed: { [weak self] isSilent in
                await self?.heard(session, isSilent: isSilent)
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
        if isSilent { metrics.fellSilent() }
        setSilence(
            isSilent ? "The publisher has sent nothing for a second; it may come back." : nil, of: session.stream)
    }

    /// Says why nothing comes of a stream; nil where something comes.
    func setSilence(_ reason: String?, of name: String) {
        streams[name]?.silence = reason
        changed(name)
    }

    private func ended(_ session: StreamSession, _ name: String, _ ending: ConnectionEnding) {
        guard let stream = streams[name], stream.publisher === session else { return }
        switch ending {
        case .closed, .closedByPeer, .cancelled: stream.end.push(nil)
        default: stream.end.push(StreamEnd(description: "\(ending)"))
        }
    }
}

extension StreamService.Stream {
    /// Whether it was asked for, and nobody publishes it yet.
    var isAwaited: Bool {
        if case .publisher = origin { publisher == nil } else { false }
    }
}
