/// What an application gives to be sent. Times are in microseconds, rates in bit/s.
package struct ModelSource: Sendable {
    /// What is sent, and how much.
    package enum Kind: Sendable {
        /// Video at 30 frames a second that follows the estimate; frames differ in size by a
        /// deviation of 15 %, and once in so many there is one of four times the size.
        case video(keyFrameInterval: Int)
        /// The same, but never above this rate.
        case limitedVideo(Double)
        /// A packet of 160 bytes each 20 ms, whatever the estimate.
        case audio
        /// Whole packets at the rate of the estimate, evenly.
        case constant
    }

    /// See ``Kind``.
    package var kind: Kind
    /// When it sends, in pairs of beginning and end; nil if always.
    package var active: [Range<Int64>]?
    /// When it has something to give.
    package private(set) var nextTime: Int64
    private var frames = 0
    private var debt = 0.0
    private var random: SeededRandom

    /// - Parameter start: when it sends first.
    package init(_ kind: Kind, start: Int64 = 0, active: [Range<Int64>]? = nil, seed: UInt64) {
        (self.kind, self.active, nextTime) = (kind, active, start)
        random = SeededRandom(seed: seed)
    }

    /// The sizes of the packets that are ready.
    package mutating func packets(at time: Int64, estimate: Double) -> [Int] {
        guard time >= nextTime else { return [] }
        let isActive = active.map { $0.contains { $0.contains(time) } } ?? true
        switch kind {
        case .audio:
            nextTime += 20_000
            return isActive ? [160] : []
        case .constant:
            nextTime += 5_000
            return isActive ? cut(estimate * 0.005 / 8, carries: true) : []
        case .video(let interval):
            return isActive ? frame(estimate, interval: interval) : skip()
        case .limitedVideo(let most):
            return isActive ? frame(min(estimate, most), interval: 0) : skip()
        }
    }

    private mutating func skip() -> [Int] {
        nextTime += 33_333
        return []
    }

    private mutating func frame(_ rate: Double, interval: Int) -> [Int] {
        nextTime += 33_333
        frames += 1
        // A share is left for headers and what the encoder does not hit.
        var size = 0.95 * rate / 30 / 8
        let isKey = interval > 0 && frames % interval == 1
        if isKey { size *= 4 } else { size *= max(0.3, 1 + 0.15 * random.normal() / 0.7) }
        // An encoder makes up for what was too much.
        let wish = size
        size = max(0.4 * wish, size - 0.2 * debt)
        debt += size - 0.95 * rate / 30 / 8
        debt = max(-wish, min(debt, 20 * wish))
        return cut(size, carries: false)
    }

    private mutating func cut(_ bytes: Double, carries: Bool) -> [Int] {
        if carries {
            debt += bytes
            let count = Int(debt / 1_200)
            debt -= Double(count) * 1_200
            return Array(repeating: 1_200, count: count)
        }
        let count = max(1, Int((bytes / 1_200).rounded(.up)))
        return Array(repeating: max(60, Int(bytes) / count), count: count)
    }
}
