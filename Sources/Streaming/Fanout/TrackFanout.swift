import Forwarding
import MediaFiles
import RTP
import WebRTC

/// One picture, or one sound, for many watchers: which packets of its sources each of them gets,
/// and as what. Bounded. Pure; time is a parameter.
///
/// The streams of a simulcast are sources of one picture. Of each the packets since the last key
/// frame are kept once for all watchers.
struct TrackFanout<Outlet: Sendable>: Sendable {
    /// How many there may be.
    struct Limits: Sendable, Hashable {
        /// Streams of the picture; of further ones the one that was silent for the longest goes.
        var sources = 16
        /// Who gets it.
        var watchers = 10_000
        /// A group of pictures that is larger is not given to who joins, if the source can be asked
        /// for a key frame. In bytes.
        var smallGroup = 256 << 10
        /// What is kept may span so much time for who joins to begin with it: it is shown in a
        /// rush.
        var smallGroupTime = Duration.seconds(2)
    }

    /// A packet, and where to.
    typealias Delivery = (watcher: Int, outlet: Outlet, packet: ForwardedPacket)

    /// A wish for a key frame that a source cannot fulfil, or does not in this time, is answered
    /// with what is kept, not sooner than that after the last time.
    static var replayDistance: Duration { .seconds(1) }

    /// For so long a source may take for a key frame before what is kept is sent instead.
    static var patience: Duration { .seconds(2) }
    /// A source is not asked for a key frame sooner than that after its last one, however many want
    /// one; and it is made anew, as another stream or of another codec, no more often.
    static var keyFrameDistance: Duration { .seconds(1) }
    /// What each watcher has is not looked at more often than that for what comes.
    static var choiceDistance: Duration { .milliseconds(50) }

    let isAudio: Bool
    let limits: Limits
    /// Whether the source can be asked for a key frame.
    var canMakeKeyFrames = true
    private(set) var sources: [UInt32: FanoutSource] = [:]
    private var watchers: [Int: FanoutWatcher<Outlet>] = [:]
    /// Their numbers, in order.
    private var order: [Int] = []
    private var requests = KeyFrameRequests()
    private var nextWatcher = 0
    private var nextSource: UInt32 = 0
    /// When sources were made, of the last second.
    private var creations: [Duration] = []
    private var lastChoice: Duration?
    private var known: (layers: [VideoLayer], at: Duration)?

    /// - Parameter isAudio: whether it is a sound.
    init(isAudio: Bool, limits: Limits = Limits()) {
        self.isAudio = isAudio
        self.limits = limits
    }

    var watcherCount: Int { watchers.count }

    // MARK: Packets

    /// Takes a packet of a source.
    ///
    /// - Parameter feed: which track it is of: two may have the same SSRC.
    /// - Returns: what becomes of it for each watcher.
    mutating func receive(_ received: ReceivedPacket, feed: Int, now: Duration) -> [Delivery] {
        guard let id = source(of: received, feed: feed, now: now) else { return [] }
        let isNew = sources[id]?.hasBegun == false
        guard let packets = sources[id]?.read(received, now: now), !packets.isEmpty, let facts = sources[id]?.facts
        else {
            if sources[id]?.isUnread == true { requests.want(id, now: now) }
            return []
        }
        for packet in packets { requests.packetArrived(packet) }
        // Who waited for it begins with what is kept of it, which this is.
        var deliveries: [Delivery] = []
        if isNew, lastChoice.map({ now - $0 >= Self.choiceDistance }) ?? true {
            known = nil
            deliveries = choose(now: now)
        }
        deliveries.reserveCapacity(watchers.count * packets.count)
        // Not by the dictionary's own keys: they hold it, and each watcher would be copied.
        for key in order {
            for packet in packets {
                guard let made = watchers[key]?.forward(packet, of: facts, as: key) else { continue }
                deliveries.append(made)
            }
        }
        return deliveries
    }

