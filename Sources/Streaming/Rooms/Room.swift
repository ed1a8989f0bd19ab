internal import JSEP
public import WebRTC

/// A room in which everybody sees and hears the others: what one sends is sent on to all.
///
/// ```swift
/// let room = Room()
/// try await room.join(connection, as: "anna")  // and negotiate, now and whenever it is needed
/// for await speaker in room.speakers { show(speaker) }
/// ```
///
/// Nothing is decoded. Who sends a picture in several sizes (simulcast, RFC 8853) is seen by each
/// in the one that fits the way to them, and who speaks in a larger one where there is not room for
/// all. Who leaves, or is stuck, changes nothing for the others.
///
/// Somebody who sends something, or leaves, changes what the others are sent, so that their
/// connections have to be negotiated again: with a `PerfectNegotiator` that comes about.
public actor Room {
    /// How much there may be.
    public struct Limits: Sendable, Hashable {
        /// Participants, 1 or more: each sends to each other one.
        public var participants: Int
        /// Tracks that one of them sends, such as a voice, a camera and a screen; of more than
        /// these nothing is sent on.
        public var tracks: Int

        /// What is less than 1 counts as 1.
        public init(participants: Int = 32, tracks: Int = 4) {
            self.participants = max(1, participants)
            self.tracks = max(1, tracks)
        }
    }

    /// What who speaks counts beside the others, where not all pictures fit.
    private static let speakerWeight = 3.0
    /// Who has so many transceivers does not negotiate any more, and cannot be told of others.
    private static let mostTransceivers = 1000

    /// How much there may be.
    public nonisolated let limits: Limits
    private nonisolated let voices = RoomVoices()
    private var participants: [String: Participant] = [:]
    private var isStopped = false

    private struct Participant {
        let watcher: Watcher
        let tasks: [Task<Void, Never>]
        /// What has come of it, by the id of the track.
        var sources: [String: RoomSource] = [:]
        /// Who wait for something of a track, or for its end.
        var readers: [String: Task<Void, Never>] = [:]
        /// What it gets of others, by the id of the track.
        var subscriptions: [String: Subscription] = [:]
    }

    /// - Parameter limits: how much there may be.
    public init(_ limits: Limits = Limits()) { self.limits = limits }

    isolated deinit { end() }

    /// Their names, in order.
    public var names: [String] { participants.keys.sorted() }

    /// Who speaks, now and each time that it is another one: by the levels that packets of sound
    /// carry (RFC 6464), with some patience, so that a noise is nobody's turn. nil before somebody
    /// has spoken, and when who spoke last has left.
    public nonisolated var speakers: AsyncStream<String?> { voices.speakers }

    // MARK: Coming and going

    /// Takes somebody in: it is sent what the others send, and they are sent what it sends, from
    /// its first packet on. Its connection has to be negotiated after that, whether it was before
    /// or not; the others' too, as soon as it sends something. It leaves when its connection has
    /// failed or is closed.
    ///
    /// - Parameters:
    ///   - connection: the participant's; its maker closes it.
    ///   - name: names it, and the streams in which the others are sent what it sends
    ///     (`MediaStream.id`): 1 to 64 letters, digits and other characters of a token (RFC 8830
    ///     §2), and not `-` alone.
    /// - Returns: what it is sent, for wishes of its own.
    /// - Throws: ``StreamingError`` if there are too many, the name is in use or none, the room is
    ///   over, or it was taken out meanwhile; `WebRTCError` if the connection is closed.
    @discardableResult
    public func join(_ connection: PeerConnection, as name: String) async throws -> Watcher {
        guard !isStopped else { throw StreamingError.stopped }
        guard name != "-", MediaStream(id: name).id == name else { throw StreamingError.name(name) }
        guard participants[name] == nil else { throw StreamingError.nameInUse(name) }
        guard participants.count < limits.participants else {
            throw StreamingError.tooManyWatchers(maximum: limits.participants)
        }
        let watcher = Watcher(connection)
        let tracks = connection.tracks
        let states = connection.connectionStates
        let coming = Task { [weak self] in
            for await event in tracks { await self?.expect(event.track, of: name, watcher) }
        }
        let going = Task { [weak self] in
            for await state in states where state == .failed || state == .closed { break }
            await self?.leave(name, ifStill: watcher)
        }
        participants[name] = Participant(watcher: watcher, tasks: [coming, going])
        voices.start { [weak self] speaker, before in await self?.weigh(speaker, before) }
        do {
            for (other, participant) in participants where other != name {
                for source in participant.sources.values { try await send(source, of: other, to: name, watcher) }
            }
        } catch {
            leave(name, ifStill: watcher)
            throw error
        }
        guard isThere(name, watcher) else { throw StreamingError.stopped }
        return watcher
    }

    /// Takes somebody out, if it is there: nobody is sent anything of it any more, nor it of them.
    public func leave(_ name: String) {
        guard let participant = participants.removeValue(forKey: name) else { return }
        for task in participant.tasks + participant.readers.values { task.cancel() }
        for source in participant.sources.values { remove(source) }
        let (watcher, subscriptions) = (participant.watcher, participant.subscriptions.values)
        Task {
            for subscription in subscriptions { await watcher.remove(subscription) }
            await watcher.stop()
        }
    }

    /// Takes everybody out, for good. Their connections stay open.
    public func stop() {
        for name in participants.keys { leave(name) }
        end()
    }

    private func end() {
        isStopped = true
        for participant in participants.values {
            for task in participant.tasks + participant.readers.values { task.cancel() }
        }
        voices.stop()
    }

    private func leave(_ name: String, ifStill watcher: Watcher) {
        if isThere(name, watcher) { leave(name) }
    }

    private func isThere(_ name: String, _ watcher: Watcher) -> Bool { participants[name]?.watcher === watcher }

    // MARK: What they send

    /// A track is announced: it is sent on once something comes of it, so that who only announces
    /// costs the others nothing.
    private func expect(_ track: MediaStreamTrack, of name: String, _ watcher: Watcher) {
        guard isThere(name, watcher), let readers = participants[name]?.readers, readers.count < limits.tracks,
            // It goes on after a pause.
            readers[track.id] == nil
        else { return }
        let mutes = track.muteChanges
        participants[name]?.readers[track.id] = Task { [weak self] in
            for await isMuted in mutes where !isMuted { await self?.begin(track, of: name, watcher) }
            // The track has ended.
            await self?.end(track, of: name, watcher)
        }
    }

    private func begin(_ track: MediaStreamTrack, of name: String, _ watcher: Watcher) async {
        guard isThere(name, watcher), participants[name]?.readers[track.id] != nil,
            participants[name]?.sources[track.id] == nil, let source = RoomSource(track, of: name, voices)
        else { return }
        participants[name]?.sources[track.id] = source
        for (other, participant) in participants where other != name {
            // Whoever cannot get it has left, or is about to.
            try? await send(source, of: name, to: other, participant.watcher)
        }
    }

    private func send(_ source: RoomSource, of sender: String, to name: String, _ watcher: Watcher) async throws {
        let id = source.track.id
        // Both may have changed since they were listed, and will while it is waited.
        func isWanted() -> Bool {
            isThere(name, watcher) && participants[sender]?.sources[id] === source
                && participants[name]?.subscriptions[id] == nil
        }
        guard isWanted() else { return }
        guard watcher.connection.transceivers.count < Self.mostTransceivers else { return leave(name) }
        let weight = voices.speaker == sender ? Self.speakerWeight : 1
        let subscription: Subscription
        do {
            subscription = try await source.send(to: watcher, weight: weight, as: sender)
        } catch {
            // Where the source has ended meanwhile, that is no error of who was to get it.
            guard isWanted() else { return }
            throw error
        }
        guard isWanted() else { return await watcher.remove(subscription) }
        participants[name]?.subscriptions[id] = subscription
        let newWeight = voices.speaker == sender ? Self.speakerWeight : 1
        if newWeight != weight { await watcher.setWeight(newWeight, of: subscription) }
    }

    private func end(_ track: MediaStreamTrack, of name: String, _ watcher: Watcher) {
        guard isThere(name, watcher) else { return }
        participants[name]?.readers[track.id] = nil
        if let source = participants[name]?.sources.removeValue(forKey: track.id) { remove(source) }
    }

    private func remove(_ source: RoomSource) {
        source.stop()
        for name in participants.keys {
            guard let subscription = participants[name]?.subscriptions.removeValue(forKey: source.track.id),
                let watcher = participants[name]?.watcher
            else { continue }
            Task { await watcher.remove(subscription) }
        }
    }

    // MARK: Who speaks

    private func weigh(_ speaker: String?, _ before: String?) async {
        for (name, weight) in [(before, 1), (speaker, Self.speakerWeight)] {
            guard let name, let sources = participants[name]?.sources else { continue }
            for id in sources.keys {
                for participant in participants.values {
                    guard let subscription = participant.subscriptions[id] else { continue }
                    await participant.watcher.setWeight(weight, of: subscription)
                }
            }
        }
    }
}
