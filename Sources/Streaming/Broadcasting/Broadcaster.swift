import JSEP
import MediaFiles
import RTP
import Synchronization
import WebRTC

/// One track for many watchers, whatever its kind: what ``VideoBroadcaster`` and
/// ``AudioBroadcaster`` have in common. Usable from any thread.
final class Broadcaster: Sendable {
    typealias Fanout = TrackFanout<MediaStreamTrack>

    private struct Storage: Sendable {
        var fanout: Fanout
        var source: (track: MediaStreamTrack, feed: Int, task: Task<Void, Never>)?
        var nextFeed = 0
        var ticker: Task<Void, Never>?
        var isStopped = false
        /// Whether there was a packet.
        var hasArrived = false

        /// The track that is to be asked for a key frame now.
        mutating func keyFrameSource(now: Duration) -> MediaStreamTrack? {
            fanout.isKeyFrameDue(now: now) ? source?.track : nil
        }
    }

    /// How often it is looked at anew what each watcher can have.
    static let interval: Duration = .milliseconds(200)

    let kind: MediaKind
    let clock: TrackFeed.Clock
    private let start = ContinuousClock.now
    private let storage: Mutex<Storage>
    /// Taken around what is decided and what is sent by that: in the order in which it was decided.
    private let order = Mutex(())
    private let onFirstPacket = Mutex<(@Sendable () -> Void)?>(nil)
    private let levels = Mutex<(@Sendable (AudioLevel) -> Void)?>(nil)

    init(_ kind: MediaKind, maximumWatchers: Int, clock: TrackFeed.Clock) {
        self.kind = kind
        self.clock = clock
        var limits = Fanout.Limits()
        limits.watchers = max(1, maximumWatchers)
        storage = Mutex(Storage(fanout: Fanout(isAudio: kind == .audio, limits: limits)))
    }

    deinit { stop() }

    private var now: Duration { ContinuousClock.now - start }

    // MARK: Source

    var source: MediaStreamTrack? { storage.withLock { $0.source?.track } }

    /// The codec of what came last.
    var codec: String? {
        storage.withLock { $0.fanout.sources.values.max { $0.lastArrival < $1.lastArrival }?.codec }
    }

    /// The largest size that comes now.
    var size: (width: Int, height: Int)? {
        let now = now
        return storage.withLock { $0.fanout.size(now: now) }.map { ($0.width, $0.height) }
    }

    /// How many pictures come a second of that size.
    var framesPerSecond: Double? {
        let now = now
        return storage.withLock { $0.fanout.framesPerSecond(now: now) }
    }

    /// Goes over to another track, or to none.
    func setSource(_ track: MediaStreamTrack?) throws(StreamingError) {
        if let track, track.kind != kind {
            throw .kind(track: track.id, wanted: kind == .audio ? "sound" : "pictures")
        }
        let start = start
        let reading = track.map { TrackFeed($0, clock) }
        let (isStopped, former) = storage.withLock { storage -> (Bool, Task<Void, Never>?) in
            guard !storage.isStopped else { return (true, nil) }
            let former = storage.source?.task
            if let feed = storage.source?.feed { storage.fanout.remove(feed: feed) }
            storage.source = nil
            guard let track, let reading else { return (false, former) }
            storage.nextFeed += 1
            let feed = storage.nextFeed
            storage.fanout.canMakeKeyFrames = !track.keepsGroupOfPictures
            let task = Task { [weak self] in
                // Held weakly: who lets the broadcaster go lets its source go, too.
                let receive = { @Sendable [weak self] packets in self?.receive(packets, feed: feed) ?? () }
                await reading.read(now: { ContinuousClock.now - start }, receive)
                self?.end(feed)
            }
            storage.source = (track, feed, task)
            if storage.ticker == nil { storage.ticker = makeTicker() }
            return (false, former)
        }
        former?.cancel()
        if isStopped { throw .stopped }
        // Its last key frame may be long gone.
        track?.requestKeyFrameOfSource()
    }

    /// Runs once, with the first packet of any source.
    func whenFirstPacketComes(_ body: @escaping @Sendable () -> Void) {
        let hasArrived = storage.withLock { storage in
            if !storage.hasArrived { onFirstPacket.withLock { $0 = body } }
            return storage.hasArrived
        }
        if hasArrived { body() }
    }

    /// Runs with the level of each packet of sound that says it (RFC 6464).
    func onLevel(_ body: @escaping @Sendable (AudioLevel) -> Void) { levels.withLock { $0 = body } }