    /// The source of a packet, a new one if need be; nil for what cannot be sent on.
    private mutating func source(of received: ReceivedPacket, feed: Int, now: Duration) -> UInt32? {
        guard let header = try? RTPHeader(parsing: received.bytes.span) else { return nil }
        let known = sources.first { $0.value.feed == feed && $0.value.ssrc == header.ssrc }
        if let known,
            received.codec == nil
                || known.value.codec == received.codec && known.value.descriptorID == received.descriptorID
        {
            return known.key
        }
        if let known {
            guard now - known.value.since >= Self.keyFrameDistance else { return nil }
            remove(source: known.key)
        }
        guard let codec = received.codec, let kind = SourceReader.Codec(name: codec),
            (kind == .audio) == isAudio
        else { return nil }
        creations.removeAll { now - $0 >= Self.keyFrameDistance }
        guard creations.count < limits.sources else { return nil }
        if received.streamID == nil {
            // A stream without a name takes the place of the one before, which has ended.
            let former = sources.filter { $0.value.feed == feed && $0.value.name == nil }
            guard former.values.allSatisfy({ now - $0.since >= Self.keyFrameDistance }) else { return nil }
            for id in former.keys { remove(source: id) }
        }
        creations.append(now)
        if sources.count >= limits.sources {
            guard let oldest = sources.min(by: { $0.value.lastArrival < $1.value.lastArrival }) else { return nil }
            remove(source: oldest.key)
        }
        nextSource &+= 1
        sources[nextSource] = FanoutSource(
            id: nextSource, feed: feed, ssrc: header.ssrc, codec: codec, kind: kind, clockRate: received.clockRate,
            name: received.streamID,
            descriptorID: received.descriptorID, now: now)
        return nextSource
    }

    private mutating func remove(source id: UInt32) {
        sources[id] = nil
        known = nil
        requests.remove(id)
    }

    /// The source with the largest picture among those that come now; nil where none is known.
    private func largest(now: Duration) -> FanoutSource? {
        sources.values.filter { $0.hasBegun && ($0.name == nil || now - $0.lastArrival < LayerMeter.silence) }
            .max { ($0.size.map { $0.width * $0.height } ?? 0) < ($1.size.map { $0.width * $0.height } ?? 0) }
    }

    /// The largest size that comes now; nil before it is known.
    func size(now: Duration) -> PictureSize? { largest(now: now)?.size }

    /// How many pictures of that size come a second.
    mutating func framesPerSecond(now: Duration) -> Double? {
        largest(now: now).flatMap { sources[$0.id]?.framesPerSecond(now: now) }
    }

    /// A track is over: nothing more comes of its sources. Watchers go on with others.
    mutating func remove(feed: Int) {
        known = nil
        for (id, source) in sources where source.feed == feed { remove(source: id) }
    }

    // MARK: Watchers

    /// Adds a watcher; nil if there are too many. It gets nothing before ``begin(_:now:)``.
    mutating func add(_ outlet: Outlet, wishes: WatchingWishes) -> Int? {
        guard watchers.count < limits.watchers else { return nil }
        nextWatcher += 1
        watchers[nextWatcher] = FanoutWatcher(outlet: outlet, wishes: wishes.forwarding)
        order.append(nextWatcher)
        return nextWatcher
    }

    /// Takes a watcher out, if it is there.
    mutating func remove(watcher: Int) {
        guard watchers.removeValue(forKey: watcher) != nil else { return }
        order.removeAll { $0 == watcher }
    }

    /// What a watcher wants from now on.
    mutating func setWishes(_ wishes: WatchingWishes, of watcher: Int, now: Duration) -> [Delivery] {
        watchers[watcher]?.wishes = wishes.forwarding
        return choose(watcher, layers(now: now), now: now)
    }

    /// What may be sent to a watcher of this, in bit/s; nil for any.
    mutating func setBudget(_ budget: Int?, of watcher: Int) { watchers[watcher]?.budget = budget }

