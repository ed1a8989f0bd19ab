internal import AsyncQueues
internal import JSEP
public import WebRTC

/// One source, many watchers, and the input that they share: a game, a desktop, a camera.
///
/// ```swift
/// let streamer = Streamer(id: "desktop")
/// try await streamer.start(StreamSource(tracks: source.tracks) { try await source.run() })
/// let watcher = try await streamer.add(connection, as: "anna")  // and negotiate
/// for await event in streamer.input { desktop.apply(event) }
/// ```
///
/// It lives without watchers, and ends with its source, or with ``stop()``; another one has to be
/// made then. A watcher that leaves, or is stuck, changes nothing for the others.
public actor Streamer {
    /// Where it stands.
    public enum State: Sendable, Hashable {
        /// Nothing has come of the source yet.
        case starting
        /// The source has sent something.
        case live
        /// The source cannot go on, and why.
        case failed(reason: String)
        /// The source has ended, or ``stop()`` was called.
        case stopped

        /// Whether it is over.
        public var isOver: Bool {
            switch self {
            case .starting, .live: false
            case .failed, .stopped: true
            }
        }
    }

    /// Names it; as the application likes.
    public nonisolated let id: String
    /// Its picture.
    public nonisolated let video: VideoBroadcaster
    /// Its sound.
    public nonisolated let audio: AudioBroadcaster
    /// Where it stands now.
    public private(set) var state = State.starting
    private let inputs: InputRouter
    private let stateSource = EventSource<State>(.state, .latestState, initial: .starting)
    private var source: StreamSource?
    private var run: Task<Void, Never>?
    private var watchers: [String: Place] = [:]
    private var nextToken = 0
    /// Who waits for the first packet.
    private var arrival: AsyncQueue<Result<Void, any Error>, Never>?

    private struct Place {
        let watcher: Watcher
        /// What its input goes by: another one may have the same name later.
        let token: String
        let channels: Task<Void, Never>
    }

    /// - Parameters:
    ///   - id: names it.
    ///   - limits: of the watchers and of what they may press.
    public init(id: String, limits: InputLimits = InputLimits()) {
        self.id = id
        audio = AudioBroadcaster(maximumWatchers: limits.watchers)
        video = VideoBroadcaster(maximumWatchers: limits.watchers, inStepWith: audio)
        inputs = InputRouter(limits)
    }

    // Not isolated: the optimizer of Swift 6.3 takes an isolated one for a circular reference where
    // another module lets go of the last one.
    deinit {
        run?.cancel()
        for place in watchers.values { place.channels.cancel() }
        inputs.finish()
        stateSource.finish()
    }

    /// ``state`` now, and each change of it, until it is over.
    public nonisolated var states: AsyncStream<State> {
        let events = stateSource.subscribe()
        return AsyncStream { await events.next() }
    }

    /// What the watchers press, move and let go, for the source: one reader. Key down when the
    /// first of them presses, key up when the last lets go; of mice and gamepads the last one
    /// counts. As much waits as 1,024 events: watchers are refused what is more, but never a
    /// release.
    public nonisolated var input: AsyncStream<InputEvent> { inputs.events }

    // MARK: Life

    /// Begins with a source, and waits until it sends something.
    ///
    /// - Parameters:
    ///   - source: what is shown.
    ///   - timeout: for how long it is waited.
    /// - Throws: ``StreamingError/noSource(after:)`` if nothing has come until then, the error of
    ///   the source if it has failed, ``StreamingError/stopped`` if it was started before, is over,
    ///   or ends meanwhile. It has failed after either of the first two, and is stopped when the
    ///   task is cancelled.
    public func start(_ source: StreamSource, timeout: Duration = .seconds(10)) async throws {
        guard self.source == nil, !state.isOver else { throw StreamingError.stopped }
        self.source = source
        let pictures = source.tracks.first { $0.kind == .video }
        let sound = source.tracks.first { $0.kind == .audio }
        let arrival = AsyncQueue<Result<Void, any Error>, Never>(.init(count: 4, overflow: .refuse))
        self.arrival = arrival
        for broadcaster in [video.broadcaster, audio.broadcaster] {
            broadcaster.whenFirstPacketComes { arrival.push(.success(())) }
        }
        try video.setSource(pictures)
        try audio.setSource(sound)
        run = Task { [weak self] in
            do {
                try await source.run()
                await self?.end(.stopped)
            } catch {
                arrival.push(.failure(error))
                await self?.end(.failed(reason: "\(error)"))
            }
        }
        let timer = Task {
            try await Task.sleep(for: timeout)
            arrival.push(.failure(StreamingError.noSource(after: timeout)))
        }
        let first = await arrival.next()
        timer.cancel()
        self.arrival = nil
        switch first {
        case .success: if state == .starting { change(.live) }
        case .failure(let error):
            end(.failed(reason: "\(error)"))
            throw error
        case nil:
            end(.stopped)
            throw CancellationError()
        }
    }

    /// Ends it for all watchers. Their connections stay open.
    public func stop() { end(.stopped) }

    private func change(_ next: State) {
        guard state != next, !state.isOver else { return }
        state = next
        stateSource.send(next)
    }

    private func end(_ last: State) {
        guard !state.isOver else { return }
        change(last)
        arrival?.push(.failure(StreamingError.stopped))
        run?.cancel()
        video.stop()
        audio.stop()
        for id in watchers.keys { remove(id) }
        inputs.finish()
        stateSource.finish()
    }

    // MARK: Watchers

    /// Their names, in order.
    public var watcherIDs: [String] { watchers.keys.sorted() }

    /// Adds a watcher: the picture and the sound are added to its connection, which has to be
    /// negotiated after that, and its data channel `input` is read.
    ///
    /// - Parameters:
    ///   - connection: the peer's; its maker closes it.
    ///   - id: names the watcher.
    ///   - wishes: what it wants of the picture.
    /// - Throws: ``StreamingError`` if it is over, there are too many, or the name is in use;
    ///   `WebRTCError` if the connection is closed.
    @discardableResult
    public func add(
        _ connection: PeerConnection, as id: String, _ wishes: WatchingWishes = WatchingWishes()
    ) async throws -> Watcher {
        guard !state.isOver else { throw StreamingError.stopped }
        guard watchers[id] == nil else { throw StreamingError.nameInUse(id) }
        nextToken += 1
        let token = "\(nextToken) \(id)"
        do { try inputs.add(token) } catch { throw StreamingError.tooManyWatchers(maximum: inputs.limits.watchers) }
        let watcher = Watcher(connection)
        let channels = connection.dataChannels
        let task = Task { [inputs, weak self] in
            await withDiscardingTaskGroup { group in
                for await channel in channels where channel.label == InputMessage.channelLabel {
                    group.addTask { await inputs.read(channel, of: token) }
                }
            }
            // The connection is closed.
            await self?.remove(id, ifStill: watcher)
        }
        watchers[id] = Place(watcher: watcher, token: token, channels: task)
        do {
            let stream = [MediaStream()]
            if source?.tracks.contains(where: { $0.kind == .audio }) ?? true {
                try await watcher.hear(audio, streams: stream)
            }
            if source?.tracks.contains(where: { $0.kind == .video }) ?? true {
                try await watcher.watch(video, wishes, streams: stream)
            }
        } catch {
            remove(id, ifStill: watcher)
            throw error
        }
        return watcher
    }

    /// What a watcher wants of the picture from now on; nothing happens where there is none of that
    /// name.
    public func setWishes(_ wishes: WatchingWishes, of id: String) async {
        await watchers[id]?.watcher.setWishes(wishes)
    }

    /// Which of several sizes a watcher gets now; nil where there is none of that name, or nothing
    /// is sent to it.
    package func layer(of id: String) async -> (name: String?, size: (width: Int, height: Int)?)? {
        await watchers[id]?.watcher.layer
    }

    /// Reads a watcher's input from a channel that was made at this end, until it closes. Those
    /// that the peer makes are read without that.
    ///
    /// - Parameters:
    ///   - channel: of the watcher's connection.
    ///   - id: names the watcher; nothing happens where there is none of that name.
    public func readInput(from channel: DataChannel, of id: String) async {
        guard let token = watchers[id]?.token else { return }
        await inputs.read(channel, of: token)
    }

    private func remove(_ id: String, ifStill watcher: Watcher) {
        if watchers[id]?.watcher === watcher { remove(id) }
    }

    /// Takes a watcher out, if it is there: it gets nothing more, and what it held is let go.
    public func remove(_ id: String) {
        guard let place = watchers.removeValue(forKey: id) else { return }
        place.channels.cancel()
        inputs.remove(place.token)
        Task { await place.watcher.stop() }
    }
}

extension BoundedBuffer<Streamer.State>.Policy {
    /// The last one is what counts.
    fileprivate static var latestState: Self { Self(count: 4, overflow: .dropOldest) }
}
