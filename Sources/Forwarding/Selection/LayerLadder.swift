/// The layers of a video that are of use to a watcher, from the worst to the best: each takes more
/// than the one before, and is better.
package struct LayerLadder: Sendable, Hashable {
    /// How many layers are looked at.
    package static let maximumCount = 64

    /// The worst first; none if no layer is alive, or the watcher wants none.
    package let rungs: [VideoLayer]

    /// - Parameters:
    ///   - layers: all that there are, in any order; of simulcast streams of which no size is
    ///     known, the smaller first.
    ///   - wishes: of the watcher. If every layer is more than is wanted, the smallest is there.
    package init(_ layers: [VideoLayer], wishes: VideoWishes) {
        let alive = layers.prefix(Self.maximumCount).filter(\.isAlive)
        guard !wishes.isPaused, !alive.isEmpty else {
            rungs = []
            return
        }
        let sources = layers.map(\.source)
        func quality(_ layer: VideoLayer) -> (Double, Int, Int, Int) {
            let area = Double(layer.width ?? 0) * Double(layer.height ?? 0)
            return (area, sources.firstIndex(of: layer.source) ?? 0, layer.spatial, layer.temporal)
        }
        let sorted = alive.sorted { quality($0) < quality($1) }
        var wanted = sorted.filter { wishes.allow($0) }
        if wanted.isEmpty { wanted = Array(sorted.prefix(1)) }
        var best: [VideoLayer] = []
        // What takes more than a better one is of no use.
        for layer in wanted {
            while let last = best.last, last.bitrate >= layer.bitrate { best.removeLast() }
            best.append(layer)
        }
        rungs = best
    }
}
