/// Chooses the layer of a video that a watcher is to have: by what there is, what it wants, and how
/// much may be sent. Pure; time is a parameter.
///
/// - It goes down at once if there is too little, and away from a layer that is dead.
/// - It goes up only if there is more than enough, for a while; that takes longer each time it was
///   a mistake.
///
/// What is chosen begins with a key frame: ``TrackForwarder`` goes on with the layer before until
/// then.
package struct LayerSelector: Sendable {
    /// How long there has to be enough before it goes up.
    package static let patience = Duration.seconds(1)
    /// The most that this grows to, doubling each time.
    package static let maximumPatience = Duration.seconds(32)
    /// Going up was a mistake if it goes down again within this time.
    package static let trial = Duration.seconds(10)

    /// The layer that the watcher is to have; nil for none.
    package private(set) var chosen: VideoLayer?
    private var patience = Self.patience
    /// Since when there is enough for a better one.
    private var enoughSince: Duration?
    private var lastUp: Duration?
    private var hasChosen = false

    /// Nothing is chosen yet.
    package init() {}

    /// Chooses anew. To be called when anything has changed, and a few times a second.
    ///
    /// - Parameters:
    ///   - ladder: the layers that are of use.
    ///   - budget: in bit/s, for this video; nil if it does not matter.
    ///   - now: by any clock that does not go back.
    /// - Returns: ``chosen``.
    @discardableResult
    package mutating func update(_ ladder: LayerLadder, budget: Int?, now: Duration) -> VideoLayer? {
        let budget = budget ?? .max
        let rungs = ladder.rungs
        // Who comes back from a pause does not have to wait.
        if rungs.isEmpty { hasChosen = false }
        let index = chosen.flatMap { chosen in rungs.firstIndex { $0.isSame(as: chosen) } }
        // A layer that has gone is left, but what is chosen instead is no way up.
        guard let index, chosen != nil else {
            let isFirst = !hasChosen || chosen != nil
            let best = rungs.last { isFirst ? $0.bitrate <= budget : Allocator.cost($0.bitrate) <= budget }
            guard isFirst || waited(best != nil, now: now) else { return nil }
            return choose(best, now: now)
        }
        if Self.isTooMuch(rungs[index].bitrate, budget) {
            if let lastUp, now - lastUp < Self.trial { patience = min(patience * 2, Self.maximumPatience) }
            lastUp = nil
            return choose(rungs[..<index].last { $0.bitrate <= budget }, now: now)
        }
        if let lastUp, now - lastUp >= Self.trial { (patience, self.lastUp) = (Self.patience, nil) }
        let better = rungs[(index + 1)...].last { Allocator.cost($0.bitrate) <= budget }
        guard let better, waited(true, now: now) else {
            if better == nil { enoughSince = nil }
            chosen = rungs[index]
            return chosen
        }
        lastUp = now
        return choose(better, now: now)
    }

    /// Whether a bitrate is beyond what may be sent by more than measurements err.
    private static func isTooMuch(_ bitrate: Int, _ budget: Int) -> Bool { bitrate - bitrate / 20 > budget }

    /// Whether there has been enough for long enough.
    private mutating func waited(_ isEnough: Bool, now: Duration) -> Bool {
        guard isEnough else {
            enoughSince = nil
            return false
        }
        let since = enoughSince ?? now
        enoughSince = since
        return now - since >= patience
    }

    private mutating func choose(_ layer: VideoLayer?, now: Duration) -> VideoLayer? {
        enoughSince = nil
        if layer != nil { hasChosen = true }
        chosen = layer
        return layer
    }
}