    /// What a watcher could have, in bit/s, the least first, and which of that it has.
    mutating func choices(of watcher: Int, now: Duration) -> (bitrates: [Int], current: Int?) {
        let layers = layers(now: now)
        return watchers[watcher]?.choices(layers) ?? ([], nil)
    }

    /// What a watcher has now: nil for nothing.
    func layer(of watcher: Int) -> (name: String?, size: (width: Int, height: Int)?)? {
        guard let current = watchers[watcher]?.source, let source = sources[current] else { return nil }
        return (source.name, source.size.map { ($0.width, $0.height) })
    }

    /// A watcher can get packets now, or needs a key frame.
    ///
    /// - Returns: what it gets at once, if something is kept; the source is asked otherwise.
    mutating func begin(_ watcher: Int, now: Duration) -> [Delivery] {
        guard watchers[watcher] != nil else { return [] }
        watchers[watcher]?.isActive = true
        guard let running = watchers[watcher]?.source else { return choose(watcher, layers(now: now), now: now) }
        guard !isAudio else { return [] }
        guard canMakeKeyFrames else { return replay(running, to: watcher, now: now) }
        watchers[watcher]?.needKeyFrame(now: now)
        ask(running, now: now)
        return []
    }

    /// A packet found no room on its way to a watcher.
    mutating func lose(_ watcher: Int, now: Duration) {
        watchers[watcher]?.lose(now: now)
    }

    /// Asks a source for a key frame, unless it has just made one: who has not got that asks again.
    private mutating func ask(_ id: UInt32, now: Duration) {
        if let last = sources[id]?.lastKeyFrame, now - last < Self.keyFrameDistance { return }
        requests.want(id, now: now)
    }

    // MARK: Time

    /// Chooses anew what each watcher has. A few times a second.
    @discardableResult
    mutating func choose(now: Duration) -> [Delivery] {
        lastChoice = now
        let layers = layers(now: now)
        return order.flatMap { choose($0, layers, now: now) }
    }

    /// Whether the source is to be asked for a key frame now. It is taken for asked.
    mutating func isKeyFrameDue(now: Duration) -> Bool { !requests.due(now: now).isEmpty }

    private mutating func layers(now: Duration) -> [VideoLayer] {
        if let known, now >= known.at, now - known.at < Self.choiceDistance { return known.layers }
        let layers = sources.keys.sorted().flatMap { sources[$0]?.layers(now: now) ?? [] }
            .sorted { ($0.width ?? 0, $0.spatial, $0.bitrate) < ($1.width ?? 0, $1.spatial, $1.bitrate) }
        known = (layers, now)
        return layers
    }

    private mutating func choose(_ key: Int, _ layers: [VideoLayer], now: Duration) -> [Delivery] {
        guard var watcher = watchers[key], watcher.isActive else { return [] }
        let wanted = watcher.choose(layers, sources, now: now)
        watchers[key] = watcher
        if let running = watcher.source, watcher.needsKeyFrame, wanted ?? running == running {
            // A source that does not answer, such as a screen on which nothing happens.
            let kept = watcher.hasWaited(now: now) ? replay(running, to: key, now: now) : []
            if kept.isEmpty, !isAudio { ask(running, now: now) }
            return kept
        }
        guard let wanted else { return [] }
        // Who sees nothing yet begins with what is kept, if that is not much.
        if watcher.source == nil, let source = sources[wanted], source.hasGroup(now: now),
            !canMakeKeyFrames || isAudio
                || source.groupBytes <= limits.smallGroup && source.groupTime <= limits.smallGroupTime
        {
            let kept = replay(wanted, to: key, now: now)
            if !kept.isEmpty { return kept }
        }
        if !isAudio { ask(wanted, now: now) }
        return []
    }

    /// Begins anew with the last key frame.
    private mutating func replay(_ id: UInt32, to key: Int, now: Duration) -> [Delivery] {
        guard let source = sources[id], var watcher = watchers[key], watcher.mayReplay(source, now: now)
        else { return [] }
        defer { watchers[key] = watcher }
        return watcher.replay(source, as: key, now: now)
    }
}
