import Forwarding
internal import JSEP
public import WebRTC

/// A peer that watches: its connection, the pictures and sounds that it gets, and how what can be
/// sent to it is divided among them.
///
/// Sound comes first, then the smallest size of each picture, then larger ones, in the order of
/// their weights.
public actor Watcher {
    /// The peer's. Who made it negotiates, and closes it.
    public nonisolated let connection: PeerConnection
    private var videos: [(subscription: Subscription, weight: Double)] = []
    private var sounds: [Subscription] = []
    private var follower: Task<Void, Never>?
    private var isStopped = false
    /// How often it is divided anew: estimates change, and what the sizes take.
    private static let interval: Duration = .milliseconds(250)
    /// What sound takes at most, in bit/s: with its headers, and a margin.
    private static let soundBitrate = 80_000

    /// - Parameter connection: the peer's, open or not.
    public init(_ connection: PeerConnection) {
        self.connection = connection
    }

    // Not isolated, for the reason in Streamer.
    deinit { follower?.cancel() }

    /// Sends a picture to the peer from now on. The connection has to be negotiated after that.
    ///
    /// - Parameters:
    ///   - broadcaster: of the picture.
    ///   - wishes: what the peer wants of it.
    ///   - weight: above 0; twice the weight gets twice the bitrate where there is not enough for
    ///     all.
    ///   - streams: what the picture is of (RFC 8830).
    /// - Throws: ``StreamingError``, also if ``stop()`` was called; `WebRTCError` if the
    ///   connection is closed.
    @discardableResult
    public func watch(
        _ broadcaster: VideoBroadcaster, _ wishes: WatchingWishes = WatchingWishes(), weight: Double = 1,
        streams: [MediaStream] = []
    ) async throws -> Subscription {
        let subscription = try broadcaster.subscribe(wishes)
        try await add(subscription, streams)
        videos.append((subscription, weight))
        follow()
        return subscription
    }

    /// Sends a sound to the peer from now on. The connection has to be negotiated after that.
    ///
    /// - Throws: ``StreamingError``, or `WebRTCError` if the connection is closed.
    @discardableResult
    public func hear(_ broadcaster: AudioBroadcaster, streams: [MediaStream] = []) async throws -> Subscription {
        let subscription = try broadcaster.subscribe()
        try await add(subscription, streams)
        sounds.append(subscription)
        follow()
        return subscription
    }

    private func add(_ subscription: Subscription, _ streams: [MediaStream]) async throws {
        guard !isStopped else { throw StreamingError.stopped }
        if connection.remoteDescription == nil {
            // The peer's first offer may have a place for it.
            try await connection.addTrack(subscription.track, streams: streams)
        } else {
            // Where the peer only sends it would not take it.
            try await connection.addTransceiver(
                sending: subscription.track, options: TransceiverOptions(direction: .sendonly, streams: streams))
        }
        // It may have been stopped meanwhile.
        guard !isStopped else {
            await remove(subscription)
            throw StreamingError.stopped
        }
    }

    /// Sends something of that no more: its transceiver is stopped if it was for that alone, and
    /// the connection has to be negotiated after that.
    public func remove(_ subscription: Subscription) async {
        videos.removeAll { $0.subscription === subscription }
        sounds.removeAll { $0 === subscription }
        if let transceiver = connection.transceivers.first(where: { $0.sender.track === subscription.track }) {
            // It fails on a connection that is closed, and then nothing is sent anyway.
            if transceiver.direction == .sendonly {
                try? transceiver.stop()
            } else {
                try? await connection.removeTrack(transceiver.sender)
            }
        }
        subscription.cancel()
    }

    /// Which of several sizes of its first picture is sent now.
    package var layer: (name: String?, size: (width: Int, height: Int)?)? { videos.first?.subscription.layer }

    /// What the peer wants of its pictures from now on, and, where it wants nothing, of its sounds.
    public func setWishes(_ wishes: WatchingWishes) {
        for (subscription, _) in videos { subscription.wishes = wishes }
        for subscription in sounds { subscription.wishes.isPaused = wishes.isPaused }
    }

    /// What a picture counts from now on beside the others: who speaks gets more. Above 0.
    public func setWeight(_ weight: Double, of subscription: Subscription) {
        for index in videos.indices where videos[index].subscription === subscription { videos[index].weight = weight }
        allocate()
    }

    /// Sends nothing more, for good. The connection stays open.
    public func stop() {
        isStopped = true
        follower?.cancel()
        follower = nil
        for (subscription, _) in videos { subscription.cancel() }
        for subscription in sounds { subscription.cancel() }
        (videos, sounds) = ([], [])
    }

    private func follow() {
        guard follower == nil else { return allocate() }
        allocate()
        follower = Task { [weak self] in
            while !Task.isCancelled {
                try? await Task.sleep(for: Watcher.interval)
                guard let self else { return }
                await allocate()
            }
        }
    }

    /// What a picture may come to take, beside what its largest size takes now, and what it is
    /// taken for at least, in bit/s: a screen on which nothing happens is worth a look at the path
    /// all the same.
    private static let (growth, leastWanted) = (1.5, 1_000_000)

    private func allocate() {
        for (subscription, _) in videos {
            // What the peer does not want is not looked for on the way to it.
            let most = subscription.choices.bitrates.last
            subscription.track.wantedBitrate = most.map {
                max(Self.leastWanted, Int(min(Double($0) * Self.growth, 1e12)))
            }
        }
        guard let estimate = connection.availableOutgoingBitrate else {
            for (subscription, _) in videos { subscription.availableBitrate = nil }
            return
        }
        let wanted = videos.map { video in
            guard videos.count > 1 else { return Allocator.Video(bitrates: []) }
            let choices = video.subscription.choices
            return Allocator.Video(bitrates: choices.bitrates, current: choices.current, weight: video.weight)
        }
        let audio = sounds.count * Self.soundBitrate
        let budgets = Allocator.budgets(estimate: estimate, audio: audio, videos: wanted)
        for (index, video) in videos.enumerated() {
            // One that is not measured yet may take its part, and a single one all that there is.
            let isAlone = videos.count == 1 || wanted[index].bitrates.isEmpty
            let part = max(0, estimate - audio) / videos.count
            video.subscription.availableBitrate = isAlone ? part : budgets[index]
        }
    }
}
