/// How many bits a second pass a point, by the times at which they did. The times may be of any
/// clock: one that leaps makes it begin anew.
struct RateMeter: Sendable {
    /// Bytes are counted together for so long, in microseconds.
    static let step: Int64 = 25_000
    /// So many steps are held.
    private static let count = 64

    private var bytes = Array(repeating: 0, count: count)
    private var newest: Int64 = 0
    private var known = 0

    /// The last time that was noted, rounded down to a step, in microseconds.
    var time: Int64 { newest * Self.step }

    mutating func add(_ size: Int, at time: Int64) {
        let bin = time >= 0 ? time / Self.step : (time - Self.step + 1) / Self.step
        let count = Int64(Self.count)
        if known == 0 || bin - newest >= count || newest - bin >= count {
            for index in bytes.indices { bytes[index] = 0 }
            (newest, known) = (bin, 1)
        }
        while newest < bin {
            newest += 1
            bytes[index(newest)] = 0
            known = min(known + 1, Self.count)
        }
        // What passed before the first that is held tells nothing.
        guard newest - bin < Int64(known) else { return }
        bytes[index(bin)] &+= size
    }

    /// Notes bytes that passed somewhen between two times, if these are not far from each other.
    mutating func add(_ size: Int, between start: Int64, and end: Int64) {
        let time = end - start
        guard size > 0, time >= 0, time < Self.step * Int64(Self.count) else { return }
        let parts = time / Self.step + 1
        for part in 0..<parts { add(size / Int(parts), at: start + time * part / parts) }
    }

    /// In bit/s, over a span up to the last whole step; nil as long as less than 100 ms are known.
    ///
    /// - Parameter span: in microseconds, at most a second and a half.
    func rate(over span: Int64) -> Double? {
        // The first step is most likely not whole.
        let steps = min(Int(span / Self.step), known - 2)
        guard steps >= 4 else { return nil }
        var sum = 0
        for back in 1...Int64(steps) { sum &+= bytes[index(newest - back)] }
        return Double(max(0, sum)) * 8_000_000 / Double(Int64(steps) * Self.step)
    }

    private func index(_ bin: Int64) -> Int { Int(truncatingIfNeeded: bin) & (Self.count - 1) }
}
