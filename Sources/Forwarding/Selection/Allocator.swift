/// Divides what may be sent to a watcher among the tracks that it has. Pure, without state: what
/// keeps it from flapping is that more is asked of a better layer than of the one that is there.
///
/// Audio comes first, then the worst layer of each video, then better ones: each time of the video
/// that has the least, in relation to its weight.
package enum Allocator {
    /// A video of the watcher.
    package struct Video: Sendable, Hashable {
        /// What its layers take, in bit/s, the worst first; ``LayerLadder``.
        package var bitrates: [Int]
        /// Which of them the watcher is to have now; nil for none.
        package var current: Int?
        /// 1 for most; who speaks gets more, 2 or 3. What is not above 0 gets what the others
        /// leave.
        package var weight: Double

        /// Makes one.
        package init(bitrates: [Int], current: Int? = nil, weight: Double = 1) {
            self.bitrates = bitrates
            self.current = current
            self.weight = weight
        }

        /// Makes one of a video's layers, and the one that was chosen.
        package init(_ ladder: LayerLadder, chosen: VideoLayer?, weight: Double = 1) {
            let current = chosen.flatMap { chosen in ladder.rungs.firstIndex { $0.isSame(as: chosen) } }
            self.init(bitrates: ladder.rungs.map(\.bitrate), current: current, weight: weight)
        }

        /// What a layer takes: more than its bitrate, if the watcher does not have it yet.
        fileprivate func cost(_ index: Int) -> Int {
            index <= current ?? -1 ? Allocator.bounded(bitrates[index]) : Allocator.cost(bitrates[index])
        }
    }

    /// What has to be free for a layer before the watcher gets it, in bit/s: 15 % more than it
    /// takes.
    package static func cost(_ bitrate: Int) -> Int {
        let bitrate = bounded(bitrate)
        return bitrate + bitrate * 3 / 20
    }

    private static func bounded(_ bitrate: Int) -> Int { min(max(0, bitrate), 1 << 40) }

    /// What each video may take.
    ///
    /// - Parameters:
    ///   - estimate: what may be sent to the watcher, in bit/s.
    ///   - audio: what all its audio takes, in bit/s; it is sent in any case.
    ///   - videos: the order decides between equals.
    /// - Returns: one number for each video, in bit/s; 0 if there is none left for its worst layer.
    ///   The sum is not more than is left by the audio.
    package static func budgets(estimate: Int, audio: Int, videos: [Video]) -> [Int] {
        var rest = max(0, bounded(estimate) - bounded(audio))
        var granted = videos.map { _ in 0 }
        var rungs: [Int?] = videos.map { _ in nil }
        func weight(_ index: Int) -> Double { max(videos[index].weight, 1e-6) }
        let order = videos.indices.sorted { (-weight($0), $0) < (-weight($1), $1) }
        for index in order where !videos[index].bitrates.isEmpty {
            let cost = videos[index].cost(0)
            guard cost <= rest else { continue }
            (granted[index], rungs[index]) = (cost, 0)
            rest -= cost
        }
        var open = Set(videos.indices.filter { rungs[$0] != nil })
        while let index = open.min(by: {
            (Double(granted[$0]) / weight($0), $0) < (Double(granted[$1]) / weight($1), $1)
        }) {
            guard let rung = rungs[index], rung + 1 < videos[index].bitrates.count,
                case let cost = videos[index].cost(rung + 1), cost - granted[index] <= rest
            else {
                open.remove(index)
                continue
            }
            rest -= cost - granted[index]
            (granted[index], rungs[index]) = (cost, rung + 1)
        }
        return granted
    }
}