    private func receive(_ packets: [ReceivedPacket], feed: Int) {
        let now = now
        var (isFirst, isCurrent) = (false, false)
        act { storage in
            // What has waited for a reader that was to end is of the track before.
            guard storage.source?.feed == feed else { return [] }
            isCurrent = true
            isFirst = !storage.hasArrived && !packets.isEmpty
            if isFirst { storage.hasArrived = true }
            return packets.flatMap { storage.fanout.receive($0, feed: feed, now: now) }
        }
        if isFirst { onFirstPacket.withLock { $0.take() }?() }
        guard isCurrent, kind == .audio, let note = levels.withLock({ $0 }) else { return }
        for packet in packets { packet.audioLevel.map(note) }
    }

    private func end(_ feed: Int) {
        storage.withLock { storage in
            storage.fanout.remove(feed: feed)
            if storage.source?.feed == feed { storage.source = nil }
        }
    }

    private func makeTicker() -> Task<Void, Never> {
        Task { [weak self] in
            while !Task.isCancelled {
                try? await Task.sleep(for: Broadcaster.interval)
                guard let self else { return }
                look()
            }
        }
    }

    /// Chooses anew, and asks for a key frame that is due.
    private func look() {
        let now = now
        act { storage in storage.fanout.choose(now: now) }
    }

    /// Changes what watchers have, sends what they get by that, and asks for what they need.
    private func act(_ body: (inout Storage) -> [Fanout.Delivery]) {
        let now = now
        let asks = order.withLock { _ in
            let (deliveries, asks) = storage.withLock { storage -> ([Fanout.Delivery], MediaStreamTrack?) in
                guard !storage.isStopped else { return ([], nil) }
                return (body(&storage), storage.keyFrameSource(now: now))
            }
            var lost: Set<Int> = []
            for (watcher, track, packet) in deliveries where !lost.contains(watcher) {
                if !track.send(packet) { lost.insert(watcher) }
            }
            if !lost.isEmpty {
                storage.withLock { storage in
                    for watcher in lost { storage.fanout.lose(watcher, now: now) }
                }
            }
            return asks
        }
        asks?.requestKeyFrameOfSource()
    }

    // MARK: Watchers

    var watcherCount: Int { storage.withLock { $0.fanout.watcherCount } }

    func subscribe(_ wishes: WatchingWishes) throws(StreamingError) -> Subscription {
        let track = MediaStreamTrack(forwarding: kind)
        let (number, isStopped, maximum) = storage.withLock { storage in
            (
                storage.isStopped ? nil : storage.fanout.add(track, wishes: wishes), storage.isStopped,
                storage.fanout.limits.watchers
            )
        }
        guard !isStopped else { throw .stopped }
        guard let number else { throw .tooManyWatchers(maximum: maximum) }
        // Also of each connection that begins to send it.
        let requests = track.keyFrameRequests
        let task = Task { [weak self] in
            for await _ in requests { self?.begin(number) }
        }
        // Sound needs no key frame: it begins when it may.
        if kind == .audio { begin(number) }
        return Subscription(of: self, number, track, task)
    }

    private func begin(_ number: Int) {
        let now = now
        act { $0.fanout.begin(number, now: now) }
    }

    func setWishes(_ wishes: WatchingWishes, of number: Int) {
        let now = now
        act { $0.fanout.setWishes(wishes, of: number, now: now) }
    }

    func setBudget(_ budget: Int?, of number: Int) {
        storage.withLock { $0.fanout.setBudget(budget, of: number) }
    }

    func choices(of number: Int) -> (bitrates: [Int], current: Int?) {
        let now = now
        return storage.withLock { $0.fanout.choices(of: number, now: now) }
    }

    func layer(of number: Int) -> (name: String?, size: (width: Int, height: Int)?)? {
        storage.withLock { $0.fanout.layer(of: number) }
    }

    func remove(_ number: Int) { storage.withLock { $0.fanout.remove(watcher: number) } }

    /// Sends nothing more, to anybody.
    func stop() {
        let (source, ticker) = storage.withLock { storage in
            storage.isStopped = true
            defer {
                (storage.source, storage.ticker) = (nil, nil)
                storage.fanout = Fanout(isAudio: kind == .audio, limits: storage.fanout.limits)
            }
            return (storage.source?.task, storage.ticker)
        }
        source?.cancel()
        ticker?.cancel()
        onFirstPacket.withLock { $0 = nil }
        levels.withLock { $0 = nil }
    }
}
