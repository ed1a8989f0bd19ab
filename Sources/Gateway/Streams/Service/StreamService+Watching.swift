internal import AsyncQueues
internal import HTTPTypes
internal import JSEP
internal import Streaming
internal import WebRTC

// Who watches.
extension StreamService {
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
    func check(_ offer: String) throws(GatewayFailure) {
        guard offer.hasPrefix("v=0") else {
            throw GatewayFailure(.unprocessableContent, "invalid-sdp", "A description begins with v=0.")
        }
    }

    private func live(_ name: String) async throws(GatewayFailure) -> Stream {
        let stream = try await known(name)
        guard case .live = await stream.status().word else {
            throw GatewayFailure(
                .conflict, "not-live", "The stream has not begun yet.", headers: [.retryAfter: "1"])
        }
        guard stream.process == nil else {
            throw GatewayFailure(
                .notFound, "socket-only", "This stream is watched by the WebSocket /api/streamers/\(name)/peer.")
        }
        return stream
    }

    /// A stream that is not over.
    func known(_ name: String) async throws(GatewayFailure) -> Stream {
        guard !isDraining else { throw .draining }
        guard let stream = streams[name], !stream.isOver else {
            if streams[name] == nil, let url = await settings.elsewhere?(name) {
                throw GatewayFailure(
                    .temporaryRedirect, "elsewhere", "The stream is at \(url).", headers: [.location: url])
            }
            throw GatewayFailure(
                .notFound, "unknown-stream", "There is no stream \"\(name)\".", headers: [.retryAfter: "2"])
        }
        return stream
    }

    /// Adds a watcher's connection, to which nothing has been offered yet.
    ///
    /// - Parameter peerID: what it is called where others see it; nil for any.
    func join(
        _ name: String, _ stream: Stream, _ owner: StreamOwner, as peerID: String? = nil
    ) async throws(GatewayFailure) -> StreamSession {
        guard (streams[name]?.watchers.count ?? 0) < settings.watchersPerStream else {
            throw Self.full
        }
        let own = sessions.values.count { $0.role == .watcher && $0.owner == owner }
        guard own < settings.watchersPerClient else {
            throw .tooMany(
                "too-many-watchers", "A client may watch \(settings.watchersPerClient) times at once; end one first.",
                retryAfter: 5)
        }
        let session = try makeSession(.watcher, of: name, owner, as: peerID)
        guard streams[name]?.number == stream.number else {
            session.connection.close()
            throw GatewayFailure(.notFound, "unknown-stream", "The stream has just ended.", headers: [.retryAfter: "2"])
        }
        streams[name]?.watchers[session.id] = session
        sessions[session.id] = session
        do {
            try await stream.streamer.show(on: session.connection, as: session.id)
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
        changed(name)
        return session
    }

    private static let full = GatewayFailure(
        .serviceUnavailable, "full", "The stream has no place for another watcher.", headers: [.retryAfter: "5"])
}
