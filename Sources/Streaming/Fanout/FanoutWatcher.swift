import Forwarding
import RTP
import WebRTC

/// What one watcher has of a picture or a sound, and is to have. Pure; time is a parameter.
struct FanoutWatcher<Outlet: Sendable>: Sendable {
    let outlet: Outlet
    var wishes: VideoWishes
    /// In bit/s; nil for any.
    var budget: Int?
    /// Whether packets get to it.
    var isActive = false
    private var forwarder: TrackForwarder?
    /// What ``forwarder`` is for.
    private var content: FanoutSource.Content?
    private var selector = LayerSelector()
    /// What was kept was sent once more then, and so often of the same key frame.
    private var lastReplay: (at: Duration, keyFrame: Duration?, count: Int)?
    /// Since when it needs a key frame that its source has been asked for.
    private var needsKeyFrameSince: Duration?

    init(outlet: Outlet, wishes: VideoWishes) {
        self.outlet = outlet
        self.wishes = wishes
    }

    /// The source that it has now; nil for none.
    var source: UInt32? { forwarder?.runningSource }

    /// What it could have, in bit/s, and which of that it has.
    func choices(_ layers: [VideoLayer]) -> (bitrates: [Int], current: Int?) {
        let video = Allocator.Video(LayerLadder(layers, wishes: wishes), chosen: selector.chosen)
        return (video.bitrates, video.current)
    }

    /// Chooses what it is to have.
    ///
    /// - Returns: the source that has to send a key frame for that; nil if none has to.
    mutating func choose(_ layers: [VideoLayer], _ sources: [UInt32: FanoutSource], now: Duration) -> UInt32? {
        let ladder = LayerLadder(layers, wishes: wishes)
        // The least that there is is sent in any case: without it nobody would find out that there
        // is room for it.
        let budget = budget.map { max($0, ladder.rungs.first?.bitrate ?? 0) }
        let layer = selector.update(ladder, budget: budget, now: now)
        guard let layer, let source = sources[layer.source] else {
            forwarder?.target = nil
            return nil
        }
        if content != source.content || forwarder == nil {
            content = source.content
            forwarder = TrackForwarder(
                rewriter: StreamRewriter(ssrc: .random(in: 1 ... .max), clockRate: source.clockRate),
                codec: source.kind, isDescribed: source.content.isDescribed)
        }
        let target = TrackForwarder.Target(source: layer.source, limit: layer.limit)
        if forwarder?.target != target { forwarder?.target = target }
        return forwarder?.wantedKeyFrame
    }

    /// What becomes of a packet; nil if it does not get it.
    mutating func forward(
        _ packet: SourcePacket, of source: FanoutSource.Facts, as number: Int, replayed: Duration = .zero
    ) -> TrackFanout<Outlet>.Delivery? {
        guard isActive, source.codec == content?.codec, let rewrite = forwarder?.receive(packet) else { return nil }
        if packet.beginsKeyFrame { needsKeyFrameSince = nil }
        return (number, outlet, ForwardedPacket(packet, rewrite, of: source, replayed: replayed))
    }

    /// Its decoder needs a key frame.
    mutating func needKeyFrame(now: Duration) { needsKeyFrameSince = needsKeyFrameSince ?? now }

    var needsKeyFrame: Bool { needsKeyFrameSince != nil }

    /// Whether its source has not sent the key frame that it was asked for.
    func hasWaited(now: Duration) -> Bool {
        needsKeyFrameSince.map { now - $0 >= TrackFanout<Outlet>.patience } ?? false
    }

    /// A packet found no room: what follows needs it, up to a key frame.
    mutating func lose(now: Duration) {
        let target = forwarder?.target
        forwarder?.target = nil
        forwarder?.target = target
        needKeyFrame(now: now)
    }

    /// Whether what is kept may be sent once more: later each time that it is the same.
    func mayReplay(_ source: FanoutSource, now: Duration) -> Bool {
        guard let lastReplay, lastReplay.keyFrame == source.lastKeyFrame else { return true }
        return now - lastReplay.at >= TrackFanout<Outlet>.replayDistance * (1 << min(lastReplay.count, 5))
    }

    /// Begins anew with a source's last key frame.
    mutating func replay(_ source: FanoutSource, as number: Int, now: Duration) -> [TrackFanout<Outlet>.Delivery] {
        let group = source.group(now: now)
        guard let target = forwarder?.target, !group.isEmpty else { return [] }
        needsKeyFrameSince = nil
        let count = lastReplay?.keyFrame == source.lastKeyFrame ? (lastReplay?.count ?? 0) + 1 : 0
        lastReplay = (now, source.lastKeyFrame, count)
        forwarder?.target = nil
        forwarder?.target = target
        var made = group.compactMap {
            forward($0, of: source.facts, as: number, replayed: max(.zero, now - $0.arrival))
        }
        Self.draw(&made, clockRate: source.clockRate)
        return made
    }

    /// Draws the timestamps of a group close to that of its last picture: who gets it all at once
    /// goes through it at once, and is not behind by as long as it took.
    private static func draw(_ group: inout [TrackFanout<Outlet>.Delivery], clockRate: Int) {
        guard let first = group.first?.packet.timestamp, let last = group.last?.packet else { return }
        var places: [UInt32: Int] = [:]
        for (_, _, packet) in group where places[packet.timestamp] == nil { places[packet.timestamp] = places.count }
        // A millisecond, or less where they were closer: none is set before the first.
        let span = Int(last.timestamp &- first)
        let step = min(max(1, clockRate / 1000), max(1, span / max(1, places.count)))
        guard span >= step * places.count else { return }
        for index in group.indices {
            let before = places.count - 1 - (places[group[index].packet.timestamp] ?? 0)
            group[index].packet.timestamp = last.timestamp &- UInt32(truncatingIfNeeded: before * step)
            group[index].packet.age = last.age + .seconds(Double(before * step) / Double(max(1, clockRate)))
        }
    }
}

extension ForwardedPacket {
    fileprivate init(
        _ packet: SourcePacket, _ rewrite: PacketRewrite, of source: FanoutSource.Facts, replayed: Duration
    ) {
        // All watchers share the bytes, but for those of the payload's beginning that are changed.
        let (whole, prefix) = (packet.header.payload, rewrite.prefix(of: packet))
        let payload = rewrite.isFilling ? 0..<0 : whole.lowerBound + prefix.count..<whole.upperBound
        self.init(
            bytes: packet.bytes, payload: payload, codec: source.codec, source: rewrite.ssrc,
            sequenceNumber: rewrite.sequenceNumber, timestamp: rewrite.timestamp,
            marker: packet.header.marker || rewrite.setsMarker, age: source.lateness + replayed,
            rotation: source.rotation)
        self.prefix = prefix
        descriptor = rewrite.descriptor(of: packet)
    }
}

extension WatchingWishes {
    var forwarding: VideoWishes {
        VideoWishes(maximumWidth: maximumWidth, maximumHeight: maximumHeight, isPaused: isPaused)
    }
}
